using Weir.Config.Records;
using Weir.Http;
using Weir.Proxy.Model;

namespace Weir.Proxy.Upstream;

/// <summary>What an attempt tells of its endpoint and of its cluster, as soon as it is answered or has failed: the one place where that is learnt.</summary>
internal static class Outcomes
{
    public static void Note(Exchange x, Cluster cluster, in AttemptResult result)
    {
        if (!cluster.LearnsFromOutcomes || x.IsClientGone || x.IsCalledOff || x.LastEndpoint is not { } endpoint) return;
        // Who waited for a connection in vain, or broke off by itself, says nothing of the endpoint.
        if (!result.IsAnswered && x.Refusal is < Refusal.NoEndpoint or >= Refusal.ClientGone or Refusal.QueueFull or Refusal.QueueTimeout) return;
        if (cluster.Balancer == BalancerKind.LeastTime) NoteLatency(x, endpoint, result.IsAnswered);
        if (cluster.Breaker is { } plan) ClusterGate.Note(x, cluster, plan, result.IsAnswered);
    }

    // From the attempt's beginning to the first byte of the answer.
    private static void NoteLatency(Exchange x, EndpointState endpoint, bool isAnswered)
    {
        var loop = x.Owner.Loop;
        var took = loop.Time.GetElapsedTime(x.Times.Connecting, loop.TurnTimestamp).TotalMicroseconds;
        if (isAnswered) endpoint.Latency.Add(took, loop.Now);
        else endpoint.Latency.AddFailure(took, loop.Now);
    }
}
