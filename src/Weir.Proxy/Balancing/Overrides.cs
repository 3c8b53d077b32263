using Weir.Proxy.Model;

namespace Weir.Proxy.Balancing;

/// <summary>What operators have changed of endpoints, all of it, by name or selector: an endpoint that leaves and comes back has its own again. Immutable; control plane.</summary>
internal sealed class Overrides(IReadOnlyList<EndpointOverride> all)
{
    public static readonly Overrides None = new([]);

    // With their places: of what is found both ways, the order is that of the list.
    private readonly ILookup<EndpointTarget, (int At, EndpointOverride Override)> _named = all.Select(static (o, i) => (i, o)).Where(static o => !o.o.Target.IsSelector).ToLookup(static o => o.o.Target);
    private readonly (int At, EndpointOverride Override)[] _selected = [.. all.Select(static (o, i) => (i, o)).Where(static o => o.o.Target.IsSelector)];

    /// <summary>Tells the endpoints of these clusters. The clusters that have some that are other than before; <paramref name="onReturn"/> is called with those that come back to work.</summary>
    public HashSet<ClusterState> Apply(IEnumerable<Cluster> clusters, Action<EndpointState> onReturn)
    {
        var changed = new HashSet<ClusterState>();
        foreach (var endpoint in clusters.SelectMany(static c => c.Endpoints))
        {
            var state = endpoint.State;
            var (drains, evicts, weight) = Of(endpoint);
            if (state.Draining == drains && state.Evicting == evicts && state.Weight == weight) continue;
            if (state.Draining && !drains && state.IsSound) onReturn(state);
            (state.Draining, state.Evicting, state.Weight) = (drains, evicts, weight);
            changed.Add(state.ClusterState);
        }

        return changed;
    }

    private (bool Drains, bool Evicts, int Weight) Of(Endpoint endpoint)
    {
        var (drains, evicts, weight) = (false, false, -1);
        var its = _named[new EndpointTarget(endpoint.State.Cluster, endpoint.Url)].Concat(_selected.Where(o => o.Override.Target.Takes(endpoint.State.Cluster, endpoint)));
        foreach (var (_, change) in its.OrderBy(static o => o.At))
        {
            drains |= change.Drains;
            evicts |= change.Evicts;
            weight = change.Weight ?? weight;
        }

        return (drains, evicts, weight);
    }
}
