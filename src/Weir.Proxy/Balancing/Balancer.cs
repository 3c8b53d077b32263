using Weir.Config.Records;
using Weir.Proxy.Model;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Balancing;

/// <summary>
/// Picks an endpoint of a set. In-flight counts are the process's, so loops do not each fill the same one. An endpoint that was tried already
/// is picked again only when there is no other. The cost does not grow with the number of endpoints: weights, priorities and health are in the set.
/// </summary>
internal static class Balancer
{
    // Endpoints that least-requests looks at: all when there are no more, else so many at random.
    private const int Looks = 8;

    // One pick of so many looks at one endpoint alone.
    private const int Trial = 128;

    // Draws before the first endpoint that may be had is taken: most draws succeed, since what takes no requests is not in the set.
    private const int Draws = 4;

    // So many times the other's time is much longer. Below that are the differences that equal endpoints have by chance.
    private const double MuchLonger = 3;

    // It counts for no more than so many times, or one slow answer in a quiet hour could leave all of a sudden load to the others.
    private const double MostLonger = 10;

    // Places of a ring that are looked at for an endpoint that is not overloaded: the next ones, then others all over it. Where there are few
    // endpoints one of them can have hundreds of places in a row.
    private const int NextPlaces = 512;
    private const int MaxPlaces = 1024;

    /// <summary>Null when no endpoint takes requests.</summary>
    public static Endpoint? Pick(Exchange x, Cluster cluster, EndpointChoice choice, in TriedEndpoints tried)
    {
        var set = choice.Set;
        if (cluster.Sticky is not null && tried.Count == 0 && StickyCookie.Find(x.Request.Fields, set) is { } kept) return kept;
        var key = cluster.Balancer == BalancerKind.Hash && set.Open.Length > 1 ? RequestKey.Of(x, cluster.Hash) : 0;
        return Pick(x.Owner.Index, x.Owner.Loop.Now, cluster, set, key, tried);
    }

    /// <summary>For a client of datagrams.</summary>
    public static Endpoint? Pick(ProxyLoop owner, PeerAddress client, Cluster cluster, in TriedEndpoints tried)
        => Pick(owner.Index, owner.Loop.Now, cluster, cluster.State.All.Set, KeyHash.OfClient(client), tried);

    /// <summary>For a key's hash, on a loop, at a time of its clock.</summary>
    public static Endpoint? Pick(int loop, long now, Cluster cluster, EndpointSet set, ulong key, in TriedEndpoints tried)
    {
        var count = set.Open.Length;
        if (set.Reserve.Length > 0 && tried.Count >= count && FromReserve(set, tried) is { } other) return other;
        if (count <= 1) return count == 0 ? null : set.Open[0];
        var position = cluster.Balancer switch
        {
            BalancerKind.RoundRobin => RoundRobin(loop, cluster, set, tried),
            BalancerKind.LeastRequests => LeastRequests(set, tried),
            BalancerKind.Random => Draw(set, tried),
            BalancerKind.Hash => Hashed(cluster, set, key, tried),
            BalancerKind.LeastTime => LeastTime(set, now, tried),
            _ => PowerOfTwo(set, now, tried),
        };
        return set.Open[position >= 0 ? position : First(set, tried, Random.Shared.Next(count))];
    }

    /// <summary>So much that power-of-two looks at times.</summary>
    public static bool IsMuchLonger(double time, double other) => other > 0 && time > MuchLonger * other;

    private static int PowerOfTwo(EndpointSet set, long now, in TriedEndpoints tried)
    {
        var (a, b) = DrawTwo(set, tried);
        if (b < 0) return a;
        // Counts say little of an endpoint that is slow while little is in flight; times say little while they differ little.
        var (timeA, timeB) = (set.States[a].Latency.At(now), set.States[b].Latency.At(now));
        return IsMuchLonger(timeA, timeB) || IsMuchLonger(timeB, timeA) ? Sooner(set, a, timeA, b, timeB) : Lighter(set, a, b);
    }

    // The second, if with one more it has no more per weight than the first has now: what is drawn by weight stays so while little is in flight.
    private static int Lighter(EndpointSet set, int a, int b)
        => (set.States[b].Active + 1L) * set.Weights[a] <= (long)set.States[a].Active * set.Weights[b] ? b : a;

    private static int LeastTime(EndpointSet set, long now, in TriedEndpoints tried)
    {
        var (a, b) = DrawTwo(set, tried);
        if (b < 0) return a;
        return Sooner(set, a, set.States[a].Latency.At(now), b, set.States[b].Latency.At(now));
    }

    // The one that is expected to answer first; of two that are alike the first drawn, or shares would not go by weight.
    private static int Sooner(EndpointSet set, int a, double timeA, int b, double timeB)
    {
        // Of one that nobody has tried yet nothing is known but that it is to be tried.
        if (timeA == 0 || timeB == 0) timeA = timeB = 1;
        timeA = Math.Clamp(timeA, timeB / MostLonger, timeB * MostLonger);
        return timeA * (1 + Load(set, a)) <= timeB * (1 + Load(set, b)) ? a : b;
    }

