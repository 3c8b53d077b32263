using Weir.Config.Records;

namespace Weir.Config.Validation;

/// <summary>Listeners that pass datagrams on, and the clusters that they use: a cluster serves them or something else, not both.</summary>
internal static class DatagramRules
{
    public static void Listener(Check check, string path, ListenerConfig listener)
    {
        if (ListenAddress.TryParse(listener.Address, out var address, out _) && address.IsUnix) check.Error(path + ".address", "not-datagram", "a listener with protocol: udp has no unix socket", "host:port");
        if (listener.Routes is not null) HttpOnly("routes");
        if (listener.Policies.Count > 0) HttpOnly("policies");
        if (listener.Tls is not null) StreamOnly("tls", "UDP has no TLS; the endpoint ends what runs over it (QUIC, DTLS)");
        if (listener.ProxyProtocol) StreamOnly("proxy-protocol", "the PROXY protocol begins connections, and there are none");
        if (listener.Streams.Count > 0) StreamOnly("streams", "there is no handshake to choose by");
        if (listener.Limits != OwnLimits(listener.Limits)) check.Error(path + ".limits", "not-datagram", "of these a listener with protocol: udp has others", "sessions, sessions-per-address, requests-per-session, responses-per-request");
        if (listener.Timeouts != new ListenerTimeoutsConfig { SessionIdle = listener.Timeouts.SessionIdle }) check.Error(path + ".timeouts", "not-datagram", "of these a listener with protocol: udp has one other", "session-idle");
        if (listener.Forward is { } cluster) check.Reference(path + ".forward", cluster, "clusters", "cluster");
        else check.Error(path, "no-forward", "a listener with protocol: udp needs a cluster to forward to", "forward: CLUSTER");

        void HttpOnly(string key) => check.Error($"{path}.{key}", "http-only", $"'{key}' is for HTTP; a listener with protocol: udp passes datagrams on as they are", $"take '{key}' away");
        void StreamOnly(string key, string why) => check.Error($"{path}.{key}", "not-datagram", $"'{key}' is not for a listener with protocol: udp: {why}", $"take '{key}' away");
    }

    public static void Cluster(Check check, string name, ClusterConfig cluster, bool byOthers, bool byDatagrams)
    {
        var path = "clusters." + name;
        if (byOthers && byDatagrams) check.Error(path, "two-uses", $"udp listeners forward to '{name}', and so do routes or tcp listeners; a cluster is for one of the two", "make it two clusters");
        if (cluster.Discover?.Dns is { } dns && (byOthers || byDatagrams) && byDatagrams != (dns.Scheme == EndpointScheme.Udp))
            check.Error(path + ".discover.dns.scheme", byDatagrams ? "not-datagram" : "udp-only", byDatagrams ? "a udp listener forwards to this cluster" : "routes or tcp listeners forward to this cluster", byDatagrams ? "scheme: udp" : "scheme: http for routes, tcp for tcp listeners");
        for (var i = 0; i < cluster.Endpoints.Count; i++)
        {
            if (!EndpointAddress.TryParse(cluster.Endpoints[i].Url, out var address, out _)) continue;
            if (byOthers && address.IsDatagram) check.Error($"{path}.endpoints[{i}].url", "udp-only", "this endpoint is written for udp listeners, and routes or tcp listeners forward to it", "http://host:port for routes, tcp://host:port for tcp listeners");
            if (byDatagrams && !address.IsDatagram) check.Error($"{path}.endpoints[{i}].url", "not-datagram", "a udp listener forwards to this cluster, and this endpoint is not written for UDP", "udp://host:port");
        }

        if (!byDatagrams) return;
        if (cluster.ProxyProtocol != ProxyProtocol.Off) check.Error(path + ".proxy-protocol", "not-datagram", "the PROXY protocol begins connections, and datagrams have none", "take 'proxy-protocol' away");
        if (cluster.Pool != new PoolConfig()) check.Error(path + ".pool", "not-datagram", "'pool' is for connections, and datagrams have none", "limits: sessions of the listener");
        if (cluster is { Endpoints.Count: 0, Health.Probe.Port: null }) check.Error(path + ".health.probe", "no-port", "an endpoint of UDP cannot be asked whether it serves; a port of TCP beside it can", "port: …");
        if (cluster.Breaker is not null) check.Error(path + ".breaker", "not-datagram", "a breaker counts requests or connections, and there are none", "limits: sessions of the listener");
        if (cluster.ConnectTimeout != new ClusterConfig().ConnectTimeout) check.Error(path + ".connect-timeout", "not-datagram", "there is no connection that could take time", "take 'connect-timeout' away");
    }

    private static ListenerLimitsConfig OwnLimits(ListenerLimitsConfig limits) => new()
    {
        Sessions = limits.Sessions,
        SessionsPerAddress = limits.SessionsPerAddress,
        RequestsPerSession = limits.RequestsPerSession,
        ResponsesPerRequest = limits.ResponsesPerRequest,
    };
}
