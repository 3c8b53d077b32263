using Weir.Proxy.Model;

namespace Weir.Proxy.Balancing;

/// <summary>
/// What endpoints weigh at one moment: their own weight, made smaller while they warm up, and shared out between priorities and zones. All
/// that a balancer has to know of those is in the result. Off the loops.
/// </summary>
internal static class EffectiveWeights
{
    // Weights are whole numbers; so much is one.
    private const double Unit = 1000;

    // The share of a group's endpoints that can be missing before it counts as unable to carry its load (Envoy's overprovisioning factor).
    private const double Reserve = 1.4;

    /// <summary>By position; 0 takes no request. <paramref name="isPanicking"/>: health is not looked at in some group.</summary>
    public static int[] Of(IReadOnlyList<Endpoint> endpoints, Cluster cluster, long now, out bool isPanicking)
    {
        // An operator may change one meanwhile.
        var given = endpoints.Select(static e => e.Weight).ToArray();
        var own = endpoints.Select((e, i) => Own(e.State, given[i], cluster, now)).ToArray();
        var groups = Enumerable.Range(0, endpoints.Count).Where(i => own[i] > 0).GroupBy(i => endpoints[i].Priority).OrderBy(static g => g.Key).Select(static g => g.ToArray()).ToList();
        var weights = new double[endpoints.Count];
        var capable = groups.Select(g => Math.Min(1, Reserve * SoundShare(g))).ToArray();
        // Each group takes what those before it cannot carry.
        var rest = 1.0;
        var shares = new double[groups.Count];
        for (var g = 0; g < groups.Count; g++)
        {
            shares[g] = Math.Min(rest, capable[g]);
            rest -= shares[g];
        }

        isPanicking = false;
        var sum = shares.Sum();
        for (var g = 0; g < groups.Count; g++)
        {
            // All of them together cannot carry it.
            var panics = sum < 1 - 1e-9 && SoundShare(groups[g]) * 100 < cluster.PanicThreshold;
            isPanicking |= panics;
            var members = panics ? groups[g] : [.. groups[g].Where(i => endpoints[i].State.IsSound)];
            // Nobody knows of any that serves: the first group is what was meant to.
            var share = sum == 0 ? (g == 0 ? 1 : 0) : shares[g] / sum;
            Distribute(share, members);
        }

        return Whole(weights);

        double SoundShare(int[] group) => group.Where(i => endpoints[i].State.IsSound).Sum(i => (double)given[i]) / group.Sum(i => (double)given[i]);

        void Distribute(double share, int[] members)
        {
            var total = members.Sum(i => own[i]);
            if (total == 0 || share == 0) return;
            var local = LocalShare(members.Select(i => (endpoints[i].Zone, own[i])).ToList(), cluster.Zone);
            var ours = members.Where(i => endpoints[i].Zone == cluster.Zone).Sum(i => own[i]);
            foreach (var i in members)
            {
                var part = local is not { } l ? own[i] / total : endpoints[i].Zone == cluster.Zone ? l * own[i] / ours : (1 - l) * own[i] / (total - ours);
                weights[i] = share * part;
            }
        }
    }

    /// <summary>
    /// The part of requests that stays in this zone; null when zones say nothing. As many clients are assumed in each zone: what exceeds
    /// the zone's part of the whole goes to the others, and nobody is overloaded.
    /// </summary>
    public static double? LocalShare(IReadOnlyList<(string? Zone, double Weight)> members, string? zone)
    {
        if (string.IsNullOrEmpty(zone)) return null;
        var total = members.Sum(static m => m.Weight);
        var ours = members.Where(m => m.Zone == zone).Sum(static m => m.Weight);
        if (ours == 0 || ours == total) return null;
        return Math.Min(1, ours / total * members.Select(static m => m.Zone).Distinct().Count());
    }

    private static double Own(EndpointState state, int weight, Cluster cluster, long now)
    {
        if (weight == 0 || state.Draining || state.Removed) return 0;
        if (state.WarmingSince == 0 || cluster.SlowStart == 0) return weight;
        // A tenth at once, or the first requests would come late and all together.
        return weight * Math.Clamp((now - state.WarmingSince) / (double)cluster.SlowStart, 0.1, 1);
    }

    // As small as they can be with the same proportions, so that a round of turns is short.
    private static int[] Whole(double[] weights)
    {
        var smallest = weights.Where(static w => w > 0).DefaultIfEmpty(1).Min();
        var largest = weights.DefaultIfEmpty(1).Max();
        var scale = Math.Min(Unit / smallest, int.MaxValue / 4096.0 / Math.Max(largest, 1e-12));
        var whole = weights.Select(w => w > 0 ? Math.Max(1, (int)Math.Round(w * scale)) : 0).ToArray();
        var divisor = whole.Aggregate(0, Divisor);
        return divisor <= 1 ? whole : [.. whole.Select(w => w / divisor)];
    }

    private static int Divisor(int a, int b)
    {
        while (b != 0) (a, b) = (b, a % b);
        return a;
    }
}
