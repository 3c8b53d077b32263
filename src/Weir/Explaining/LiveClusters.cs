using Weir.Control;
using Weir.Proxy.Inspection;
using Weir.Proxy.Model;
using Weir.Sdk.Discovery;

namespace Weir.Explaining;

/// <summary>What a running Weir says of its clusters, as an explanation takes it.</summary>
internal static class LiveClusters
{
    /// <summary>The endpoints that there are, for the rules to choose from.</summary>
    public static IReadOnlyList<SeenEndpoint> Seen(ClusterView cluster) =>
    [
        .. cluster.Endpoints.Select(static e => new SeenEndpoint(
            new FoundEndpoint(e.Url) { Weight = e.Weight, Priority = e.Priority, Zone = e.Zone, Labels = e.Labels }, e.Source == InstanceViews.Listed, Condition(e.State), e.Reason)),
    ];

    /// <summary>With what only the running one knows: shares of endpoints that warm up, what is in flight, the breaker's state, whether it is full, how endpoints are found.</summary>
    public static Explanation With(Explanation explanation, IReadOnlyList<ClusterView> running)
    {
        if (explanation.Cluster is not { } cluster || running.FirstOrDefault(c => c.Name == cluster.Name) is not { } live) return explanation;
        var known = live.Endpoints.ToDictionary(static e => e.Url, StringComparer.Ordinal);
        var isWarming = cluster.Subset.Count == 0 && live.Endpoints.Any(static e => Condition(e.State) == EndpointCondition.Warming);
        var gate = LiveGate.Of(explanation, live);
        return explanation with
        {
            Gate = gate,
            Breaker = explanation.Breaker is null ? null : explanation.Breaker with { State = live.Breaker },
            Cluster = cluster with
            {
                Endpoint = gate?.Refusal is null ? cluster.Endpoint : null,
                Discovery = live.Discovery is null ? cluster.Discovery : new ExplainedDiscovery(live.Discovery.Source, true, live.Discovery.Error),
                Endpoints = [.. cluster.Endpoints.Select(e => known.TryGetValue(e.Url, out var now) ? e with { Share = isWarming ? now.Share : e.Share, State = now.State, Active = now.Active, AverageMilliseconds = now.AverageMilliseconds, Avoided = now.Avoided } : e)],
            },
        };
    }

    private static EndpointCondition Condition(string state) => Enum.TryParse<EndpointCondition>(state, ignoreCase: true, out var condition) ? condition : EndpointCondition.Healthy;
}