    private static int LeastRequests(EndpointSet set, in TriedEndpoints tried)
    {
        var count = set.Open.Length;
        var looks = Math.Min(Looks, count);
        // Begun at one drawn by weight: with nothing in flight all are alike, and the first has it.
        var start = Draw(set);
        var best = -1;
        for (var i = 0; i < looks; i++)
        {
            var at = count > Looks ? Draw(set) : start + i < count ? start + i : start + i - count;
            if (IsCandidate(set, at, tried) && (best < 0 || Load(set, at) < Load(set, best))) best = at;
        }

        return best;
    }

    private static int Hashed(Cluster cluster, EndpointSet set, ulong key, in TriedEndpoints tried)
    {
        var table = set.Hash;
        // The balancer has just become this one.
        if (table is null) return -1;
        var place = table.PlaceOf(key);
        var most = cluster.Hash.MaxLoad > 0 ? cluster.Hash.MaxLoad * (InFlight(cluster, set) + 1) / set.SumOfWeights : double.MaxValue;
        for (var i = 0; i < MaxPlaces; i++, place = i < NextPlaces ? table.Next(place) : table.Elsewhere(place))
        {
            var at = table.Owner(place);
            if (IsCandidate(set, at, tried) && set.States[at].Active < Math.Ceiling(most * set.Weights[at])) return at;
        }

        return -1;
    }

    // The cluster's count is that of a choice of all; of some endpoints it is added up, which is for few.
    private static int InFlight(Cluster cluster, EndpointSet set)
    {
        if (set.Known.Length == cluster.Endpoints.Length) return cluster.State.Active;
        var sum = 0;
        foreach (var state in set.States) sum += state.Active;
        return sum;
    }

    // Each loop walks the round on its own: over whole rounds every endpoint gets its share.
    private static int RoundRobin(int loop, Cluster cluster, EndpointSet set, in TriedEndpoints tried)
    {
        ref var turn = ref cluster.State.Turns[loop * ClusterState.TurnStride];
        for (var i = 0; i < set.Turns.Length; i++)
        {
            var at = set.Turns[(int)(turn++ % (uint)set.Turns.Length)];
            if (IsCandidate(set, at, tried)) return at;
        }

        return -1;
    }

    // The second is always another one than the first: of three endpoints a slow one would else stand alone in one draw of nine. But now and
    // then there is none, so that who is avoided is still asked.
    private static (int A, int B) DrawTwo(EndpointSet set, in TriedEndpoints tried)
    {
        var a = Draw(set, tried);
        if (a < 0) return (First(set, tried, Random.Shared.Next(set.Open.Length)), -1);
        return (a, Random.Shared.Next(Trial) == 0 ? -1 : DrawOther(set, a, tried));
    }

    // By weight as far as possible; beside a heavy one the others are seldom drawn.
    private static int DrawOther(EndpointSet set, int a, in TriedEndpoints tried)
    {
        for (var draw = 0; set.Lots is not null && draw < Draws; draw++)
            if (Draw(set) is var b && b != a && IsCandidate(set, b, tried)) return b;
        for (var draw = 0; draw < Draws; draw++)
            if (Random.Shared.Next(set.Open.Length - 1) is var r && (r < a ? r : r + 1) is var b && IsCandidate(set, b, tried)) return b;
        return -1;
    }

    // By weight. -1: what was drawn may not be had.
    private static int Draw(EndpointSet set, in TriedEndpoints tried)
    {
        for (var draw = 0; draw < Draws; draw++)
            if (Draw(set) is var at && IsCandidate(set, at, tried)) return at;
        return -1;
    }

    private static int Draw(EndpointSet set) => set.Lots is { } lots ? lots.Draw((ulong)Random.Shared.NextInt64()) : Random.Shared.Next(set.Open.Length);

    // One that was not tried; else any, rather than none.
    private static int First(EndpointSet set, in TriedEndpoints tried, int start)
    {
        for (var i = 0; i < set.Open.Length; i++)
            if ((start + i) % set.Open.Length is var at && IsCandidate(set, at, tried)) return at;
        for (var i = 0; i < set.Open.Length; i++)
            if ((start + i) % set.Open.Length is var at && !tried.Contains(set.States[at])) return at;
        return start;
    }

    // All that have a share were tried: one of the next priority or another zone, rather than one of those once more.
    private static Endpoint? FromReserve(EndpointSet set, in TriedEndpoints tried)
    {
        foreach (var state in set.States)
            if (!tried.Contains(state)) return null;
        foreach (var endpoint in set.Reserve)
            if (endpoint.State is { IsSound: true, Draining: false } state && state.Active < set.MaxRequests && !tried.Contains(state)) return endpoint;
        return null;
    }

    // What failed a moment ago, or has as much as it may, is still in the set.
    private static bool IsCandidate(EndpointSet set, int at, in TriedEndpoints tried)
    {
        var state = set.States[at];
        return (state.IsSound || set.IsPanicking) && !state.Draining && state.Active < set.MaxRequests && (tried.Count == 0 || !tried.Contains(state));
    }

    // Requests in flight, as of one with the mean weight.
    private static double Load(EndpointSet set, int at) => set.States[at].Active * set.MeanWeight / set.Weights[at];
}
