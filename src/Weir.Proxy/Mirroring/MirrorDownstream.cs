using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Http.Fields;
using Weir.Http.Messages;
using Weir.Proxy.Wire;
using Weir.Reactor;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Mirroring;

/// <summary>
/// The client's side of a copy, behind which nobody is: the request's body comes from the pair's ring, the answer is noted and thrown away.
/// LoopState; reused.
/// </summary>
internal sealed class MirrorDownstream(MirrorPair pair, Loop loop) : IDownstream
{
    private readonly Waiter _waiter = new(loop);
    private long _answered;

    public bool IsBodyEnded { get; private set; }

    /// <summary>The client's own body was broken off.</summary>
    public Refusal BodyFault => Refusal.ClientGone;

    public long BodyBytes { get; private set; }

    /// <summary>Nothing is sent to anybody.</summary>
    public long BytesSent => 0;

    public Transport? Socket => null;

    public PeerAddress LocalAddress() => PeerAddress.Loopback;

    public bool CanTunnel => false;

    public void Begin(bool isBodyEnded)
    {
        IsBodyEnded = isBodyEnded;
        BodyBytes = _answered = 0;
        _waiter.Reset();
    }

    /// <summary>There is more in the ring, or it came to its end.</summary>
    public void Wake() => _waiter.Signal();

    public BodyStep TryReadBody(out BodyPiece piece, FieldTable? trailers)
    {
        piece = pair.Ring.Take();
        if (piece.Length > 0)
        {
            BodyBytes += piece.Length;
            return BodyStep.Piece;
        }

        if (pair.HasWholeBody)
        {
            IsBodyEnded = true;
            return BodyStep.End;
        }

        if (pair.IsOriginalOver) return BodyStep.Fault;
        _waiter.Clear();
        return BodyStep.Wait;
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public async ValueTask<WaitResult> WaitForBodyAsync(long deadline) => await _waiter.Wait(deadline);

    public void InterruptBody() => _waiter.Interrupt();

    /// <summary>Nobody is told.</summary>
    public ValueTask<WireResult> WriteInterimAsync(ResponseHead head) => new(WireResult.Ok);

    public ResponseShape Shape(ResponseHead head, bool toHead, bool close) => ResponseShape.Of(head, toHead, close: false, BodyFraming.Chunked);

    public ValueTask<WireResult> WriteHeadAsync(ResponseHead head, ResponseShape shape)
    {
        pair.Copied.NoteHead(head);
        return new ValueTask<WireResult>(WireResult.Ok);
    }

    /// <summary>An answer that never ends would never come to a wait that could be called off: so it is asked here.</summary>
    public ValueTask<WireResult> WriteBodyAsync(BodyPiece piece)
    {
        var copy = pair.Running!;
        if (copy.IsCancelled) return new ValueTask<WireResult>(WireResult.Cancelled);
        pair.Copied.NoteBody(piece.Span);
        _answered += piece.Length;
        if (_answered <= pair.Plan.MaxResponse) return new ValueTask<WireResult>(WireResult.Ok);
        copy.Refuse(Refusal.MirrorTooLarge);
        return new ValueTask<WireResult>(WireResult.Refused);
    }

    public ValueTask<WireResult> FlushAsync() => new(WireResult.Ok);

    public ValueTask<WireResult> FinishAsync(FieldTable? trailers)
    {
        pair.Copied.NoteEnd(trailers);
        return new ValueTask<WireResult>(WireResult.Ok);
    }

    public void Abort() => pair.Copied.IsComplete = false;

    /// <summary>Never called: there is no socket.</summary>
    public void CountSpliced(int bytes)
    {
    }

    /// <summary>Never asked for: copies do not ask for an upgrade.</summary>
    public ValueTask<WireResult> SwitchProtocolAsync(ResponseHead head, ReadOnlyMemory<byte> protocol) => new(WireResult.Failed);

    public void EndTunnel()
    {
    }
}
