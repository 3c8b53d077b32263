using System.Diagnostics;

namespace Weir.Http.Http2.Frames;

/// <summary>How far a reader of frames got.</summary>
public enum FrameOutcome : byte
{
    /// <summary>Call again with more of the bytes that were not consumed.</summary>
    NeedMore,

    /// <summary>A frame, or a piece of one.</summary>
    Frame,

    /// <summary>A rule is broken. After a connection's fault nothing more is read; after a stream's the frame was skipped.</summary>
    Fault,
}

/// <summary>
/// Cuts received bytes into frames and holds every rule of RFC 9113 that frames alone can show: sizes, fixed parts, padding, whose
/// stream is whose, which streams are idle, and that nothing comes between the frames of a field block. What a closed stream may
/// still get is known by the connection. DATA is handed out in pieces as it comes; other frames when they are whole; frames of
/// unknown types are skipped. LoopState of a connection.
/// </summary>
public struct FrameReader
{
    /// <summary>What a connection begins with. RFC 9113 §3.4.</summary>
    public static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    private const int SmallestMaxFrameSize = 16_384;

    private readonly bool _isClient;
    private FrameHeader _data;
    private int _dataLeft;
    private int _padding;
    private int _skip;
    private int _blockStream;
    private bool _sawSettings;

    /// <param name="isClient">This side is the client: the peer opens no streams.</param>
    public FrameReader(bool isClient)
    {
        _isClient = isClient;
        MaxFrameSize = SmallestMaxFrameSize;
    }

    /// <summary>Our SETTINGS_MAX_FRAME_SIZE. A buffer for this and <see cref="FrameHeader.Size"/> holds every frame that has to be whole.</summary>
    public int MaxFrameSize { get; set; }

    /// <summary>The highest stream that was opened: by the peer's HEADERS, or, on a client, by <see cref="Opened"/>. Those past it are idle.</summary>
    public int HighestStream { get; private set; }

    /// <summary>A field block has begun and not ended: only its CONTINUATION may follow.</summary>
    public readonly bool IsInBlock => _blockStream != 0;

    /// <summary>A client's own stream was opened.</summary>
    public void Opened(int streamId)
    {
        Debug.Assert(_isClient && streamId > HighestStream);
        HighestStream = streamId;
    }

    /// <summary>The next frame at the start of <paramref name="data"/>. <paramref name="consumed"/> bytes are done with in any outcome.</summary>
    public FrameOutcome Read(ReadOnlySpan<byte> data, out Frame frame, scoped out int consumed, out Http2Fault fault)
    {
        frame = default;
        consumed = 0;
        fault = default;
        while (true)
        {
            if (_skip > 0)
            {
                var skipped = Math.Min(_skip, data.Length - consumed);
                consumed += skipped;
                _skip -= skipped;
                if (_skip > 0) return FrameOutcome.NeedMore;
            }

            var rest = data[consumed..];
            if (_dataLeft > 0) return ReadData(rest, 0, ref consumed, out frame);
            if (rest.Length < FrameHeader.Size) return FrameOutcome.NeedMore;
            var header = FrameHeader.Read(rest);
            fault = CheckOrder(header);
            if (!fault.IsFault) fault = FrameRules.CheckHeader(header, _isClient);
            if (!fault.IsFault) fault = CheckStream(header);
            if (fault.IsFault) return Skip(header, ref consumed);

            if (header.Type == FrameType.Data) return BeginData(header, rest, ref consumed, out frame, out fault);
            if (!IsKnown(header.Type))
            {
                consumed += FrameHeader.Size;
                _skip = header.Length;
                // Told once, for whoever counts them.
                frame = new Frame(header, default);
                return FrameOutcome.Frame;
            }

            if (rest.Length - FrameHeader.Size < header.Length) return FrameOutcome.NeedMore;
            consumed += FrameHeader.Size + header.Length;
            return ReadWhole(header, rest.Slice(FrameHeader.Size, header.Length), out frame, out fault);
        }
    }

