using Weir.Proxy.Model;

namespace Weir.Proxy.Balancing;

/// <summary>What operators have changed of endpoints, all of it, by name: an endpoint that leaves and comes back has its own again. Immutable; control plane.</summary>
internal sealed class Overrides(IEnumerable<EndpointOverride> all)
{
    public static readonly Overrides None = new([]);

    private readonly Dictionary<(string Cluster, string Url), EndpointOverride> _all = all.ToDictionary(static o => (o.Cluster, o.Endpoint));

    /// <summary>Tells the endpoints of these clusters. The clusters that have some that are other than before; <paramref name="onReturn"/> is called with those that come back to work.</summary>
    public HashSet<ClusterState> Apply(IEnumerable<Cluster> clusters, Action<EndpointState> onReturn)
    {
        var changed = new HashSet<ClusterState>();
        foreach (var endpoint in clusters.SelectMany(static c => c.Endpoints))
        {
            var state = endpoint.State;
            var (drains, weight) = _all.TryGetValue((state.Cluster, state.Url), out var found) ? (found.Drains, found.Weight ?? -1) : (false, -1);
            if (state.Draining == drains && state.Weight == weight) continue;
            if (state.Draining && !drains && state.IsSound) onReturn(state);
            (state.Draining, state.Weight) = (drains, weight);
            changed.Add(state.ClusterState);
        }

        return changed;
    }
}
