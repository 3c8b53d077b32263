namespace Weir.Proxy.Balancing;

/// <summary>Smooth weighted round-robin: turns lie as far apart as shares want them, so that nobody's come in a row.</summary>
internal static class TurnOrder
{
    private const int MaxTurns = 4096;

    // Multiples of it, as far as they exceed whole numbers, lie evenly: so the first turns do.
    private const double Golden = 0.6180339887498949;

    /// <summary>Positions over one round. Shares are rounded when the round would be longer than 4,096 turns; everyone has a turn.</summary>
    public static int[] Of(IReadOnlyList<int> weights)
    {
        var shares = Reduced(weights);
        if (shares.All(s => s == shares[0])) return [.. Enumerable.Range(0, shares.Length)];
        var order = new int[shares.Sum()];
        // Each has its turns as far apart as its share wants them, and who is due first goes next.
        var due = new PriorityQueue<int, double>(shares.Length);
        var phases = new double[shares.Length];
        for (var i = 0; i < shares.Length; i++) due.Enqueue(i, (phases[i] = i * Golden % 1) / shares[i]);
        var taken = new int[shares.Length];
        for (var turn = 0; turn < order.Length; turn++)
        {
            var next = order[turn] = due.Dequeue();
            due.Enqueue(next, (phases[next] + ++taken[next]) / shares[next]);
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
