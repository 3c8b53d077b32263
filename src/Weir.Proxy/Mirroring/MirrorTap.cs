using Weir.Http;
using Weir.Http.Fields;
using Weir.Http.Messages;
using Weir.Proxy.Wire;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Mirroring;

/// <summary>
/// Stands in the client's place while the client's request is copied: what is read of the body goes into the copy's ring too, and the answer
/// is noted where it is compared. It never waits for the copy. LoopState; reused.
/// </summary>
internal sealed class MirrorTap(MirrorPair pair) : IDownstream
{
    /// <summary>Whose place it has; null outside an exchange.</summary>
    public IDownstream Client { get; private set; } = null!;

    public bool IsBodyEnded => Client.IsBodyEnded;

    public Refusal BodyFault => Client.BodyFault;

    public long BodyBytes => Client.BodyBytes;

    public long BytesSent => Client.BytesSent;

    /// <summary>None where the body is compared: what is spliced is not seen.</summary>
    public Transport? Socket => pair.Plan.Check is { Body: true } ? null : Client.Socket;

    public PeerAddress LocalAddress() => Client.LocalAddress();

    public bool CanTunnel => Client.CanTunnel;

    public void Begin(IDownstream client) => Client = client;

    public void Forget() => Client = null!;

    public BodyStep TryReadBody(out BodyPiece piece, FieldTable? trailers)
    {
        var step = Client.TryReadBody(out piece, trailers);
        if (step == BodyStep.Piece) pair.Take(piece);
        else if (step == BodyStep.End) pair.EndBody(trailers);
        return step;
    }

    public ValueTask<WaitResult> WaitForBodyAsync(long deadline) => Client.WaitForBodyAsync(deadline);

    public void InterruptBody() => Client.InterruptBody();

    public ValueTask<WireResult> WriteInterimAsync(ResponseHead head) => Client.WriteInterimAsync(head);

    public ResponseShape Shape(ResponseHead head, bool toHead, bool close) => Client.Shape(head, toHead, close);

    public ValueTask<WireResult> WriteHeadAsync(ResponseHead head, ResponseShape shape) => Client.WriteHeadAsync(head, shape);

    public ValueTask<WireResult> WriteBodyAsync(BodyPiece piece)
    {
        pair.Original.NoteBody(piece.Span);
        return Client.WriteBodyAsync(piece);
    }

    public ValueTask<WireResult> FlushAsync() => Client.FlushAsync();

    public ValueTask<WireResult> FinishAsync(FieldTable? trailers)
    {
        pair.Original.NoteEnd(trailers);
        return Client.FinishAsync(trailers);
    }

    public void Abort() => Client.Abort();

    public void CountSpliced(int bytes) => Client.CountSpliced(bytes);

    public ValueTask<WireResult> SwitchProtocolAsync(ResponseHead head, ReadOnlyMemory<byte> protocol) => Client.SwitchProtocolAsync(head, protocol);

    public void EndTunnel() => Client.EndTunnel();
}
