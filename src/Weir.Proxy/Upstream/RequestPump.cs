using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Proxy.Model;
using Weir.Proxy.Wire;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Upstream;

/// <summary>
/// Sends the request's body to the origin while the exchange's own method waits for the response. Back-pressure is the send's: no more
/// is read from the client than the origin takes. Never throws; what went wrong is in the exchange.
/// </summary>
internal static class RequestPump
{
    private const int RateWindowMilliseconds = 5000;

    /// <summary>Begins to send; what is here already goes out at once. <see cref="StopAsync"/> must follow, once.</summary>
    public static void Start(Exchange x, IUpstream upstream)
    {
        var rule = x.Forward!.Retry;
        if (x.AttemptsHere >= rule.Attempts) x.Replay.End();
        else if (!x.HasPumped && IsWorthKeeping(x, upstream, rule)) x.Replay.Begin(rule.Buffer);
        x.HasPumped = x.IsPumping = true;
        x.IsPumpStopping = x.IsPumpFailed = false;
#pragma warning disable CA2012 // Kept in the exchange and awaited exactly once, by StopAsync.
        x.Pump = RunAsync(x, upstream);
#pragma warning restore CA2012
    }

    /// <summary>Ends the pump, if there is one, and waits for it: afterwards nobody else touches the request's body.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    public static async ValueTask StopAsync(Exchange x)
    {
        if (x.IsPumping)
        {
            x.IsPumpStopping = true;
            x.Downstream.InterruptBody();
            x.Upstream?.CancelWaits();
        }

        var pump = x.Pump;
        x.Pump = default;
        await pump;
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    private static async ValueTask RunAsync(Exchange x, IUpstream upstream)
    {
        x.IsPumpFailed = !((x.Replay.Length == 0 || await ReplayAsync(x, upstream)) && await CopyAsync(x, upstream));
        x.SentAt = x.Owner.Loop.Now;
        x.Times.BodySent = x.Owner.Loop.TurnTimestamp;
        x.IsPumping = false;
    }

    // What can only be sent again if no endpoint looked at it need not be kept for one that cannot say so.
    private static bool IsWorthKeeping(Exchange x, IUpstream upstream, RetryRule rule)
        => x.Request.ContentLength <= rule.Buffer && rule.Buffer > 0
            && (rule.IsRepeatable(x.Request) || (upstream is Http2Upstream && rule.Covers(AttemptFault.RefusedStream)));

    // What an attempt before this one had read of the body goes first.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<bool> ReplayAsync(Exchange x, IUpstream upstream)
    {
        for (var i = 0; i < x.Replay.Parts; i++)
            if (await upstream.WriteBodyAsync(x.Replay.Part(i)) != WireResult.Ok || x.IsPumpStopping) return false;
        return true;
    }

    // True when all of it was sent.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<bool> CopyAsync(Exchange x, IUpstream upstream)
    {
        var loop = x.Owner.Loop;
        var turn = 0;
        var windowStart = loop.Now;
        var windowBytes = 0L;
        while (true)
        {
            x.Owner.Mark(TurnSteps.RequestBody);
            var step = x.Downstream.TryReadBody(out var piece, x.RequestTrailers.Fields);
            switch (step)
            {
                case BodyStep.Piece:
                    if (x.Downstream.BodyBytes > x.RouteModel.MaxBody) return Fault(x, upstream, Refusal.BodyTooLarge);
                    x.PumpedBytes += piece.Length;
                    if (x.Replay.IsRecording) x.Replay.Add(piece, x.Request.ContentLength - x.Replay.Length);
                    if (await upstream.WriteBodyAsync(piece) != WireResult.Ok) return false;
                    turn += piece.TurnCost;
                    if (turn < loop.TurnBytes) break;
                    turn = 0;
                    await loop.Yield();
                    if (x.IsPumpStopping) return false;
                    break;

                case BodyStep.Wait:
                    turn = 0;
                    if (await upstream.FlushAsync() != WireResult.Ok || x.IsPumpStopping) return false;
                    var wait = await x.Downstream.WaitForBodyAsync(loop.Now + x.RouteModel.BodyIdleTimeout);
                    if (x.IsPumpStopping || x.IsExpired) return false;
                    if (wait == WaitResult.TimedOut) return Fault(x, upstream, Refusal.BodyTimeout);
                    if (wait == WaitResult.Cancelled) return Fault(x, upstream, Refusal.ClientGone);
                    if (loop.Now - windowStart < RateWindowMilliseconds) break;
                    if (IsTooSlow(x, loop.Now - windowStart, x.Downstream.BodyBytes - windowBytes)) return Fault(x, upstream, Refusal.BodyTooSlow);
                    (windowStart, windowBytes) = (loop.Now, x.Downstream.BodyBytes);
                    break;

                case BodyStep.End:
                    return await upstream.FinishBodyAsync(x.RequestTrailers.Fields) == WireResult.Ok;

                default:
                    if (x.Downstream.BodyFault == Refusal.ClientGone) x.ClientLeft();
                    return Fault(x, upstream, x.Downstream.BodyFault);
            }
        }
    }

    // The time is the client's own: waits for the origin to take the bytes do not count against it much, since reading then pauses too.
    private static bool IsTooSlow(Exchange x, long milliseconds, long bytes)
        => x.RouteModel.MinBodyRate > 0 && bytes * 1000 < x.RouteModel.MinBodyRate * milliseconds;

    private static bool Fault(Exchange x, IUpstream upstream, Refusal reason)
    {
        x.Refuse(reason);
        x.MustClose = true;
        upstream.CancelWaits();
        return false;
    }
}
