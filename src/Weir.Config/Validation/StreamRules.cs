using Weir.Config.Records;

namespace Weir.Config.Validation;

/// <summary>Listeners that pass TCP connections on, and the clusters that they use: a cluster serves them or HTTP routes, not both.</summary>
internal static class StreamRules
{
    public static void Run(Check check)
    {
        foreach (var (name, listener) in check.Config.Listeners)
        {
            var path = "listeners." + name;
            if (listener.Protocol == ListenerProtocol.Http) Http(check, path, listener);
            else if (listener.Protocol == ListenerProtocol.Tcp) Tcp(check, path, listener);
            else DatagramRules.Listener(check, path, listener);
        }

        var byRoutes = RouteRules.Used(check.Config).ToHashSet();
        var byStreams = Used(check.Config, ListenerProtocol.Http, ListenerProtocol.Tcp).ToHashSet();
        var byDatagrams = Used(check.Config, ListenerProtocol.Udp).ToHashSet();
        foreach (var (name, cluster) in check.Config.Clusters)
        {
            Cluster(check, name, cluster, byRoutes.Contains(name), byStreams.Contains(name));
            DatagramRules.Cluster(check, name, cluster, byRoutes.Contains(name) || byStreams.Contains(name), byDatagrams.Contains(name));
        }
    }

    /// <summary>Clusters that listeners of these kinds forward to by themselves.</summary>
    public static IEnumerable<string> Used(WeirConfig config, params ListenerProtocol[] by)
        => config.Listeners.Values.Where(l => by.Contains(l.Protocol)).SelectMany(static l => l.Streams.Select(static s => s.Forward).Append(l.Forward ?? "")).Where(static n => n.Length > 0);

    private static void Http(Check check, string path, ListenerConfig listener)
    {
        if (listener.Forward is not null) Error("forward");
        if (listener.Streams.Count > 0) Error("streams");

        void Error(string key) => check.Error($"{path}.{key}", "tcp-only", $"'{key}' is for listeners with protocol: tcp or udp", "of HTTP the routes say where requests go");
    }

    private static void Tcp(Check check, string path, ListenerConfig listener)
    {
        if (listener.Routes is not null) Error("routes");
        if (listener.Policies.Count > 0) Error("policies");
        if (listener.Forward is null && listener.Streams.Count == 0) check.Error(path, "no-forward", "a listener with protocol: tcp needs a cluster to forward to", "forward: CLUSTER");
        if (listener.Forward is { } cluster) check.Reference(path + ".forward", cluster, "clusters", "cluster");
        for (var i = 0; i < listener.Streams.Count; i++)
        {
            check.Reference($"{path}.streams[{i}].forward", listener.Streams[i].Forward, "clusters", "cluster");
            if (listener.Streams[i].Sni.Count == 0 && listener.Streams[i].Alpn.Count == 0) check.Error($"{path}.streams[{i}]", "no-match", "it matches by 'sni', by 'alpn', or both", "for all others there is the listener's 'forward'");
        }

        void Error(string key) => check.Error($"{path}.{key}", "http-only", $"'{key}' is for HTTP; a listener with protocol: tcp passes connections on as they are");
    }

    private static void Cluster(Check check, string name, ClusterConfig cluster, bool byRoutes, bool byStreams)
    {
        var path = "clusters." + name;
        if (byRoutes && byStreams) check.Error(path, "two-uses", $"routes and tcp listeners forward to '{name}'; a cluster is for one of the two", "make it two clusters");
        DiscoveryRules.Scheme(check, path, cluster, byRoutes, byStreams);
        if (byStreams && cluster.Breaker?.Adaptive is not null) check.Error(path + ".breaker.adaptive", "http-only", "the limit follows the time that answers take, and TCP has none", "requests: …, for connections at once");
        for (var i = 0; i < cluster.Endpoints.Count; i++)
        {
            if (!EndpointAddress.TryParse(cluster.Endpoints[i].Url, out var address, out _) || address.IsUnix || address.IsDatagram) continue;
            if (byRoutes && address.IsStream) check.Error($"{path}.endpoints[{i}].url", "tcp-only", "routes forward HTTP: this endpoint is written for tcp listeners", "http:// or https://");
            if (byStreams && !address.IsStream) check.Error($"{path}.endpoints[{i}].url", "http-only", "a tcp listener forwards to this cluster, and this endpoint is written for HTTP", "tcp://host:port, or tls://host:port for TLS");
        }
    }
}
