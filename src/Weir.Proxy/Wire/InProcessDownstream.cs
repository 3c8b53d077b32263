using System.Runtime.InteropServices;
using Weir.Http;
using Weir.Http.Fields;
using Weir.Http.Messages;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Wire;

/// <summary>
/// A caller in this process: its request's body lies in memory, and the response is gathered in memory up to a bound. Past the bound the
/// exchange is told that its client is gone. LoopState; reused.
/// </summary>
internal sealed unsafe class InProcessDownstream : IDownstream, IDisposable
{
    private ReadOnlyMemory<byte> _request;
    private System.Buffers.MemoryHandle _pin;
    private int _maxResponse;
    private byte* _response;
    private int _capacity;
    private int _length;

    /// <summary>The response's status; 0 while there is none.</summary>
    public int Status { get; private set; }

    /// <summary>The response's fields, copied.</summary>
    public ResponseHead Head { get; } = new();

    /// <summary>The response's body so far; valid until the next <see cref="Begin"/>.</summary>
    public ReadOnlySpan<byte> Body => new(_response, _length);

    /// <summary>The response came to its proper end.</summary>
    public bool IsComplete { get; private set; }

    public bool IsBodyEnded { get; private set; }

    public Refusal BodyFault => Refusal.None;

    public long BodyBytes { get; private set; }

    public long BytesSent => _length;

    public Transport? Socket => null;

    public PeerAddress LocalAddress() => PeerAddress.Loopback;

    public bool CanTunnel => false;

    public void Begin(ReadOnlyMemory<byte> requestBody, int maxResponse)
    {
        _pin.Dispose();
        _request = requestBody;
        _pin = requestBody.Pin();
        _maxResponse = maxResponse;
        _length = 0;
        Status = 0;
        BodyBytes = 0;
        IsComplete = false;
        IsBodyEnded = requestBody.IsEmpty;
        Head.Reset();
    }

    public BodyStep TryReadBody(out BodyPiece piece, FieldTable? trailers)
    {
        piece = default;
        if (IsBodyEnded) return BodyStep.End;
        piece = new BodyPiece((byte*)_pin.Pointer, _request.Length);
        BodyBytes = _request.Length;
        IsBodyEnded = true;
        return BodyStep.Piece;
    }

    /// <summary>The body is all there: nobody waits for it.</summary>
    public ValueTask<WaitResult> WaitForBodyAsync(long deadline) => new(WaitResult.Ready);

    public void InterruptBody()
    {
    }

    /// <summary>A caller in this process has no use for interim responses.</summary>
    public ValueTask<WireResult> WriteInterimAsync(ResponseHead head) => new(WireResult.Ok);

    public ResponseShape Shape(ResponseHead head, bool toHead, bool close)
        => new(head.Framing, head.ContentLength, !toHead && head.Status is not (204 or 304) && head.Framing != BodyFraming.None, false);

    public ValueTask<WireResult> WriteHeadAsync(ResponseHead head, ResponseShape shape)
    {
        Status = head.Status;
        Head.Status = head.Status;
        return new ValueTask<WireResult>(Head.Fields.TryCopyFrom(head.Fields) ? WireResult.Ok : WireResult.Refused);
    }

    public ValueTask<WireResult> WriteBodyAsync(BodyPiece piece)
    {
        if (piece.Length > _maxResponse - _length) return new ValueTask<WireResult>(WireResult.Failed);
        if (_length + piece.Length > _capacity)
        {
            _capacity = Math.Max(4096, Math.Max(_capacity * 2, _length + piece.Length));
            _response = (byte*)NativeMemory.Realloc(_response, (nuint)_capacity);
        }

        piece.Span.CopyTo(new Span<byte>(_response + _length, piece.Length));
        _length += piece.Length;
        return new ValueTask<WireResult>(WireResult.Ok);
    }

    /// <summary>Never called: there is no socket.</summary>
    public void CountSpliced(int bytes)
    {
    }

    public ValueTask<WireResult> FlushAsync() => new(WireResult.Ok);

    public ValueTask<WireResult> FinishAsync(FieldTable? trailers)
    {
        IsComplete = true;
        return new ValueTask<WireResult>(WireResult.Ok);
    }

    public void Abort() => IsComplete = false;

    /// <summary>Never asked for: a caller in this process is not given an upgrade.</summary>
    public ValueTask<WireResult> SwitchProtocolAsync(ResponseHead head, ReadOnlyMemory<byte> protocol) => new(WireResult.Failed);

    public void EndTunnel()
    {
    }

    public void Dispose()
    {
        _pin.Dispose();
        NativeMemory.Free(_response);
        _response = null;
        _capacity = _length = 0;
        Head.Dispose();
    }
}
