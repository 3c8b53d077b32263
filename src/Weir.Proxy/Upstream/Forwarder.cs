using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Config.Records;
using Weir.Http;
using Weir.Proxy.Balancing;
using Weir.Proxy.Model;

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
        var choice = x.RouteModel.Forward!.Choice;
        var tried = default(TriedEndpoints);
        while (true)
        {
            // Policies may have taken all the time there was: no wait below would be called off any more.
            if (x.IsClientGone || x.IsExpired)
            {
                x.Refuse(x.CancelReason(Refusal.ClientGone));
                return;
            }

            var endpoint = Balancer.Pick(x, cluster, choice, tried);
            if (endpoint is null)
            {
                x.Refuse(Refusal.NoEndpoint);
                return;
            }

            x.Attempts++;
            x.Endpoint = x.LastEndpoint = endpoint.State;
            endpoint.State.BeginAttempt();
            var outcome = await Attempt.RunAsync(x, cluster, endpoint);
            Outcomes.Note(x, cluster, outcome);
            if (cluster.Balancer == BalancerKind.LeastTime) NoteLatency(x, outcome);
            if (outcome == AttemptOutcome.Answered)
            {
                if (cluster.Sticky is { } sticky) StickyCookie.Set(x, sticky, choice.Set);
                return;
            }

            EndAttempt(x);
            if (outcome != AttemptOutcome.NeverReached || x.Attempts >= cluster.MaxAttempts || x.IsClientGone || x.IsExpired) return;
            tried.Add(x.LastEndpoint!);
            x.ForgiveAttempt();
        }
    }

    // From the attempt's beginning to the first byte of the answer.
    private static void NoteLatency(Exchange x, AttemptOutcome outcome)
    {
        var loop = x.Owner.Loop;
        var took = loop.Time.GetElapsedTime(x.Times.Connecting, loop.TurnTimestamp).TotalMicroseconds;
        if (outcome == AttemptOutcome.Answered) x.LastEndpoint!.Latency.Add(took, loop.Now);
        else if (!x.IsClientGone) x.LastEndpoint!.Latency.AddFailure(took, loop.Now);
    }

    /// <summary>The exchange is over, whatever became of it: the connection is kept or closed, the endpoint's count goes down.</summary>
    public static void End(Exchange x)
    {
        if (x.Upstream is { } upstream)
        {
            x.Upstream = null;
            var isComplete = x.Response.KeepAlive && upstream.IsBodyEnded && x.Downstream.IsBodyEnded && !x.IsPumpFailed && !x.IsTunnel && !upstream.IsCancelled;
            upstream.Release(x.RouteModel.Forward!.Cluster, isComplete ? UpstreamEnd.Complete : upstream.IsBodyEnded ? UpstreamEnd.Close : UpstreamEnd.Abort);
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
        Outcomes.Count(x, endpoint, counters);
        endpoint.EndAttempt();
        x.Endpoint = null;
    }
}
