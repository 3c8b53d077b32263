using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Proxy.Balancing;
using Weir.Proxy.Model;
using Weir.Proxy.Wire;

namespace Weir.Proxy.Upstream;

/// <summary>
/// The forward action: attempts at endpoints until one answers or there is no safe way on. Afterwards the response's head is in the
/// exchange and its body waits on the upstream connection, or the exchange has a refusal.
/// </summary>
internal static class Forwarder
{
    // Of a response that is not passed on so much is read, if it is here, to keep its connection.
    private const int MaxDrained = 64 * 1024;

    private const int MaxLooks = 3;

    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    public static async ValueTask RunAsync(Exchange x)
    {
        var forward = x.Forward!;
        var (cluster, rule) = (forward.Cluster, forward.Retry);
        if (cluster.Breaker is { } plan && !await ClusterGate.EnterAsync(x, cluster, plan)) return;
        if (rule.Attempts > 1) RetryBudget.Look(x, cluster);
        while (true)
        {
            // Policies, or a wait between attempts, may have taken all the time there was: no wait below would be called off any more.
            if (x.IsClientGone || x.IsExpired)
            {
                x.Refuse(x.CancelReason(Refusal.ClientGone));
                return;
            }

            if (TryPick(x, cluster, forward.Choice) is not { } endpoint) return;
            AttemptResult result;
            if (rule.Hedges && Hedge.IsFit(x, rule))
            {
                result = await Hedge.RunAsync(x, rule, cluster, endpoint);
            }
            else
            {
                result = await Attempt.RunAsync(x, cluster, endpoint);
                Outcomes.Note(x, cluster, result);
            }

            x.MayHaveActed |= !result.IsUntouched;
            if (!Retries.IsDue(x, rule, cluster, result, out var delay))
            {
                // Another cluster may stand in.
                if (result.IsAnswered || x.RouteModel.Fallback?.Forward is null || x.FellBackFrom != Refusal.None) EndReplay(x);
                if (!result.IsAnswered) EndAttempt(x);
                else if (cluster.Sticky is { } sticky) StickyCookie.Set(x, sticky, forward.Choice.Set);
                return;
            }

            EndAttempt(x);
            x.ForgiveAttempt();
            if (result.IsAnswered) await DiscardAsync(x, cluster);
            if (delay > 0) await x.Owner.Waiters.DelayAsync(x, delay);
        }
    }

    /// <summary>The exchange is over, whatever became of it: the connection is kept or closed, the endpoint's count goes down.</summary>
    public static void End(Exchange x)
    {
        if (x.Upstream is { } upstream)
        {
            x.Upstream = null;
            var isComplete = x.Response.KeepAlive && upstream.IsBodyEnded && x.Downstream.IsBodyEnded && !x.IsPumpFailed && !x.IsTunnel && !upstream.IsCancelled;
            upstream.Release(x.Forward!.Cluster, isComplete ? UpstreamEnd.Complete : upstream.IsBodyEnded ? UpstreamEnd.Close : UpstreamEnd.Abort);
        }

        // Whose turn it is next may be for this endpoint.
        if (x.Endpoint is not null) EndAttempt(x);
        if (x.IsInGate) ClusterGate.Leave(x, x.Forward!.Cluster);
    }

    /// <summary>The attempt is counted, and the endpoint's count goes down.</summary>
    public static void EndAttempt(Exchange x)
    {
        var endpoint = x.Endpoint!;
        Outcomes.Count(x, endpoint, endpoint.PerLoop[x.Owner.Index]);
        endpoint.EndAttempt();
        x.Endpoint = null;
    }

    /// <summary>An endpoint that takes one more; null when there is none, and the exchange has a refusal. Ended by <see cref="EndAttempt"/>.</summary>
    public static Endpoint? TryPick(Exchange x, Cluster cluster, EndpointChoice choice)
    {
        for (var looks = 0; looks < MaxLooks; looks++)
        {
            var endpoint = Balancer.Pick(x, cluster, choice, x.Tried);
            if (endpoint is null)
            {
                x.Refuse(Refusal.NoEndpoint);
                return null;
            }

            // Another loop may have been quicker, or it is where a cookie leads and has as much as it may.
            if (!endpoint.State.TryBeginAttempt(cluster.MaxEndpointRequests))
            {
                x.Tried.Add(endpoint.State);
                continue;
            }

            x.Attempts++;
            x.Endpoint = x.LastEndpoint = endpoint.State;
            x.Tried.Add(endpoint.State);
            return endpoint;
        }

        x.Refuse(Refusal.ClusterBusy);
        return null;
    }

    // Another attempt does better, perhaps. Not a byte of this response went to the client.
    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    private static async ValueTask DiscardAsync(Exchange x, Cluster cluster)
    {
        await RequestPump.StopAsync(x);
        var upstream = x.Upstream!;
        var isWhole = x.Response.KeepAlive && !x.IsPumpFailed && !upstream.IsCancelled && IsReadToItsEnd(upstream);
        x.Upstream = null;
        x.Source = ResponseSource.None;
        x.Response.Reset();
        x.ResponseTrailers.Reset();
        upstream.Release(cluster, isWhole ? UpstreamEnd.Complete : UpstreamEnd.Close);
    }

    private static bool IsReadToItsEnd(IUpstream upstream)
    {
        for (var read = 0; read <= MaxDrained;)
        {
            switch (upstream.TryReadBody(out var piece, null))
            {
                case BodyStep.Piece:
                    read += piece.TurnCost;
                    break;
                case BodyStep.End:
                    return true;
                default:
                    return false;
            }
        }

        return false;
    }

    // No attempt follows this one. What is being sent just now stays until that is over.
    private static void EndReplay(Exchange x)
    {
        if (x.IsPumping) x.Replay.End();
        else x.Replay.Release();
    }
}
