namespace Weir.Proxy.Balancing;

/// <summary>Smooth weighted round-robin: whoever is most behind its share goes next, so that nobody's turns come in a row.</summary>
internal static class TurnOrder
{
    private const int MaxTurns = 4096;

    /// <summary>Positions over one round. Shares are rounded when the round would be longer than 4,096 turns; everyone has a turn.</summary>
    public static int[] Of(IReadOnlyList<int> weights)
    {
        var shares = Reduced(weights);
        // As with very many, whose turns would take seconds to lay out.
        if (shares.All(s => s == shares[0])) return [.. Enumerable.Range(0, shares.Length)];
        var sum = shares.Sum();
        var behind = new long[shares.Length];
        var order = new int[sum];
        for (var turn = 0; turn < sum; turn++)
        {
            var best = 0;
            for (var i = 0; i < shares.Length; i++)
            {
                behind[i] += shares[i];
                if (behind[i] > behind[best]) best = i;
            }

            behind[best] -= sum;
            order[turn] = best;
        }

        return order;
    }

    private static int[] Reduced(IReadOnlyList<int> weights)
    {
        var sum = weights.Sum(static w => (long)w);
        var most = Math.Max(MaxTurns, weights.Count);
        if (sum <= most) return [.. weights];
        return [.. weights.Select(w => (int)Math.Max(1, w * (long)most / sum))];
    }
}
