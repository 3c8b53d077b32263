using System.Numerics;
using Weir.Config.Records;
using Weir.Proxy.Model;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Balancing;

/// <summary>
/// Picks an endpoint. In-flight counts are the process's, so loops do not each fill the same one. An endpoint that was tried already
/// is picked again only when there is no other. Costs O(1) for power-of-two, O(n) for least-requests and hash.
/// </summary>
internal static class Balancer
{
    /// <summary>Null when no endpoint takes requests. <paramref name="tried"/>: positions that failed, one bit each for the first 64.</summary>
    public static Endpoint? Pick(Exchange x, Cluster cluster, ulong tried, out int position) => Pick(x.Owner.Index, x.ClientPeer, cluster, tried, out position);

    /// <summary>For a client of this loop.</summary>
    public static Endpoint? Pick(int loop, PeerAddress client, Cluster cluster, ulong tried, out int position)
    {
        var endpoints = cluster.Endpoints;
        position = 0;
        if (endpoints.Length == 1) return IsOpen(endpoints[0]) ? endpoints[0] : null;
        position = cluster.Balancer switch
        {
            BalancerKind.RoundRobin => RoundRobin(loop, cluster, tried),
            BalancerKind.LeastRequests => LeastRequests(endpoints, tried),
            BalancerKind.Random => Weighted(endpoints, tried),
            BalancerKind.Hash => Hashed(endpoints, ClientHash.OfClient(client), tried),
            _ => PowerOfTwo(endpoints, tried),
        };
        if (position < 0) position = FirstOpen(endpoints, tried);
        return position < 0 ? null : endpoints[position];
    }

    private static int PowerOfTwo(Endpoint[] endpoints, ulong tried)
    {
        var a = Weighted(endpoints, tried);
        var b = Weighted(endpoints, tried);
        if (a == b || b < 0) b = Weighted(endpoints, tried);
        if (a < 0) return b;
        if (b < 0 || a == b) return a;
        return Load(endpoints[b]) < Load(endpoints[a]) ? b : a;
    }

    private static int LeastRequests(Endpoint[] endpoints, ulong tried)
    {
        // Begun at a random place, or ties would all go to the first.
        var start = Random.Shared.Next(endpoints.Length);
        var best = -1;
        for (var i = 0; i < endpoints.Length; i++)
        {
            var at = start + i < endpoints.Length ? start + i : start + i - endpoints.Length;
            if (!IsCandidate(endpoints, at, tried)) continue;
            if (best < 0 || Load(endpoints[at]) < Load(endpoints[best])) best = at;
        }

        return best;
    }

    private static int Hashed(Endpoint[] endpoints, ulong client, ulong tried)
    {
        var best = -1;
        var highest = 0.0;
        for (var i = 0; i < endpoints.Length; i++)
        {
            if (!IsCandidate(endpoints, i, tried)) continue;
            var lot = ClientHash.Lot(client, endpoints[i]);
            if (best >= 0 && lot <= highest) continue;
            (best, highest) = (i, lot);
        }

        return best;
    }

    // Each loop walks the weights' sum on its own: over whole rounds every endpoint gets its share.
    private static int RoundRobin(int loop, Cluster cluster, ulong tried)
    {
        var endpoints = cluster.Endpoints;
        ref var turn = ref cluster.State.Turns[loop * 16];
        var rounds = cluster.TurnOrder;
        for (var i = 0; i < rounds.Length; i++)
        {
            var at = rounds[(int)(turn++ % (uint)rounds.Length)];
            if (IsCandidate(endpoints, at, tried)) return at;
        }

        return -1;
    }

    // By weight; a few tries suffice unless most are closed, and then the caller takes the first that is open.
    private static int Weighted(Endpoint[] endpoints, ulong tried)
    {
        for (var attempt = 0; attempt < 4; attempt++)
        {
            var at = Random.Shared.Next(endpoints.Length);
            if (!IsCandidate(endpoints, at, tried)) continue;
            var weight = endpoints[at].Weight;
            if (weight == endpoints[at].MaxWeight || Random.Shared.Next(endpoints[at].MaxWeight) < weight) return at;
        }

        return FirstOpen(endpoints, tried, Random.Shared.Next(endpoints.Length));
    }

    private static int FirstOpen(Endpoint[] endpoints, ulong tried, int start = 0)
    {
        for (var i = 0; i < endpoints.Length; i++)
        {
            var at = (start + i) % endpoints.Length;
            if (IsCandidate(endpoints, at, tried)) return at;
        }

        // All were tried: one of them again, rather than none.
        for (var i = 0; i < endpoints.Length; i++)
            if (IsOpen(endpoints[(start + i) % endpoints.Length])) return (start + i) % endpoints.Length;
        return -1;
    }

    private static bool IsCandidate(Endpoint[] endpoints, int at, ulong tried)
        => IsOpen(endpoints[at]) && (at >= 64 || (tried & (1UL << at)) == 0);

    private static bool IsOpen(Endpoint endpoint) => endpoint.Weight > 0 && !endpoint.State.Draining;

    // Requests in flight per weight, scaled to compare without division.
    private static long Load(Endpoint endpoint) => ((endpoint.State.Active + 1L) << 16) / endpoint.Weight;

    /// <summary>Smooth weighted order over one round: the endpoint that is most behind its share goes next. At most 4,096 turns.</summary>
    public static int[] Order(IReadOnlyList<int> weights)
    {
        var divisor = weights.Where(static w => w > 0).Aggregate(0, static (a, b) => (int)BigInteger.GreatestCommonDivisor(a, b));
        if (divisor == 0) return [];
        var reduced = weights.Select(w => w / divisor).ToArray();
        var total = Math.Min(reduced.Sum(), 4096);
        var current = new long[reduced.Length];
        var order = new int[total];
        for (var turn = 0; turn < total; turn++)
        {
            var best = 0;
            for (var i = 0; i < reduced.Length; i++)
            {
                current[i] += reduced[i];
                if (current[i] > current[best]) best = i;
            }

            current[best] -= reduced.Sum();
            order[turn] = best;
        }

        return order;
    }
}
