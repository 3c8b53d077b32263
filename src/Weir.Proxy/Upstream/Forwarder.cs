using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Proxy.Balancing;

namespace Weir.Proxy.Upstream;

/// <summary>
/// The forward action: attempts at endpoints until one answers or there is no safe way on. Afterwards the response's head is in the
/// exchange and its body waits on the upstream connection, or the exchange has a refusal.
/// </summary>
internal static class Forwarder
{
    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    public static async ValueTask RunAsync(Exchange x)
    {
        var cluster = x.RouteModel.Forward!.Cluster;
        var tried = 0UL;
        while (true)
        {
            // Policies may have taken all the time there was: no wait below would be called off any more.
            if (x.IsClientGone || x.IsExpired)
            {
                x.Refuse(x.CancelReason(Refusal.ClientGone));
                return;
            }

            var endpoint = Balancer.Pick(x, cluster, tried, out var position);
            if (endpoint is null)
            {
                x.Refuse(Refusal.NoEndpoint);
                return;
            }

            x.Attempts++;
            x.Endpoint = x.LastEndpoint = endpoint.State;
            endpoint.State.BeginAttempt();
            var outcome = await Attempt.RunAsync(x, cluster, endpoint);
            if (outcome == AttemptOutcome.Answered) return;
            EndAttempt(x);
            if (outcome != AttemptOutcome.NeverReached || x.Attempts >= cluster.MaxAttempts || x.IsClientGone || x.IsExpired) return;
            if (position < 64) tried |= 1UL << position;
            x.ForgiveAttempt();
        }
    }

    /// <summary>The exchange is over, whatever became of it: the connection is kept or closed, the endpoint's count goes down.</summary>
    public static void End(Exchange x)
    {
        if (x.Upstream is { } upstream)
        {
            x.Upstream = null;
            var isComplete = x.Response.KeepAlive && upstream.IsBodyEnded && x.Downstream.IsBodyEnded && !x.IsPumpFailed && !x.IsTunnel && !upstream.IsCancelled;
            upstream.Release(x.RouteModel.Forward!.Cluster, isComplete ? UpstreamEnd.Complete : upstream.IsBodyEnded || (x.IsPinged && x.Pings.SaidGoodbye) ? UpstreamEnd.Close : UpstreamEnd.Abort);
        }

        if (x.Endpoint is not null) EndAttempt(x);
    }

    /// <summary>The attempt is counted, and the endpoint's count goes down.</summary>
    public static void EndAttempt(Exchange x)
    {
        var endpoint = x.Endpoint!;
        var counters = endpoint.PerLoop[x.Owner.Index];
        counters.Attempts++;
        if (x.Refusal is >= Refusal.NoEndpoint and < Refusal.ClientGone) counters.Failures++;
        endpoint.EndAttempt();
        x.Endpoint = null;
    }
}
