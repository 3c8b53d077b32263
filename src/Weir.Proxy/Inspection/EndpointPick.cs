using System.Text;
using Weir.Config.Records;
using Weir.Proxy.Balancing;
using Weir.Proxy.Model;

namespace Weir.Proxy.Inspection;

/// <summary>Which endpoint a request goes to, and why. Without <paramref name="Endpoint"/> it is one of those with a share, or none.</summary>
internal sealed record EndpointPick(Endpoint? Endpoint, string Why)
{
    public static EndpointPick Of(OfflineExchange x, Forward forward)
    {
        var (cluster, set) = (forward.Cluster, forward.Choice.Set);
        var sticky = cluster.Sticky is not null ? $"cookie {Encoding.UTF8.GetString(set.StickyName)}" : null;
        if (sticky is not null && StickyCookie.Find(x.Request.Fields, set) is { } kept) return new EndpointPick(kept, sticky);
        if (set.Open.Length == 0) return new EndpointPick(null, "none takes requests");
        if (set.Open.Length == 1) return new EndpointPick(set.Open[0], "the only one that takes requests");
        var unstuck = sticky is null ? "" : $", since there is no {sticky} that was made here";
        if (cluster.Balancer != BalancerKind.Hash) return new EndpointPick(null, Rule(cluster.Balancer) + unstuck);
        var key = RequestKey.Of(RequestKey.Find(x.Request, cluster.Hash), x.ClientPeer);
        var bound = cluster.Hash is { Table: HashTableKind.Ring, MaxLoad: > 0 } ? ", unless it is overloaded" : "";
        return new EndpointPick(Balancer.Pick(0, 0, cluster, set, key, default), $"by hash of {KeyText.Of(x, cluster.Hash)}{bound}{unstuck}");
    }

    private static string Rule(BalancerKind balancer) => balancer switch
    {
        BalancerKind.RoundRobin => "in turns, by weight",
        BalancerKind.LeastRequests => "the one with the fewest requests in flight for its weight",
        BalancerKind.Random => "by lot and weight",
        BalancerKind.LeastTime => "of two drawn by weight, the one that is expected to answer first",
        _ => "of two drawn by weight, the one with fewer requests in flight, unless it takes much longer",
    };
}
