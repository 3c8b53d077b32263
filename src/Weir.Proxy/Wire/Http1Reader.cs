using System.Diagnostics;
using Weir.Http;
using Weir.Http.Fields;
using Weir.Http.Http1;
using Weir.Http.Messages;
using Weir.Reactor.Buffers;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Wire;

/// <summary>
/// The receiving half of an HTTP/1 connection, on either side. A head is received contiguously into <see cref="Head"/> and stays
/// there until <see cref="EndMessage"/>, since the parsed head points into it; what follows is handed out as body, then as the next head.
/// Holds no buffer between messages unless bytes of the next one are there already. LoopState.
/// </summary>
internal sealed unsafe class Http1Reader(BufferPool buffers)
{
    private Transport _transport = null!;
    private ChunkedDecoder _chunks;
    private BodyFraming _framing;
    private long _remaining;
    private bool _ended = true;
    private int _headLength;
    private int _headOffset;

    /// <summary>The lease with the head, and with what came along behind it.</summary>
    public Lease Head;

    // Body bytes after those in Head.
    private Lease _body;

    /// <summary>Bytes of body handed out for this message.</summary>
    public long BodyBytes { get; private set; }

    /// <summary>Why the last step was <see cref="BodyStep.Fault"/>.</summary>
    public Refusal Fault { get; private set; }

    /// <summary>The fault was that the connection failed, not that it ended.</summary>
    public bool IsReset { get; private set; }

    /// <summary>The message's body is complete.</summary>
    public bool IsBodyEnded => _ended;

    /// <summary>Bytes are here that no message has taken yet.</summary>
    public bool HasUnread => Head.Available + _body.Available > 0;

    /// <summary>Bytes of the body that are still to come when that is known, or -1.</summary>
    public long Remaining => _framing == BodyFraming.Length ? _remaining : -1;

    public BodyFraming Framing => _framing;

    public void Attach(Transport transport) => _transport = transport;

    /// <summary>Receives more of a head. As <see cref="Transport.TryReceive(ref Lease)"/>; 0 also when the head's limit leaves no room.</summary>
    public int ReceiveHead(int limit, BufferSize first)
    {
        if (Head.IsEmpty) Head = buffers.Rent(first);
        else if (Head.Room == 0 && Head.Start > 0) MoveToFront();
        else if (Head.Room == 0) Grow(limit);
        var received = _transport.TryReceive(ref Head);
        if (received == Transport.WouldBlock && Head.Available == 0) buffers.Return(ref Head);
        return received;
    }

    /// <summary>Where the head that is being parsed begins, and how much of it is there.</summary>
    public byte* HeadPointer => Head.Pointer + Head.Start;

    /// <summary>Takes an interim response's head as read: the next head begins behind it.</summary>
    public void SkipHead(int headLength) => Head.Consume(headLength);

    /// <summary>Takes the parsed head's bytes as read and begins its body.</summary>
    public void BeginBody(int headLength, BodyFraming framing, long length)
    {
        _headLength = headLength;
        _headOffset = Head.Start;
        Head.Consume(headLength);
        _framing = framing;
        _remaining = length;
        _ended = framing == BodyFraming.None || (framing == BodyFraming.Length && length == 0);
        BodyBytes = 0;
        Fault = Refusal.None;
        IsReset = false;
        if (framing == BodyFraming.Chunked) _chunks = default;
    }

    /// <summary>The next piece of the body. Trailers go into the table, when one is given.</summary>
    public BodyStep TryRead(out BodyPiece piece, FieldTable? trailers = null)
    {
        piece = default;
        if (_ended) return BodyStep.End;
        while (true)
        {
            ref var lease = ref Head.Available > 0 ? ref Head : ref _body;
            if (lease.Available == 0)
            {
                var step = Receive();
                if (step != BodyStep.Piece) return step;
                lease = ref _body;
            }

            switch (_framing)
            {
                case BodyFraming.Length:
                    piece = Take(ref lease, (int)Math.Min(lease.Available, _remaining));
                    _remaining -= piece.Length;
                    _ended = _remaining == 0;
                    return BodyStep.Piece;

                case BodyFraming.UntilClose:
                    piece = Take(ref lease, lease.Available);
                    return BodyStep.Piece;

                default:
                    var outcome = _chunks.Decode(lease.Data, out var consumed, out var offset, out var length, trailers);
                    piece = new BodyPiece(lease.Pointer + lease.Start + offset, length);
                    lease.Consume(consumed);
                    if (outcome == ChunkOutcome.NeedMore) continue;
                    if (outcome == ChunkOutcome.Refused) return Fail(_chunks.Refusal);
                    BodyBytes += length;
                    _ended = outcome == ChunkOutcome.Done;
                    return _ended ? BodyStep.End : BodyStep.Piece;
            }
        }
    }

