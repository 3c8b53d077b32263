using System.Collections.Frozen;
using System.Text;
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
            StickyName = cluster.Sticky is { } named ? NameOf(named, choice) : [],
            Reserve = ReserveOf(known, all),
            IsPanicking = isPanicking,
            MaxRequests = cluster.MaxEndpointRequests,
        };
    }

    // Those of the next priorities and other zones, when all that have a share were tried: the nearest priority first.
    private static Endpoint[] ReserveOf(Endpoint[] known, int[] weights)
        => [.. known.Where((e, i) => weights[i] == 0 && e.Weight > 0 && !e.State.Draining && !e.State.Removed && e.State.IsSound).OrderBy(static e => e.Priority)];

    // A cookie that names an endpoint of one subset means nothing to another.
    private static byte[] NameOf(StickyPlan plan, EndpointChoice choice)
        => choice.Labels.Count == 0 || plan.IsOwn ? plan.Name
            : [.. plan.Name, .. Encoding.ASCII.GetBytes($"-{(uint)KeyHash.OfText(Encoding.UTF8.GetBytes(string.Join('\n', choice.Labels.OrderBy(static l => l.Key, StringComparer.Ordinal).Select(static l => $"{l.Key}={l.Value}")))):x8}")];

    private static FrozenDictionary<ulong, StickyEntry> Entries(Endpoint[] endpoints, StickyPlan plan, string cluster)
        => endpoints.DistinctBy(static e => e.Hash).ToFrozenDictionary(static e => e.Hash, e => new StickyEntry(e, [.. plan.Keys.Select(key => StickyText.Of(e.Hash, cluster, key))]));
}
