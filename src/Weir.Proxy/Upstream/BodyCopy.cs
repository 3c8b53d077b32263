using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Proxy.Wire;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Upstream;

/// <summary>
/// Passes an origin's response body on to the client, with back-pressure: no more is read than the client takes. What comes is sent at
/// once; a buffer is held only while there are bytes in it.
/// </summary>
internal static class BodyCopy
{
    /// <summary>Refused: the origin's body ended wrongly, and the exchange says how. Anything else but Ok: the client's side failed.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public static async ValueTask<WireResult> RunAsync(Exchange x, IUpstream upstream)
    {
        var loop = x.Owner.Loop;
        var turn = 0;
        while (true)
        {
            x.Owner.Mark(TurnSteps.ResponseBody);
            if (upstream is UpstreamConnection connection && BodySplice.IsWorthwhile(x, connection))
            {
                var spliced = await BodySplice.RunAsync(x, connection);
                if (spliced != WireResult.Ok) return spliced;
            }

            var step = upstream.TryReadBody(out var piece, x.ResponseTrailers.Fields);
            switch (step)
            {
                case BodyStep.Piece:
                    x.ResponseBodyBytes += piece.Length;
                    var written = await x.Downstream.WriteBodyAsync(piece);
                    if (written != WireResult.Ok) return written;
                    turn += piece.TurnCost;
                    if (turn < loop.TurnBytes) break;
                    turn = 0;
                    await loop.Yield();
                    break;

                case BodyStep.Wait:
                    turn = 0;
                    var flushed = await x.Downstream.FlushAsync();
                    if (flushed != WireResult.Ok) return flushed;
                    upstream.Shrink(x.Response.Arena);
                    var wait = await upstream.Readable(loop.Now + x.RouteModel.IdleTimeout);
                    if (wait == WaitResult.Ready) break;
                    return Fail(x, wait == WaitResult.TimedOut ? Refusal.UpstreamIdleTimeout : x.CancelReason(x.Refusal));

                case BodyStep.End:
                    return await x.Downstream.FinishAsync(x.ResponseTrailers.Fields);

                default:
                    x.Detail = upstream.BodyFault;
                    return Fail(x, upstream.BodyFault == Refusal.UnexpectedEndOfBody ? Refusal.UpstreamBodyTruncated : Refusal.UpstreamBadResponse);
            }
        }
    }

    private static WireResult Fail(Exchange x, Refusal reason)
    {
        x.Refuse(reason);
        return WireResult.Refused;
    }
}
