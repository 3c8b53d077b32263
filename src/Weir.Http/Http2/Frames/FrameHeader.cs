using System.Buffers.Binary;
using System.Diagnostics;

namespace Weir.Http.Http2.Frames;

/// <summary>RFC 9113 §6 and RFC 9218 §7.1. Any other value is an extension that is ignored.</summary>
public enum FrameType : byte
{
    Data = 0x0,
    Headers = 0x1,
    Priority = 0x2,
    RstStream = 0x3,
    Settings = 0x4,
    PushPromise = 0x5,
    Ping = 0x6,
    GoAway = 0x7,
    WindowUpdate = 0x8,
    Continuation = 0x9,
    PriorityUpdate = 0x10,
}

/// <summary>A flag means something only on the frames that define it; elsewhere it is ignored.</summary>
[Flags]
#pragma warning disable CA1069 // One bit has two meanings: ACK and END_STREAM are never on the same type.
public enum FrameFlags : byte
{
    None = 0,

    /// <summary>SETTINGS and PING.</summary>
    Ack = 0x1,

    /// <summary>DATA and HEADERS.</summary>
    EndStream = 0x1,

    /// <summary>HEADERS and CONTINUATION.</summary>
    EndHeaders = 0x4,

    /// <summary>DATA and HEADERS.</summary>
    Padded = 0x8,

    /// <summary>HEADERS.</summary>
    Priority = 0x20,
}
#pragma warning restore CA1069

/// <summary>The nine bytes that every frame begins with. RFC 9113 §4.1.</summary>
public readonly record struct FrameHeader(int Length, FrameType Type, FrameFlags Flags, int StreamId)
{
    public const int Size = 9;

    /// <summary>What a length of 24 bits can say.</summary>
    public const int LargestLength = (1 << 24) - 1;

    /// <summary>From at least <see cref="Size"/> bytes. The reserved bit is ignored.</summary>
    public static FrameHeader Read(ReadOnlySpan<byte> from) => new(
        (from[0] << 16) | (from[1] << 8) | from[2],
        (FrameType)from[3],
        (FrameFlags)from[4],
        (int)(BinaryPrimitives.ReadUInt32BigEndian(from[5..]) & int.MaxValue));

    /// <summary>To at least <see cref="Size"/> bytes.</summary>
    public void Write(Span<byte> to)
    {
        Debug.Assert((uint)Length <= LargestLength && StreamId >= 0);
        BinaryPrimitives.WriteUInt32BigEndian(to, ((uint)Length << 8) | (byte)Type);
        to[4] = (byte)Flags;
        BinaryPrimitives.WriteInt32BigEndian(to[5..], StreamId);
    }

    public bool Has(FrameFlags flag) => (Flags & flag) != 0;
}
