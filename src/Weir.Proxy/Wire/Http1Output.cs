using System.Diagnostics;
using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http.Fields;
using Weir.Http.Http1;
using Weir.Http.Messages;
using Weir.Reactor.Buffers;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Wire;

/// <summary>
/// The sending half of an HTTP/1 connection, on either side: a head and what is small are gathered, what is large goes out beside
/// them with one call. Holds a buffer only while something is unsent. LoopState.
/// </summary>
internal sealed class Http1Output(BufferPool buffers)
{
    // Copying less than this is cheaper than another piece in the call.
    private const int CopyLimit = 4 * 1024;

    private Transport _transport = null!;
    private Lease _pending;
    private BodyFraming _framing;

    /// <summary>Bytes that the kernel took, ever.</summary>
    public long BytesSent { get; private set; }

    /// <summary>A send that makes no progress for so many milliseconds fails. Each exchange says its own.</summary>
    public int Timeout { get; set; }

    public void Attach(Transport transport)
    {
        _transport = transport;
        BytesSent = 0;
    }

    /// <summary>How the body that follows is framed on this side.</summary>
    public void BeginBody(BodyFraming framing) => _framing = framing;

    /// <summary>Room of at least so many bytes; <see cref="Commit"/> what was written. At most 256 KiB less what is gathered.</summary>
    public Span<byte> Reserve(int bytes)
    {
        if (_pending.IsEmpty) _pending = buffers.Rent(BufferPool.SizeFor(bytes));
        else if (_pending.Room < bytes) Grow(bytes);
        return _pending.Free;
    }

    public void Commit(int bytes)
    {
        _pending.End += bytes;
        Debug.Assert(_pending.End <= _pending.Capacity);
    }

    /// <summary>Sends a piece of the body, framed. Small pieces may stay here until the next flush.</summary>
    public ValueTask<WireResult> WriteBodyAsync(BodyPiece piece)
    {
        if (piece.Length == 0) return new ValueTask<WireResult>(WireResult.Ok);
        if (_framing == BodyFraming.Chunked) Commit(ChunkWriter.WriteHeader(Reserve(ChunkWriter.MaxHeaderLength), piece.Length));
        if (piece.Length <= CopyLimit && piece.Length + ChunkWriter.MaxHeaderLength <= (_pending.IsEmpty ? CopyLimit * 2 : _pending.Room))
        {
            piece.Span.CopyTo(Reserve(piece.Length + 2));
            Commit(piece.Length);
            if (_framing == BodyFraming.Chunked) Append(ChunkWriter.DataEnd);
            return new ValueTask<WireResult>(WireResult.Ok);
        }

        return SendBeside(piece);
    }

    /// <summary>For splicing: bytes of the body went to the socket another way.</summary>
    public void CountSpliced(int bytes) => BytesSent += bytes;

    /// <summary>Ends the body on this side, a chunked one with its trailers.</summary>
    public ValueTask<WireResult> FinishBodyAsync(FieldTable? trailers)
    {
        if (_framing == BodyFraming.Chunked && !TryWriteLastChunk(trailers)) return new ValueTask<WireResult>(WireResult.Failed);
        _framing = BodyFraming.None;
        return FlushAsync();
    }

    /// <summary>Sends what is gathered.</summary>
    public unsafe ValueTask<WireResult> FlushAsync()
    {
        if (_pending.Available == 0) return new ValueTask<WireResult>(WireResult.Ok);
        var sent = _transport.TrySend(_pending.Pointer + _pending.Start, _pending.Available);
        if (!Account(ref sent)) return new ValueTask<WireResult>(WireResult.Failed);
        _pending.Consume(sent);
        if (_pending.Available > 0) return SendSlowlyAsync(default, endsChunk: false);
        buffers.Return(ref _pending);
        return new ValueTask<WireResult>(WireResult.Ok);
    }

    public void Release()
    {
        buffers.Return(ref _pending);
        _framing = BodyFraming.None;
    }

