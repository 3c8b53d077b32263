using Weir.Config.Records;

namespace Weir.Config.Validation;

/// <summary>How endpoints are chosen.</summary>
internal static class BalancingRules
{
    public static void Run(Check check, string path, ClusterConfig cluster)
    {
        Hash(check, path + ".hash", cluster);
        if (cluster.Sticky is { } sticky) Sticky(check, path + ".sticky", cluster, sticky);
    }

    /// <summary>Labels that a route asks for, of which no endpoint has all.</summary>
    public static void Subset(Check check, string path, ForwardConfig forward)
    {
        if (forward.Subset.Count == 0 || !check.Config.Clusters.TryGetValue(forward.Cluster, out var cluster)) return;
        // What is found may have them.
        if (cluster.Discover is { Dns: null }) return;
        if (!cluster.Endpoints.Any(e => forward.Subset.All(l => e.Labels.TryGetValue(l.Key, out var own) && own == l.Value)))
            check.Warning(path + ".subset", "empty-subset", $"no endpoint of '{forward.Cluster}' has these labels: requests would be answered 503", "labels: of the endpoints");
    }

    private static void Hash(Check check, string path, ClusterConfig cluster)
    {
        var hash = cluster.Hash;
        if (cluster.Balancer != BalancerKind.Hash)
        {
            if (hash != new HashConfig()) check.Warning(path, "unused-hash", "'hash' says nothing without 'balancer: hash'", "balancer: hash");
            return;
        }

        if (hash.By != HashKeySource.Client && string.IsNullOrEmpty(hash.Name)) check.Error(path + ".name", "no-name", $"the name of the {Kind(hash.By)} is missing", "name: …");
        if (hash.By == HashKeySource.Client && hash.Name is not null) check.Error(path + ".name", "no-place", "the client's address has no name", "by: header, cookie or query");
        if (hash.By is HashKeySource.Header or HashKeySource.Cookie && hash.Name is { Length: > 0 } name && !Tokens.IsToken(name)) check.Error(path + ".name", "bad-name", $"'{name}' is not the name of a {Kind(hash.By)}");
        if (hash.MaxLoad > 0 && hash.Table != HashTableKind.Ring) check.Error(path + ".max-load", "ring-only", "'max-load' is for rings", "table: ring");
        if (hash.MaxLoad is > 0 and <= 1) check.Error(path + ".max-load", "too-small", "not everyone can have less than the mean: 'max-load' is above 1", "1.25");
        if (hash.By != HashKeySource.Client && !IsHttp(cluster)) check.Error(path + ".by", "http-only", "of a TCP connection or a datagram nothing is known but the client's address", "by: client");
    }

    private static void Sticky(Check check, string path, ClusterConfig cluster, StickyConfig sticky)
    {
        if (!IsHttp(cluster)) check.Error(path, "http-only", "cookies are for HTTP", "balancer: hash, which goes by the client's address");
        CookieRules.Run(check, path, sticky.Cookie, sticky.Path, sticky.Keys);
    }

    private static string Kind(HashKeySource source) => source == HashKeySource.Header ? "header field" : source == HashKeySource.Cookie ? "cookie" : "query parameter";

    /// <summary>As far as the file says.</summary>
    public static bool IsHttp(ClusterConfig cluster) => cluster.Discover?.Dns?.Scheme is null or EndpointScheme.Http or EndpointScheme.Https && cluster.Endpoints.All(static e => !EndpointAddress.TryParse(e.Url, out var address, out _) || address.IsHttp);
}
