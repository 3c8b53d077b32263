using Weir.Config.Records;

namespace Weir.Config.Validation;

/// <summary>Clusters and their endpoints.</summary>
internal static class ClusterRules
{
    public static void Run(Check check)
    {
        foreach (var (name, cluster) in check.Config.Clusters)
        {
            var path = "clusters." + name;
            Endpoints(check, path + ".endpoints", cluster);
            DiscoveryRules.Run(check, path, cluster);
            BalancingRules.Run(check, path, cluster);
            if (cluster.Breaker is { } breaker) BreakerRules.Run(check, path + ".breaker", breaker);
            HealthRules.Run(check, path + ".health", cluster);
            if (cluster.Protocol == UpstreamProtocol.Http2) Http2(check, path + ".protocol", name, cluster);
            if (check.Changed(path, cluster, ["tls"]).Any() && cluster.Discover is not { Dns: null } && cluster.Discover?.Dns?.Scheme is not (EndpointScheme.Https or EndpointScheme.Tls)
                && cluster.Endpoints.All(static e => !EndpointAddress.TryParse(e.Url, out var address, out _) || !address.IsSecure))
                check.Warning(path + ".tls", "unused-tls", "no endpoint of this cluster is written https:// or tls://");
        }
    }

    private static void Http2(Check check, string path, string name, ClusterConfig cluster)
    {
        var why = cluster.ProxyProtocol != ProxyProtocol.Off ? "its connections serve one client each (proxy-protocol), and those of HTTP/2 are shared"
            : !BalancingRules.IsHttp(cluster) ? "its endpoints are not of HTTP"
            : null;
        if (why is not null) check.Error(path, "no-http2", $"HTTP/2 cannot be spoken to '{name}': {why}", "leave 'protocol' out");
    }

    private static void Endpoints(Check check, string path, ClusterConfig cluster)
    {
        if (cluster.Endpoints.Count == 0 && cluster.Discover is null && check.Places.Has(path[..path.LastIndexOf('.')], "endpoints")) check.Error(path, "no-endpoint", "a cluster needs an endpoint");
        if (cluster.Endpoints.Count > 0 && cluster.Endpoints.All(e => e.Weight == 0)) check.Warning(path, "no-weight", "all endpoints have weight 0: the cluster takes no request");
        var seen = new Dictionary<EndpointAddress, int>();
        for (var i = 0; i < cluster.Endpoints.Count; i++)
        {
            var url = cluster.Endpoints[i].Url;
            if (url.Length == 0) continue;
            if (!EndpointAddress.TryParse(url, out var address, out var reason)) check.Error($"{path}[{i}].url", "bad-url", $"'{url}': {reason}", EndpointAddress.Mend(url));
            else if (!seen.TryAdd(address, i)) check.Error($"{path}[{i}].url", "duplicate-endpoint", $"'{url}' is the same endpoint as number {(seen[address] + 1).ToString(System.Globalization.CultureInfo.InvariantCulture)} of this list", "use weight");
        }
    }
}