    private unsafe ValueTask<WireResult> SendBeside(BodyPiece piece)
    {
        var gathered = _pending.Available;
        var body = gathered + piece.Length;
        var tail = _framing == BodyFraming.Chunked ? ChunkWriter.DataEnd : default;
        int sent;
        fixed (byte* end = tail)
            sent = _transport.TrySend(_pending.Pointer + _pending.Start, gathered, piece.Pointer, piece.Length, end, tail.Length);
        if (!Account(ref sent)) return new ValueTask<WireResult>(WireResult.Failed);
        if (sent >= body)
        {
            buffers.Return(ref _pending);
            if (sent < body + tail.Length) Append(tail[(sent - body)..]);
            return new ValueTask<WireResult>(WireResult.Ok);
        }

        // What went out was the gathered part first.
        if (!_pending.IsEmpty) _pending.Consume(Math.Min(sent, gathered));
        var done = Math.Max(0, sent - gathered);
        return SendSlowlyAsync(piece[done..], endsChunk: tail.Length > 0);
    }

    // False when the connection failed; otherwise sent is at least 0.
    private bool Account(ref int sent)
    {
        if (sent == Transport.Failed) return false;
        if (sent == Transport.WouldBlock) sent = 0;
        BytesSent += sent;
        return true;
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<WireResult> SendSlowlyAsync(BodyPiece piece, bool endsChunk)
    {
        while (true)
        {
            var wait = await _transport.Writable(_transport.Loop.Now + Timeout);
            if (wait != WaitResult.Ready) return wait == WaitResult.TimedOut ? WireResult.TimedOut : WireResult.Cancelled;
            if (!SendMore(ref piece, endsChunk, out var ofTail)) return WireResult.Failed;
            if (_pending.Available > 0 || piece.Length > 0) continue;
            buffers.Return(ref _pending);
            if (endsChunk) Append(ChunkWriter.DataEnd[ofTail..]);
            return WireResult.Ok;
        }
    }

    // Everything that was offered before is offered again: TLS may have made a record of it.
    private unsafe bool SendMore(ref BodyPiece piece, bool endsChunk, out int ofTail)
    {
        var gathered = _pending.Available;
        var tail = endsChunk ? ChunkWriter.DataEnd : default;
        int sent;
        fixed (byte* end = tail)
            sent = _transport.TrySend(_pending.Pointer + _pending.Start, gathered, piece.Pointer, piece.Length, end, tail.Length);
        ofTail = 0;
        if (!Account(ref sent)) return false;
        var fromGathered = Math.Min(sent, gathered);
        if (fromGathered > 0) _pending.Consume(fromGathered);
        var fromPiece = Math.Min(sent - fromGathered, piece.Length);
        piece = piece[fromPiece..];
        ofTail = sent - fromGathered - fromPiece;
        return true;
    }

    private bool TryWriteLastChunk(FieldTable? trailers)
    {
        if (trailers is null || trailers.Count == 0)
        {
            Append(ChunkWriter.LastChunk);
            return true;
        }

        for (var size = BufferSize.Tiny; size <= BufferSize.Large; size++)
        {
            var outcome = ChunkWriter.WriteLastChunk(Reserve(BufferPool.Capacity(size) / 2), trailers, out var written);
            if (outcome == WriteOutcome.Written) Commit(written);
            if (outcome != WriteOutcome.TooSmall) return outcome == WriteOutcome.Written;
        }

        return false;
    }

    private void Append(ReadOnlySpan<byte> text)
    {
        text.CopyTo(Reserve(text.Length));
        Commit(text.Length);
    }

    private void Grow(int bytes)
    {
        var larger = buffers.Rent(BufferPool.SizeFor(_pending.Available + bytes));
        _pending.Data.CopyTo(larger.Free);
        larger.End = _pending.Available;
        buffers.Return(ref _pending);
        _pending = larger;
    }
}
