using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Config.Records;
using Weir.Http;
using Weir.Proxy.Model;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Upstream;

/// <summary>Whether a cluster may be asked at all: its breaker, and how many of its requests are in flight.</summary>
internal static class ClusterGate
{
    /// <summary>False: the exchange has a refusal, and no endpoint is asked. Else <see cref="Leave"/> must follow.</summary>
    public static ValueTask<bool> EnterAsync(Exchange x, Cluster cluster, BreakerPlan plan)
    {
        var state = cluster.State;
        if (plan.Errors is { } errors)
        {
            if (!state.Breaker.TryPass(errors, x.Owner.Loop.Now, out var pass))
            {
                x.RetryAfter = (int)((state.Breaker.ChangesAt - x.Owner.Loop.Now + 999) / 1000);
                return Refuse(x, Refusal.BreakerOpen);
            }

            x.BreakerPass = pass;
        }

        var limit = plan.Limit(state);
        if (limit == int.MaxValue) return new ValueTask<bool>(true);
        if (state.Gate.TryEnter(limit, x.RouteModel.Criticality))
        {
            x.HoldsPlace = true;
            return new ValueTask<bool>(true);
        }

        return x.RouteModel.Criticality == Criticality.Sheddable || plan.Queue == 0 ? Refuse(x, Refusal.ClusterBusy) : WaitAsync(x, state.Gate, plan, limit);
    }

    /// <summary>Its breaker is open: no attempt is to be made, not by who is in already either.</summary>
    public static bool IsShut(Cluster cluster) => cluster.Breaker?.Errors is not null && cluster.State.Breaker.Position == BreakerPosition.Open;

    /// <summary>The exchange is done with the cluster: its place, and a trial of which nothing is known, are others'.</summary>
    public static void Leave(Exchange x, Cluster cluster)
    {
        var state = cluster.State;
        state.Breaker.GiveBack(x.BreakerPass);
        x.BreakerPass = default;
        if (!x.HoldsPlace) return;
        x.HoldsPlace = false;
        // Who waits may be of a newer configuration than this one.
        state.Gate.Leave((state.Current ?? cluster).Breaker?.Limit(state) ?? int.MaxValue);
    }

    /// <summary>An attempt is over, after so many microseconds, 0 if that is not known: there was no answer, or one with this status.</summary>
    public static void Note(Exchange x, ClusterState state, BreakerPlan plan, double took, bool isAnswered)
    {
        var now = x.Owner.Loop.Now;
        if (plan.Errors is { } errors)
        {
            state.Breaker.Note(errors, now, !isAnswered || IsNobodys(x.Response.Status), x.BreakerPass);
            x.EndTrial();
        }

        // An answer that says that nobody serves says nothing of how long one takes.
        if (plan.Adaptive is { } adaptive && isAnswered && took > 0 && !IsNobodys(x.Response.Status)) state.Gradient.Add(adaptive, (long)took + Waited(x), state.Gate.InFlight, now);
    }

    // Microseconds in the queue for a connection: a limit that is too high shows there first.
    private static long Waited(Exchange x)
        => x.Times.Dequeued == 0 ? 0 : (long)x.Owner.Loop.Time.GetElapsedTime(x.Times.Connecting, x.Times.Dequeued).TotalMicroseconds;

    /// <summary>An answer that says that nobody serves.</summary>
    public static bool IsNobodys(int status) => status is 502 or 503 or 504;

    private static ValueTask<bool> Refuse(Exchange x, Refusal reason)
    {
        x.Refuse(reason);
        return new ValueTask<bool>(false);
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<bool> WaitAsync(Exchange x, RequestGate gate, BreakerPlan plan, int limit)
    {
        // Policies may have taken all the time there was: the wait would not be called off any more.
        if (x.IsCancelled)
        {
            x.Refuse(x.CancelReason(Refusal.ClusterBusy));
            return false;
        }

        var waiter = new GateWaiter(x.Owner.Loop, x.RouteModel.Criticality);
        if (!gate.TryEnqueue(waiter, limit, plan.Queue))
        {
            x.Refuse(Refusal.ClusterBusy);
            return false;
        }

        if (!waiter.IsGranted)
        {
            var since = x.Clock;
            x.Waiting = waiter.Waiter;
            var wait = await waiter.Waiter.Wait(x.Owner.Loop.Now + plan.QueueTimeout);
            x.Waiting = null;
            // At least the least that can be told: it did wait.
            x.Times.Gated += Math.Max(1, x.Clock - since);
            if (wait != WaitResult.Ready && gate.TryLeaveQueue(waiter))
            {
                x.Refuse(wait == WaitResult.TimedOut ? Refusal.ClusterBusy : x.CancelReason(Refusal.ClusterBusy));
                return false;
            }

            // Out of the queue but not told yet: the post is on its way.
            while (!waiter.IsGranted && !waiter.IsDisplaced) await waiter.Waiter.Wait();
        }

        if (waiter.IsDisplaced)
        {
            x.Refuse(Refusal.ClusterBusy);
            return false;
        }

        x.HoldsPlace = true;
        return true;
    }
}
