using System.Numerics;
using Weir.Config.Records;
using Weir.Proxy.Model;

namespace Weir.Proxy.Balancing;

/// <summary>Makes the tables of <c>balancer: hash</c>. Off the loops: a table of a thousand endpoints takes milliseconds.</summary>
internal static class HashTables
{
    // Arcs of a ring: always as many, or keys would move between other endpoints when one comes or goes. They fit into a core's own cache.
    private const int ArcBits = 17;

    // Points on the ring of the endpoint that weighs most, and of all together at most.
    private const int MostPoints = 2048;
    private const int MaxPoints = 1 << 21;

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
                if (--left == 0) return new HashTable(slots);
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

    /// <summary>
    /// A key belongs to the first point at or after the arc that it lies in (Karger et al., "Consistent Hashing and Random Trees", STOC 1997):
    /// the first in that arc itself or, where there is none, in the next arc that has one.
    /// </summary>
    private static HashTable Ring(Endpoint[] endpoints, int[] weights)
    {
        var first = new ulong[1 << ArcBits];
        var owners = new ushort[first.Length];
        Array.Fill(first, ulong.MaxValue);
        long heaviest = weights.Max();
        var most = PointsFor(endpoints.Length);
        for (var i = 0; i < endpoints.Length; i++)
        {
            var own = Math.Max(1, most * weights[i] / heaviest);
            for (var n = 0; n < own; n++)
            {
                var point = KeyHash.Nth(endpoints[i].Hash, n);
                var arc = point >> (64 - ArcBits);
                if (point < first[arc]) (first[arc], owners[arc]) = (point, (ushort)i);
            }
        }

        var next = owners[Array.FindIndex(first, static point => point != ulong.MaxValue)];
        for (var arc = first.Length - 1; arc >= 0; arc--)
        {
            if (first[arc] == ulong.MaxValue) owners[arc] = next;
            next = owners[arc];
        }

        return new HashTable(owners);
    }

    // A power of two, so that it seldom changes with the number of endpoints.
    private static long PointsFor(int endpoints) => Math.Min(MostPoints, MaxPoints / (long)BitOperations.RoundUpToPowerOf2((uint)endpoints));
}