    private FrameOutcome ReadWhole(scoped in FrameHeader header, ReadOnlySpan<byte> payload, out Frame frame, out Http2Fault fault)
    {
        frame = default;
        if (header.Type != FrameType.Headers)
        {
            fault = FrameRules.CheckPayload(header, payload);
            if (fault.IsFault) return FrameOutcome.Fault;
            if (header.Type == FrameType.Continuation && header.Has(FrameFlags.EndHeaders)) _blockStream = 0;
            frame = new Frame(header, payload);
            return FrameOutcome.Frame;
        }

        var fragment = FrameRules.Fragment(header, payload, out fault);
        if (fault.IsConnection) return FrameOutcome.Fault;
        var isNew = header.StreamId > HighestStream;
        if (isNew) HighestStream = header.StreamId;
        if (!header.Has(FrameFlags.EndHeaders)) _blockStream = header.StreamId;
        frame = new Frame(header, fragment, fault: fault, isNew: isNew);
        fault = default;
        return FrameOutcome.Frame;
    }

    // §6.1. All of the frame is taken from the windows at once, so that a peer cannot send padding for nothing.
    private FrameOutcome BeginData(scoped in FrameHeader header, ReadOnlySpan<byte> rest, scoped ref int consumed, out Frame frame, out Http2Fault fault)
    {
        frame = default;
        fault = default;
        var fixedPart = FrameHeader.Size;
        _padding = 0;
        if (header.Has(FrameFlags.Padded))
        {
            fault = header.Length == 0 ? FrameRules.BadFrame(Http2ErrorCode.FrameSizeError) : default;
            if (fault.IsFault) return FrameOutcome.Fault;
            if (rest.Length == fixedPart) return FrameOutcome.NeedMore;
            _padding = rest[fixedPart++];
            if (_padding >= header.Length) fault = FrameRules.BadFrame(Http2ErrorCode.ProtocolError);
            if (fault.IsFault) return FrameOutcome.Fault;
        }

        _data = header;
        _dataLeft = FrameHeader.Size + header.Length - fixedPart - _padding;
        consumed += fixedPart;
        return ReadData(rest[fixedPart..], header.Length, ref consumed, out frame);
    }

    // Without any byte only the first piece is handed out: it is what the windows are charged by.
    private FrameOutcome ReadData(ReadOnlySpan<byte> rest, int flowControlled, scoped ref int consumed, out Frame frame)
    {
        frame = default;
        var piece = rest[..Math.Min(_dataLeft, rest.Length)];
        if (piece.IsEmpty && _dataLeft > 0 && flowControlled == 0) return FrameOutcome.NeedMore;
        consumed += piece.Length;
        _dataLeft -= piece.Length;
        if (_dataLeft == 0) _skip = _padding;
        var padding = flowControlled == 0 ? 0 : flowControlled - piece.Length - _dataLeft;
        frame = new Frame(_data, piece, flowControlled, padding, _dataLeft > 0);
        return FrameOutcome.Frame;
    }

    private FrameOutcome Skip(scoped in FrameHeader header, scoped ref int consumed)
    {
        consumed += FrameHeader.Size;
        _skip = header.Length;
        return FrameOutcome.Fault;
    }

    // §3.4, §4.2, §6.10. Too large is said of every frame alike: reading on would be work for a peer that breaks the rules.
    private Http2Fault CheckOrder(scoped in FrameHeader header)
    {
        if (header.Length > MaxFrameSize) return FrameRules.BadFrame(Http2ErrorCode.FrameSizeError);
        if (!_sawSettings)
        {
            if (header.Type != FrameType.Settings || header.Has(FrameFlags.Ack)) return FrameRules.BadFrame(Http2ErrorCode.ProtocolError);
            _sawSettings = true;
        }

        var continues = header.Type == FrameType.Continuation;
        return continues == IsInBlock && (!continues || header.StreamId == _blockStream)
            ? default
            : FrameRules.BadFrame(Http2ErrorCode.ProtocolError);
    }

    // §5.1, §5.1.1: clients open the odd streams, in rising order, and nobody opens the even ones.
    private readonly Http2Fault CheckStream(scoped in FrameHeader header)
    {
        if (header.StreamId == 0 || !IsKnown(header.Type) || header.Type == FrameType.Priority) return default;
        var isIdle = header.StreamId > HighestStream;
        var isRight = (header.StreamId & 1) == 1 && (!isIdle || (header.Type == FrameType.Headers && !_isClient));
        return isRight ? default : FrameRules.BadFrame(Http2ErrorCode.ProtocolError);
    }

    private static bool IsKnown(FrameType type) => type is <= FrameType.Continuation or FrameType.PriorityUpdate;
}
