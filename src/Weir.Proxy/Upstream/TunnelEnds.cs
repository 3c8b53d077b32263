using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Proxy.Wire;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Upstream;

/// <summary>One end of a tunnel, whichever side it is on: read by one direction's method and written by the other's.</summary>
internal interface ITunnelEnd
{
    BodyStep TryRead(out BodyPiece piece);

    /// <summary>After <see cref="BodyStep.Wait"/>.</summary>
    ValueTask<WaitResult> WaitAsync(long deadline);

    ValueTask<WireResult> WriteAsync(BodyPiece piece);

    ValueTask<WireResult> FlushAsync();

    /// <summary>So many bytes of the other end's go this way.</summary>
    void CountPassed(int bytes);

    /// <summary>No more will be written.</summary>
    void EndWriting();
}

internal readonly struct ClientEnd(Exchange x) : ITunnelEnd
{
    public BodyStep TryRead(out BodyPiece piece) => x.Downstream.TryReadBody(out piece, null);

    public ValueTask<WaitResult> WaitAsync(long deadline) => x.Downstream.WaitForBodyAsync(deadline);

    public ValueTask<WireResult> WriteAsync(BodyPiece piece) => x.Downstream.WriteBodyAsync(piece);

    public ValueTask<WireResult> FlushAsync() => x.Downstream.FlushAsync();

    public void CountPassed(int bytes) => x.ResponseBodyBytes += bytes;

    public void EndWriting() => x.Downstream.EndTunnel();
}

internal readonly struct OriginEnd(IUpstream upstream) : ITunnelEnd
{
    public BodyStep TryRead(out BodyPiece piece) => upstream.TryReadBody(out piece, null);

    public ValueTask<WaitResult> WaitAsync(long deadline) => WaitAsync(upstream, deadline);

    public ValueTask<WireResult> WriteAsync(BodyPiece piece) => upstream.WriteBodyAsync(piece);

    public ValueTask<WireResult> FlushAsync() => upstream.FlushAsync();

    /// <summary>The client's side counts what it reads.</summary>
    public void CountPassed(int bytes)
    {
    }

    public void EndWriting() => upstream.FinishSending();

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<WaitResult> WaitAsync(IUpstream upstream, long deadline) => await upstream.Readable(deadline);
}
