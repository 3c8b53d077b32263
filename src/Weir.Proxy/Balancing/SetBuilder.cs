using System.Collections.Frozen;
using Weir.Config.Records;
using Weir.Proxy.Model;

namespace Weir.Proxy.Balancing;

/// <summary>Makes what a balancer chooses from. Off the loops.</summary>
internal static class SetBuilder
{
    /// <summary>Of these endpoints those that the choice is for; now in milliseconds, as <see cref="EndpointState.WarmingSince"/>.</summary>
    public static EndpointSet Build(Cluster cluster, EndpointChoice choice, IReadOnlyList<Endpoint> endpoints, long now)
    {
        Endpoint[] known = choice.Labels.Count == 0 ? [.. endpoints] : [.. endpoints.Where(choice.Takes)];
        var all = EffectiveWeights.Of(known, cluster, now, out var isPanicking);
        Endpoint[] open = [.. known.Where((_, i) => all[i] > 0)];
        int[] weights = [.. all.Where(static w => w > 0)];
        return new EndpointSet
        {
            Known = known,
            Open = open,
            Weights = weights,
            SumOfWeights = weights.Sum(static w => (long)w),
            Lots = weights.Distinct().Count() > 1 ? AliasTable.Of(weights) : null,
            Turns = cluster.Balancer == BalancerKind.RoundRobin ? TurnOrder.Of(weights) : [],
            Hash = cluster.Balancer == BalancerKind.Hash && open.Length > 0 ? HashTables.Of(cluster.Hash.Table, open, weights) : null,
            Sticky = cluster.Sticky is { } sticky ? Entries(known, sticky, cluster.Name) : null,
            IsPanicking = isPanicking,
            MaxRequests = cluster.MaxEndpointRequests,
        };
    }

    private static FrozenDictionary<ulong, StickyEntry> Entries(Endpoint[] endpoints, StickyPlan plan, string cluster)
        => endpoints.DistinctBy(static e => e.Hash).ToFrozenDictionary(static e => e.Hash, e => new StickyEntry(e, [.. plan.Keys.Select(key => StickyText.Of(e.Hash, cluster, key))]));
}
