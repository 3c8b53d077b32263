using Weir.Config.Records;

namespace Weir.Config.Validation;

/// <summary>What is written and does nothing where it stands: for another protocol, or without something else. Warnings, since the rest is what it says.</summary>
internal static class EffectRules
{
    private static readonly string[] RouteOnlyRetries = ["on", "methods", "per-try-timeout", "backoff", "budget", "buffer", "max-retry-after", "hedge"];

    public static void Run(Check check)
    {
        var byRoutes = RouteRules.Used(check.Config).ToHashSet();
        var byStreams = StreamRules.Used(check.Config, ListenerProtocol.Tcp).ToHashSet();
        var byDatagrams = StreamRules.Used(check.Config, ListenerProtocol.Udp).ToHashSet();
        foreach (var (name, cluster) in check.Config.Clusters)
        {
            var path = "clusters." + name;
            var (isRouted, isStream, isDatagram) = (byRoutes.Contains(name), byStreams.Contains(name), byDatagrams.Contains(name));
            if (!isRouted && !isStream && !isDatagram)
            {
                if (!check.HasErrors) check.Warning(path, "unused-cluster", $"nothing forwards to '{name}'");
            }
            else if (isRouted)
            {
                Http(check, path, cluster);
            }
            else
            {
                Stream(check, path, cluster, isDatagram && !isStream);
            }

            Cluster(check, path, cluster);
        }

        foreach (var (name, route) in check.Config.Routes) Route(check, "routes." + name, route);
        foreach (var (name, listener) in check.Config.Listeners) Listener(check, "listeners." + name, listener);
        Zones(check);
    }

    private static void Cluster(Check check, string path, ClusterConfig cluster)
    {
        if (cluster.Breaker is { } breaker)
        {
            if (breaker is { Requests: 0, EndpointRequests: 0, Errors: null, Adaptive: null } && !check.Places.Has(path + ".breaker", "queue")) check.Warning(path + ".breaker", "no-effect", "a breaker without a limit does nothing", "requests, endpoint-requests, errors or adaptive");
            else if (breaker.Queue == 0) Idle(check, path + ".breaker", breaker, ["queue-timeout"], "nobody waits", "queue: …");
        }

        if (cluster.Health.Outliers is { SuccessRate.Value: 0, Latency: 0 }) Idle(check, path + ".health.outliers", cluster.Health.Outliers, ["volume"], "endpoints are compared by neither 'success-rate' nor 'latency'");
    }

    private static void Http(Check check, string path, ClusterConfig cluster)
    {
        Retry(check, path + ".retry", cluster.Retry);
        if (!MaySpeakHttp2(cluster)) Idle(check, path + ".pool", cluster.Pool, ["streams", "ping"], "no endpoint of this cluster is spoken to by HTTP/2", "protocol: http2, or endpoints https://…");
    }

    // Passed on as they are: nothing is asked or answered that could be read, and no connection is kept for another client.
    private static void Stream(Check check, string path, ClusterConfig cluster, bool isDatagram)
    {
        var whose = isDatagram ? "a udp listener's" : "a tcp listener's";
        var (passed, untimed) = ($"what {whose} clients send and get is passed on without being read", $"{whose} clients get no answers whose time could be taken");
        Idle(check, path, cluster, ["header-limit"], passed);
        // Else they are errors.
        if (cluster.Protocol != UpstreamProtocol.Http2 || BalancingRules.IsHttp(cluster)) Idle(check, path, cluster, ["protocol"], passed);
        if (BalancingRules.IsHttp(cluster)) Idle(check, path, cluster, ["sticky"], passed);
        Idle(check, path + ".retry", cluster.Retry, RouteOnlyRetries, $"{whose} attempts fail before a byte is sent, and follow each other at once", "attempts");
        Idle(check, path + ".health.outliers", cluster.Health.Outliers, ["latency"], untimed);
        if (cluster.Balancer == BalancerKind.LeastTime) check.Warning(path + ".balancer", "no-effect", $"{untimed}: 'least-time' goes by what is in flight", "least-requests");
        if (!isDatagram) Idle(check, path + ".pool", cluster.Pool, ["idle", "idle-timeout", "max-lifetime", "streams", "ping"], "connections of a tcp listener serve one client each and are not kept");
    }

    private static void Retry(Check check, string path, RetryConfig retry)
    {
        if (retry.Attempts == 1) Idle(check, path, retry, ["on", "methods", "backoff", "budget", "buffer", "max-retry-after"], "there is no second attempt", "attempts: 2, or more");
        else if (retry.PerTryTimeout > TimeSpan.Zero && !retry.On.Contains("timeout")) check.Warning(path + ".per-try-timeout", "no-effect", "'per-try-timeout' ends the request: 'timeout' is not among 'on', so there is no other try", $"on: [{string.Join(", ", retry.On.Append("timeout"))}]");
        if (retry.Attempts > 1 && !retry.On.Any(static c => c is "gateway-error" or "5xx" || (c.Length > 0 && char.IsAsciiDigit(c[0])))) Idle(check, path, retry, ["max-retry-after"], "no status is retried", "on: [gateway-error]");
    }

