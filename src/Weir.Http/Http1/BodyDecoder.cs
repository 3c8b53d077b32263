using System.Diagnostics;
using Weir.Http.Fields;
using Weir.Http.Messages;

namespace Weir.Http.Http1;

/// <summary>
/// A body of any framing, read by one method: hand it what was received, take the pieces. Keep it in one place and call it by
/// reference, it is the state.
/// </summary>
public struct BodyDecoder
{
    private readonly BodyFraming _framing;
    private long _remaining;
    private ChunkedDecoder _chunks;

    public BodyDecoder(BodyFraming framing, long length)
    {
        Debug.Assert(framing != BodyFraming.Length || length >= 0);
        _framing = framing;
        _remaining = framing == BodyFraming.Length ? length : 0;
    }

    /// <summary>The body of a request that was parsed.</summary>
    public BodyDecoder(RequestHead head) : this(head.Framing, head.ContentLength)
    {
    }

    /// <summary>The body of a response that was parsed.</summary>
    public BodyDecoder(ResponseHead head) : this(head.Framing, head.ContentLength)
    {
    }

    /// <summary>The whole body was handed out. Never so for one that lasts until the connection is closed.</summary>
    public readonly bool IsDone => _framing switch
    {
        BodyFraming.Chunked => _chunks.IsDone,
        BodyFraming.UntilClose => false,
        _ => _remaining == 0,
    };

    /// <summary>Bytes that are still known to come and can be passed on before they are there: of the body, or of the current chunk.</summary>
    public readonly long KnownRemaining => _framing == BodyFraming.Chunked ? _chunks.ChunkRemaining : _remaining;

    /// <summary>After <see cref="ChunkOutcome.Refused"/>.</summary>
    public readonly Refusal Refusal => _chunks.Refusal;

    /// <summary>As <see cref="ChunkedDecoder.Decode"/>.</summary>
    public ChunkOutcome Decode(ReadOnlySpan<byte> input, out int consumed, out int dataOffset, out int dataLength, FieldTable? trailers = null)
    {
        if (_framing == BodyFraming.Chunked) return _chunks.Decode(input, out consumed, out dataOffset, out dataLength, trailers);
        dataOffset = 0;
        consumed = dataLength = _framing == BodyFraming.UntilClose ? input.Length : (int)Math.Min(_remaining, input.Length);
        if (_framing == BodyFraming.Length) _remaining -= dataLength;
        if (dataLength > 0) return ChunkOutcome.Data;
        return IsDone ? ChunkOutcome.Done : ChunkOutcome.NeedMore;
    }

    /// <summary>The connection ended: None when the body may end there.</summary>
    public readonly Refusal OnEndOfStream()
        => IsDone || _framing == BodyFraming.UntilClose ? Refusal.None : Refusal.UnexpectedEndOfBody;
}
