using System.Buffers.Binary;
using System.Diagnostics;

namespace Weir.Http.Http2.Frames;

/// <summary>
/// One frame whose own rules hold, or a piece of a DATA frame. What a member says is told only for the types it names.
/// The payload is a view of the received bytes.
/// </summary>
public readonly ref struct Frame
{
    private readonly bool _isPiece;

    internal Frame(FrameHeader header, ReadOnlySpan<byte> payload, int flowLength = 0, int padding = 0, bool isPiece = false, Http2Fault fault = default, bool isNew = false)
    {
        Header = header;
        Payload = payload;
        FlowControlled = flowLength;
        Padding = padding;
        _isPiece = isPiece;
        Fault = fault;
        OpensStream = isNew;
    }

    public FrameHeader Header { get; }

    public FrameType Type => Header.Type;

    public int StreamId => Header.StreamId;

    /// <summary>DATA: the bytes of the body, which may be a piece. HEADERS, CONTINUATION: a fragment of a field block. Without padding and priority.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>DATA: what this piece takes from the flow-control windows. All of a frame, padding too, is taken by its first piece. RFC 9113 §6.9.1.</summary>
    public int FlowControlled { get; }

    /// <summary>DATA: how much of <see cref="FlowControlled"/> is no body.</summary>
    public int Padding { get; }

    /// <summary>DATA: no piece of this frame follows.</summary>
    public bool IsLastPiece => !_isPiece;

    /// <summary>DATA, HEADERS: the peer sends no more on this stream. Told by the last piece of DATA; after HEADERS it holds when the block has ended.</summary>
    public bool EndsStream => Header.Has(FrameFlags.EndStream) && IsLastPiece;

    /// <summary>HEADERS, CONTINUATION: the block ends here.</summary>
    public bool EndsBlock => Header.Has(FrameFlags.EndHeaders);

    /// <summary>HEADERS: the stream was idle and is opened by this.</summary>
    public bool OpensStream { get; }

    /// <summary>HEADERS: the stream has to be reset with this, but only after the block was decoded, which the connection's table needs.</summary>
    public Http2Fault Fault { get; }

    /// <summary>SETTINGS, PING: the answer to ours.</summary>
    public bool IsAck => Header.Has(FrameFlags.Ack);

    /// <summary>RST_STREAM, GOAWAY.</summary>
    public Http2ErrorCode ErrorCode => (Http2ErrorCode)UInt32(Type == FrameType.GoAway ? 4 : 0);

    /// <summary>WINDOW_UPDATE: 1 to 2^31-1.</summary>
    public int WindowIncrement => (int)(UInt32(0) & int.MaxValue);

    /// <summary>GOAWAY: streams past this were not looked at and may be sent again elsewhere.</summary>
    public int LastStreamId => (int)(UInt32(0) & int.MaxValue);

    /// <summary>GOAWAY: text for people.</summary>
    public ReadOnlySpan<byte> DebugData => Payload[8..];

    /// <summary>PRIORITY_UPDATE: the stream that is meant, which may be idle.</summary>
    public int PrioritizedStreamId => (int)(UInt32(0) & int.MaxValue);

    /// <summary>PRIORITY_UPDATE: the Priority Field Value, a dictionary of RFC 9651. Not checked.</summary>
    public ReadOnlySpan<byte> PriorityValue => Payload[4..];

    /// <summary>PING: eight bytes that an answer repeats.</summary>
    public ulong PingData => BinaryPrimitives.ReadUInt64BigEndian(Payload);

    /// <summary>SETTINGS: how many there are.</summary>
    public int SettingCount => Payload.Length / Http2Settings.EntrySize;

    /// <summary>SETTINGS: the one at a position. They are applied in order.</summary>
    public (SettingId Id, uint Value) Setting(int position)
    {
        Debug.Assert(Type == FrameType.Settings);
        var entry = Payload.Slice(position * Http2Settings.EntrySize, Http2Settings.EntrySize);
        return ((SettingId)BinaryPrimitives.ReadUInt16BigEndian(entry), BinaryPrimitives.ReadUInt32BigEndian(entry[2..]));
    }

    private uint UInt32(int at) => BinaryPrimitives.ReadUInt32BigEndian(Payload[at..]);
}
