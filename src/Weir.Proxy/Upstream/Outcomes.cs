using Weir.Config.Records;
using Weir.Http;
using Weir.Proxy.Model;

namespace Weir.Proxy.Upstream;

/// <summary>What an attempt tells of its endpoint and of its cluster: the one place where that is learnt.</summary>
internal static class Outcomes
{
    /// <summary>After the attempt's head, or its failure.</summary>
    public static void Note(Exchange x, Cluster cluster, in AttemptResult result)
    {
        x.Answer = result.IsAnswered ? x.Response.Status : 0;
        // The endpoint may have closed the connection long ago, when it was idle or began anew.
        x.IsStale = !result.IsAnswered && result.SaysNothingOfLoad;
        if (!cluster.LearnsFromOutcomes || x.IsClientGone || x.IsCalledOff || x.LastEndpoint is not { } endpoint) return;
        // Who waited for a connection in vain, or broke off by itself, says nothing of the endpoint.
        if (!result.IsAnswered && x.Refusal is < Refusal.NoEndpoint or >= Refusal.ClientGone or Refusal.QueueFull or Refusal.QueueTimeout) return;
        var took = x.Owner.Loop.Time.GetElapsedTime(x.Times.Connecting, x.Owner.Loop.TurnTimestamp).TotalMicroseconds;
        if (cluster.Outliers.Latency > 0 && result.IsAnswered) Time(x, endpoint, took);
        if (cluster.Balancer == BalancerKind.LeastTime) Average(x, endpoint, took, result.IsAnswered);
        if (cluster.Breaker is { } plan) ClusterGate.Note(x, cluster.State, plan, took, result.IsAnswered);
    }

    /// <summary>When the attempt is over: a body may have been cut off since.</summary>
    public static void Count(Exchange x, EndpointState endpoint, EndpointCounters counters)
    {
        if ((IsFault(x.Refusal, x.IsStream) && !x.IsStale) || x.Answer is 502 or 503 or 504)
        {
            counters.Faults++;
            endpoint.Failed();
        }
        else if (x.Answer > 0 || (x.IsStream && x.Times.Sent != 0))
        {
            endpoint.Succeeded();
        }

        x.Answer = 0;
        x.IsStale = false;
    }

    // Of a TCP connection that is passed on, an end by reset may be the application's own.
    private static bool IsFault(Refusal refusal, bool isStream)
        => refusal is >= Refusal.ConnectFailed and <= Refusal.UpstreamBodyTruncated and not (Refusal.QueueFull or Refusal.QueueTimeout) && (!isStream || refusal < Refusal.QueueFull);

    // From the attempt's beginning to the first byte of the answer.
    private static void Time(Exchange x, EndpointState endpoint, double took)
    {
        var counters = endpoint.PerLoop[x.Owner.Index];
        counters.Timed++;
        counters.TimeToAnswer += took;
    }

    private static void Average(Exchange x, EndpointState endpoint, double took, bool isAnswered)
    {
        if (isAnswered) endpoint.Latency.Add(took, x.Owner.Loop.Now);
        else endpoint.Latency.AddFailure(took, x.Owner.Loop.Now);
    }
}
