using System.Buffers.Binary;
using System.Diagnostics;

namespace Weir.Http.Http2.Frames;

/// <summary>Writes frames of fixed size into a span that has room for them; each tells its length. DATA and field blocks get their header alone.</summary>
public static class FrameWriter
{
    public const int RstStreamSize = FrameHeader.Size + 4;
    public const int PingSize = FrameHeader.Size + 8;
    public const int WindowUpdateSize = FrameHeader.Size + 4;

    /// <summary>GOAWAY without text.</summary>
    public const int GoAwaySize = FrameHeader.Size + 8;

    public static int SettingsAck(Span<byte> to)
    {
        new FrameHeader(0, FrameType.Settings, FrameFlags.Ack, 0).Write(to);
        return FrameHeader.Size;
    }

    public static int RstStream(Span<byte> to, int streamId, Http2ErrorCode code)
    {
        new FrameHeader(4, FrameType.RstStream, FrameFlags.None, streamId).Write(to);
        BinaryPrimitives.WriteUInt32BigEndian(to[FrameHeader.Size..], (uint)code);
        return RstStreamSize;
    }

    public static int Ping(Span<byte> to, ulong data, bool ack)
    {
        new FrameHeader(8, FrameType.Ping, ack ? FrameFlags.Ack : FrameFlags.None, 0).Write(to);
        BinaryPrimitives.WriteUInt64BigEndian(to[FrameHeader.Size..], data);
        return PingSize;
    }

    /// <summary><paramref name="text"/> is for people; a name of a refusal.</summary>
    public static int GoAway(Span<byte> to, int lastStreamId, Http2ErrorCode code, ReadOnlySpan<byte> text = default)
    {
        new FrameHeader(8 + text.Length, FrameType.GoAway, FrameFlags.None, 0).Write(to);
        BinaryPrimitives.WriteInt32BigEndian(to[FrameHeader.Size..], lastStreamId);
        BinaryPrimitives.WriteUInt32BigEndian(to[(FrameHeader.Size + 4)..], (uint)code);
        text.CopyTo(to[GoAwaySize..]);
        return GoAwaySize + text.Length;
    }

    public static int WindowUpdate(Span<byte> to, int streamId, int increment)
    {
        Debug.Assert(increment > 0);
        new FrameHeader(4, FrameType.WindowUpdate, FrameFlags.None, streamId).Write(to);
        BinaryPrimitives.WriteInt32BigEndian(to[FrameHeader.Size..], increment);
        return WindowUpdateSize;
    }

    public static int DataHeader(Span<byte> to, int streamId, int length, bool endStream)
    {
        new FrameHeader(length, FrameType.Data, endStream ? FrameFlags.EndStream : FrameFlags.None, streamId).Write(to);
        return FrameHeader.Size;
    }

    /// <summary>The header of HEADERS, or of CONTINUATION for what did not fit into it.</summary>
    public static int BlockHeader(Span<byte> to, int streamId, int length, bool continues, bool endHeaders, bool endStream)
    {
        var flags = endHeaders ? FrameFlags.EndHeaders : FrameFlags.None;
        if (endStream && !continues) flags |= FrameFlags.EndStream;
        new FrameHeader(length, continues ? FrameType.Continuation : FrameType.Headers, flags, streamId).Write(to);
        return FrameHeader.Size;
    }
}
