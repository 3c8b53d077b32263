using Weir.Config.Records;
using Weir.Proxy.Model;

namespace Weir.Proxy.Balancing;

/// <summary>Makes the tables of <c>balancer: hash</c>. Off the loops: a table of a thousand endpoints takes milliseconds.</summary>
internal static class HashTables
{
    // Points of an endpoint with the mean weight; fewer when there are very many.
    private const int PointsEach = 2048;
    private const int MaxPoints = 65_536;

    public static HashTable Of(HashTableKind kind, Endpoint[] endpoints, int[] weights) => kind == HashTableKind.Ring ? Ring(endpoints, weights) : Maglev(endpoints, weights);

    /// <summary>
    /// Endpoints take turns in claiming slots, each in an order of its own, so that all get even shares and most slots stay when one goes
    /// (Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016, §3.4). Who weighs more has more turns.
    /// </summary>
    private static HashTable Maglev(Endpoint[] endpoints, int[] weights)
    {
        var size = SlotsFor(endpoints.Length);
        var slots = new ushort[size];
        var isTaken = new bool[size];
        var heaviest = weights.Max();
        var next = endpoints.Select(e => (uint)(KeyHash.Nth(e.Hash, 1) % (uint)size)).ToArray();
        var skip = endpoints.Select(e => (uint)((KeyHash.Nth(e.Hash, 2) % (uint)(size - 1)) + 1)).ToArray();
        var credit = new long[endpoints.Length];
        for (var left = size; ;)
        {
            for (var i = 0; i < endpoints.Length; i++)
            {
                credit[i] += weights[i];
                if (credit[i] < heaviest) continue;
                credit[i] -= heaviest;
                while (isTaken[next[i]]) next[i] = Advance(next[i], skip[i], size);
                isTaken[next[i]] = true;
                slots[next[i]] = (ushort)i;
                if (--left == 0) return HashTable.Lookup(slots);
            }
        }
    }

    private static uint Advance(uint at, uint skip, int size) => at + skip is var next && next >= (uint)size ? next - (uint)size : next;

    // Primes, at least fifty times the endpoints, so that shares differ by less than a fiftieth: what fits into a core's own cache is read
    // in a few nanoseconds.
    private static int SlotsFor(int endpoints) => endpoints switch
    {
        <= 160 => 16_381,
        <= 1_300 => 65_537,
        _ => 262_147,
    };

    private static HashTable Ring(Endpoint[] endpoints, int[] weights)
    {
        var sum = weights.Sum(static w => (long)w);
        var total = Math.Min((long)MaxPoints, (long)PointsEach * endpoints.Length);
        var points = new List<(uint Point, ushort Owner)>();
        for (var i = 0; i < endpoints.Length; i++)
        {
            var own = Math.Max(1, (int)(total * weights[i] / sum));
            for (var n = 0; n < own; n++) points.Add(((uint)(KeyHash.Nth(endpoints[i].Hash, n) >> 32), (ushort)i));
        }

        points.Sort();
        return HashTable.Ring([.. points.Select(static p => p.Point)], [.. points.Select(static p => p.Owner)]);
    }
}
