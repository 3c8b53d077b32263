using System.Buffers.Binary;

namespace Weir.Http.Http2.Frames;

/// <summary>The settings of one side, with the values that hold before it says anything. RFC 9113 §6.5.2.</summary>
public struct Http2Settings()
{
    /// <summary>Bytes of one setting on the wire.</summary>
    public const int EntrySize = 6;

    /// <summary>Bytes that <see cref="Write"/> needs at most, with the frame's header.</summary>
    public const int MaxWritten = FrameHeader.Size + (8 * EntrySize);

    public const int DefaultWindowSize = 65_535;
    public const int SmallestMaxFrameSize = 16_384;

    public uint HeaderTableSize { get; set; } = 4096;

    public bool EnablePush { get; set; } = true;

    public uint MaxConcurrentStreams { get; set; } = uint.MaxValue;

    /// <summary>At most 2^31-1.</summary>
    public int InitialWindowSize { get; set; } = DefaultWindowSize;

    public int MaxFrameSize { get; set; } = SmallestMaxFrameSize;

    public uint MaxHeaderListSize { get; set; } = uint.MaxValue;

    /// <summary>RFC 8441 §3: the server takes CONNECT with :protocol.</summary>
    public bool EnableConnectProtocol { get; set; }

    /// <summary>RFC 9218 §2.1: the sender ignores the priorities of RFC 7540.</summary>
    public bool NoRfc7540Priorities { get; set; }

    /// <summary>The sender has said its first SETTINGS: <see cref="NoRfc7540Priorities"/> may no longer change.</summary>
    public bool IsSaid { get; private set; }

    /// <summary>Takes all that a SETTINGS frame of the peer says, in order, up to the first fault. What a change means for windows and tables is the caller's part.</summary>
    public Http2Fault Apply(scoped in Frame frame, bool fromServer)
    {
        for (var i = 0; i < frame.SettingCount; i++)
        {
            var (id, value) = frame.Setting(i);
            var fault = Apply(id, value, fromServer);
            if (fault.IsFault) return fault;
        }

        IsSaid = true;
        return default;
    }

    /// <summary>One setting of the peer.</summary>
    public Http2Fault Apply(SettingId id, uint value, bool fromServer)
    {
        switch (id)
        {
            case SettingId.HeaderTableSize:
                HeaderTableSize = value;
                return default;
            case SettingId.EnablePush:
                // A server must not say 1. §6.5.2.
                EnablePush = value == 1;
                return Check(value == 0 || (value == 1 && !fromServer), Http2ErrorCode.ProtocolError);
            case SettingId.MaxConcurrentStreams:
                MaxConcurrentStreams = value;
                return default;
            case SettingId.InitialWindowSize:
                if (value > int.MaxValue) return Check(false, Http2ErrorCode.FlowControlError);
                InitialWindowSize = (int)value;
                return default;
            case SettingId.MaxFrameSize:
                if (value is < SmallestMaxFrameSize or > FrameHeader.LargestLength) return Check(false, Http2ErrorCode.ProtocolError);
                MaxFrameSize = (int)value;
                return default;
            case SettingId.MaxHeaderListSize:
                MaxHeaderListSize = value;
                return default;
            case SettingId.EnableConnectProtocol:
                // RFC 8441 §3: not taken back.
                if (value > 1 || (value == 0 && EnableConnectProtocol)) return Check(false, Http2ErrorCode.ProtocolError);
                EnableConnectProtocol = value == 1;
                return default;
            case SettingId.NoRfc7540Priorities:
                // RFC 9218 §2.1: said at first or not at all.
                if (value > 1 || (IsSaid && value == 1 != NoRfc7540Priorities)) return Check(false, Http2ErrorCode.ProtocolError);
                NoRfc7540Priorities = value == 1;
                return default;
            default:
                return default;
        }
    }

    /// <summary>Writes these as one SETTINGS frame, leaving out what is the default; how many bytes.</summary>
    public readonly int Write(Span<byte> to)
    {
        var defaults = new Http2Settings();
        var at = FrameHeader.Size;
        Put(SettingId.HeaderTableSize, HeaderTableSize, defaults.HeaderTableSize, to, ref at);
        Put(SettingId.EnablePush, EnablePush ? 1u : 0, 1, to, ref at);
        Put(SettingId.MaxConcurrentStreams, MaxConcurrentStreams, defaults.MaxConcurrentStreams, to, ref at);
        Put(SettingId.InitialWindowSize, (uint)InitialWindowSize, DefaultWindowSize, to, ref at);
        Put(SettingId.MaxFrameSize, (uint)MaxFrameSize, SmallestMaxFrameSize, to, ref at);
        Put(SettingId.MaxHeaderListSize, MaxHeaderListSize, defaults.MaxHeaderListSize, to, ref at);
        Put(SettingId.EnableConnectProtocol, EnableConnectProtocol ? 1u : 0, 0, to, ref at);
        Put(SettingId.NoRfc7540Priorities, NoRfc7540Priorities ? 1u : 0, 0, to, ref at);
        new FrameHeader(at - FrameHeader.Size, FrameType.Settings, FrameFlags.None, 0).Write(to);
        return at;
    }

    private static void Put(SettingId id, uint value, uint usual, Span<byte> to, ref int at)
    {
        if (value == usual) return;
        BinaryPrimitives.WriteUInt16BigEndian(to[at..], (ushort)id);
        BinaryPrimitives.WriteUInt32BigEndian(to[(at + 2)..], value);
        at += EntrySize;
    }

    private static Http2Fault Check(bool isRight, Http2ErrorCode code) => isRight ? default : Http2Fault.Connection(code, Refusal.BadSetting);
}