    /// <summary>For splicing: bytes of a Length body went another way.</summary>
    public void Skip(int bytes)
    {
        Debug.Assert(_framing == BodyFraming.Length && bytes <= _remaining && !HasUnread);
        _remaining -= bytes;
        BodyBytes += bytes;
        _ended = _remaining == 0;
    }

    /// <summary>What follows belongs to another protocol: every byte until the end is handed out.</summary>
    public void BecomeTunnel()
    {
        _framing = BodyFraming.UntilClose;
        _ended = false;
    }

    /// <summary>A free buffer for body bytes that is not needed while waiting goes back.</summary>
    public void ReleaseIdleBuffers()
    {
        if (_body.Available == 0) buffers.Return(ref _body);
    }

    /// <summary>
    /// Makes a long wait in the middle of a message cheap: when the head lies in a large buffer whose rest is read, it moves to the
    /// smallest one that holds it. The head's arena is attached anew.
    /// </summary>
    public void Shrink(TextArena arena)
    {
        ReleaseIdleBuffers();
        if (Head.IsEmpty || Head.Available > 0 || BufferPool.SizeFor(_headLength) >= Head.Size) return;
        var smaller = buffers.Rent(BufferPool.SizeFor(_headLength));
        new ReadOnlySpan<byte>(Head.Pointer + _headOffset, _headLength).CopyTo(smaller.Free);
        smaller.Start = smaller.End = _headLength;
        _headOffset = 0;
        arena.Attach(smaller.Pointer, _headLength);
        buffers.Return(ref Head);
        Head = smaller;
    }

    /// <summary>Lets go of the message: its head must not be looked at any more. Bytes of the next one move to the front.</summary>
    public void EndMessage()
    {
        if (_body.Available > 0)
        {
            Debug.Assert(Head.Available == 0);
            buffers.Return(ref Head);
            Head = _body;
            _body = default;
        }

        buffers.Return(ref _body);
        if (Head.Available == 0)
        {
            buffers.Return(ref Head);
            return;
        }

        MoveToFront();
    }

    /// <summary>Gives everything back; for the end of the connection.</summary>
    public void Release()
    {
        buffers.Return(ref Head);
        buffers.Return(ref _body);
        _ended = true;
        _framing = BodyFraming.None;
    }

    private BodyPiece Take(ref Lease lease, int length)
    {
        var piece = new BodyPiece(lease.Pointer + lease.Start, length);
        lease.Consume(length);
        BodyBytes += length;
        return piece;
    }

    private BodyStep Receive()
    {
        if (_body.IsEmpty) _body = buffers.Rent(_framing == BodyFraming.Length ? SizeFor(_remaining) : BufferSize.Medium);
        _body.Start = _body.End = 0;
        var received = _transport.TryReceive(ref _body);
        if (received > 0) return BodyStep.Piece;
        if (received == Transport.WouldBlock) return BodyStep.Wait;
        if (received == 0 && _framing == BodyFraming.UntilClose && !_transport.IsTruncated)
        {
            _ended = true;
            return BodyStep.End;
        }

        IsReset = received < 0;
        return Fail(Refusal.UnexpectedEndOfBody);
    }

    private BodyStep Fail(Refusal reason)
    {
        Fault = reason;
        return BodyStep.Fault;
    }

    private void MoveToFront()
    {
        Head.Data.CopyTo(new Span<byte>(Head.Pointer, Head.Capacity));
        Head.End = Head.Available;
        Head.Start = 0;
    }

    private void Grow(int limit)
    {
        var larger = buffers.Rent(BufferPool.SizeFor(Math.Min(limit, Head.Capacity * 2)));
        new ReadOnlySpan<byte>(Head.Pointer, Head.End).CopyTo(larger.Free);
        larger.Start = Head.Start;
        larger.End = Head.End;
        buffers.Return(ref Head);
        Head = larger;
    }

    private static BufferSize SizeFor(long bytes) => bytes > 16 * 1024 ? BufferSize.Medium : BufferPool.SizeFor((int)bytes);
}