    private static void Route(Check check, string path, RouteConfig route)
    {
        if (route.Retry is { } retry) Retry(check, path + ".retry", retry);
        if (!check.IsSaid(path, "forward") && !check.IsSaid(path, "split"))
        {
            const string Why = "this route does not forward";
            Idle(check, path, route, ["criticality", "websocket"], Why);
            Idle(check, path + ".timeouts", route.Timeouts, ["first-byte", "idle", "tunnel"], Why);
            Idle(check, path + ".limits", route.Limits, ["tunnels"], Why);
        }
        else if (route.Criticality != Criticality.Standard && RouteRules.Clusters(route).All(n => check.Config.Clusters.TryGetValue(n, out var cluster) && cluster.Breaker is not ({ Requests: > 0 } or { EndpointRequests: > 0 } or { Adaptive: not null })))
        {
            check.Warning(path + ".criticality", "no-effect", "'criticality' does nothing: no cluster of this route has a limit of requests", "breaker: { requests: … }");
        }
    }

    private static void Listener(Check check, string path, ListenerConfig listener)
    {
        if (listener.Protocol != ListenerProtocol.Http) Idle(check, path, listener, ["http2"], "the listener does not speak HTTP");
        if (listener.Protocol == ListenerProtocol.Udp) Idle(check, path, listener, ["backlog"], "UDP has no connections that could wait");
        if (listener.Protocol == ListenerProtocol.Udp) return;
        Idle(check, path + ".limits", listener.Limits, ["sessions", "sessions-per-address", "requests-per-session", "responses-per-request"], "sessions are those of UDP", "protocol: udp");
        Idle(check, path + ".timeouts", listener.Timeouts, ["session-idle"], "sessions are those of UDP", "protocol: udp");
        if (listener.Tls is null && !check.Places.Has(path, "tls"))
        {
            Idle(check, path + ".limits", listener.Limits, ["handshakes"], "the listener has no TLS", "tls: …");
            if (!listener.ProxyProtocol && listener.Streams.Count == 0) Idle(check, path + ".timeouts", listener.Timeouts, ["handshake"], "there is no handshake to wait for");
        }

        if (listener.Protocol == ListenerProtocol.Tcp)
        {
            Idle(check, path + ".limits", listener.Limits, ["request-line", "header", "fields", "streams", "stream-window", "requests-per-connection"], "connections are passed on without being read");
            Idle(check, path + ".timeouts", listener.Timeouts, ["header", "keep-alive", "write"], "connections are passed on without being read", "stream-idle");
            return;
        }

        Idle(check, path + ".timeouts", listener.Timeouts, ["stream-idle"], "it is for connections that are passed on", "protocol: tcp");
        if (!listener.Http2) Idle(check, path + ".limits", listener.Limits, ["streams", "stream-window"], "the listener speaks no HTTP/2", "http2: true");
    }

    private static void Zones(Check check)
    {
        var config = check.Config;
        // Those that are found may have zones; DNS has none.
        var isOpen = config.Clusters.Values.Any(static c => c.Discover is { Dns: null });
        if (config.Zone.Length > 0 && !isOpen && !config.Clusters.Values.Any(c => c.Endpoints.Any(e => e.Zone == config.Zone)))
            check.Warning("zone", "no-effect", $"no endpoint of any cluster is in the zone '{config.Zone}': none is preferred", "zone: of endpoints");
        if (check.IsSaid("", "zone")) return;
        foreach (var (name, cluster) in config.Clusters)
        {
            for (var i = 0; i < cluster.Endpoints.Count; i++)
            {
                if (cluster.Endpoints[i].Zone is null or "") continue;
                check.Warning($"clusters.{name}.endpoints[{i.ToString(System.Globalization.CultureInfo.InvariantCulture)}].zone", "no-effect", "where this Weir is is not said: no endpoint is preferred for its zone", "zone: … at the top of the file");
                break;
            }
        }
    }

    private static bool MaySpeakHttp2(ClusterConfig cluster)
        => cluster.Protocol == UpstreamProtocol.Http2 || (cluster.Protocol == UpstreamProtocol.Auto && cluster.ProxyProtocol == ProxyProtocol.Off
            && (cluster.Discover is { Dns: null } || cluster.Discover?.Dns?.Scheme == EndpointScheme.Https || cluster.Endpoints.Any(static e => !EndpointAddress.TryParse(e.Url, out var address, out _) || address.IsSecure)));

    private static void Idle(Check check, string path, object record, string[] keys, string why, string? hint = null)
    {
        foreach (var key in check.Changed(path, record, keys))
            check.Warning($"{path}.{key}", "no-effect", $"'{key}' does nothing: {why}", hint ?? $"take '{key}' away");
    }
}
