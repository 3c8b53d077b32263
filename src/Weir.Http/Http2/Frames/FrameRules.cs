using System.Buffers.Binary;

namespace Weir.Http.Http2.Frames;

/// <summary>What a frame has to be by itself, by the section of its type in RFC 9113 §6: its stream, its size, its fixed parts.</summary>
internal static class FrameRules
{
    private const int PriorityLength = 5;

    /// <summary>From the header alone. A fault of a stream lets the frame be skipped.</summary>
    public static Http2Fault CheckHeader(scoped in FrameHeader header, bool isClient)
    {
        var onStream = header.StreamId != 0;
        switch (header.Type)
        {
            case FrameType.Data or FrameType.Headers or FrameType.Continuation:
                return onStream ? default : BadFrame(Http2ErrorCode.ProtocolError);
            case FrameType.Priority:
                if (!onStream) return BadFrame(Http2ErrorCode.ProtocolError);
                return header.Length == PriorityLength ? default : Http2Fault.Stream(header.StreamId, Http2ErrorCode.FrameSizeError, Refusal.BadFrame);
            case FrameType.RstStream:
                return !onStream ? BadFrame(Http2ErrorCode.ProtocolError) : Size(header.Length == 4);
            case FrameType.Settings:
                if (onStream) return BadFrame(Http2ErrorCode.ProtocolError);
                return Size(header.Has(FrameFlags.Ack) ? header.Length == 0 : header.Length % Http2Settings.EntrySize == 0);
            case FrameType.PushPromise:
                // A client must not push, and to a server we say SETTINGS_ENABLE_PUSH = 0. §6.6, §8.4.
                return BadFrame(Http2ErrorCode.ProtocolError);
            case FrameType.Ping:
                return onStream ? BadFrame(Http2ErrorCode.ProtocolError) : Size(header.Length == 8);
            case FrameType.GoAway:
                return onStream ? BadFrame(Http2ErrorCode.ProtocolError) : Size(header.Length >= 8);
            case FrameType.WindowUpdate:
                return Size(header.Length == 4);
            case FrameType.PriorityUpdate:
                // RFC 9218 §7.1: from clients only.
                return onStream || isClient ? BadFrame(Http2ErrorCode.ProtocolError) : Size(header.Length >= 4);
            default:
                return default;
        }
    }

    /// <summary>From the whole payload of a frame that is not DATA and whose header is right.</summary>
    public static Http2Fault CheckPayload(scoped in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        switch (header.Type)
        {
            case FrameType.Priority:
                return DependsOnItself(header, payload);
            case FrameType.WindowUpdate when (BinaryPrimitives.ReadUInt32BigEndian(payload) & int.MaxValue) == 0:
                return header.StreamId == 0
                    ? Http2Fault.Connection(Http2ErrorCode.ProtocolError, Refusal.BadFlowWindow)
                    : Http2Fault.Stream(header.StreamId, Http2ErrorCode.ProtocolError, Refusal.BadFlowWindow);
            case FrameType.PriorityUpdate:
                // Streams of a client are odd; we push none that could be meant.
                return (payload[3] & 1) == 0 ? BadFrame(Http2ErrorCode.ProtocolError) : default;
            default:
                return default;
        }
    }

    /// <summary>
    /// The fragment in a HEADERS frame, without padding and priority. <paramref name="fault"/> may be one of the stream, with the
    /// fragment given: it has to be decoded all the same.
    /// </summary>
    public static ReadOnlySpan<byte> Fragment(scoped in FrameHeader header, ReadOnlySpan<byte> payload, out Http2Fault fault)
    {
        fault = default;
        var padding = 0;
        if (header.Has(FrameFlags.Padded))
        {
            fault = Size(!payload.IsEmpty);
            if (fault.IsFault) return default;
            padding = payload[0];
            payload = payload[1..];
        }

        if (header.Has(FrameFlags.Priority))
        {
            fault = Size(payload.Length >= PriorityLength);
            if (fault.IsFault) return default;
            fault = DependsOnItself(header, payload);
            payload = payload[PriorityLength..];
        }

        if (padding <= payload.Length) return payload[..^padding];
        fault = BadFrame(Http2ErrorCode.ProtocolError);
        return default;
    }

    public static Http2Fault BadFrame(Http2ErrorCode code) => Http2Fault.Connection(code, Refusal.BadFrame);

    private static Http2Fault Size(bool isRight) => isRight ? default : BadFrame(Http2ErrorCode.FrameSizeError);

    // RFC 9113 §5.3.2 has given up what dependencies mean. RFC 7540 §5.3.1 forbade this one, and no client ever needed it.
    private static Http2Fault DependsOnItself(scoped in FrameHeader header, ReadOnlySpan<byte> priority)
        => (BinaryPrimitives.ReadUInt32BigEndian(priority) & int.MaxValue) == header.StreamId
            ? Http2Fault.Stream(header.StreamId, Http2ErrorCode.ProtocolError, Refusal.BadFrame)
            : default;
}
