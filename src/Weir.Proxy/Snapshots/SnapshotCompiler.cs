using System.Collections.Frozen;
using System.Text;
using Weir.Config;
using Weir.Config.Records;
using Weir.Http.Addresses;
using Weir.Http.Http1;
using Weir.Proxy.Model;
using Weir.Proxy.Routes;
using Weir.Sdk.Configuration;
using Weir.Sdk.Policies;

namespace Weir.Proxy.Snapshots;

/// <summary>
/// Configuration in, immutable model out. Off the path; nothing of the running version is touched: what is made anew is handed over
/// by <see cref="ChainCompiler.Commit"/> only when the version is published.
/// </summary>
internal sealed class SnapshotCompiler(ConfigLoad load, IReadOnlyList<PolicyFactory> factories, StateStore store, IDiagnosticSink problems, DateTimeOffset now, RouteTable? before = null)
{
    private readonly WeirConfig _config = load.Draft!;
    private readonly Dictionary<string, ClusterUse> _uses = UsesOf(load.Draft!);
    private readonly Dictionary<string, EndpointCompiler> _endpoints = new(StringComparer.Ordinal);

    /// <summary>By cluster, for endpoints that are found later.</summary>
    public IReadOnlyDictionary<string, EndpointCompiler> Endpoints => _endpoints;

    public ChainCompiler Chains { get; } = new(load.Draft!, factories, store, problems);

    public Snapshot Compile(long version)
    {
        var clusters = _config.Clusters.ToFrozenDictionary(static c => c.Key, c => Compile(c.Key, c.Value), StringComparer.Ordinal);
        var defaults = Chains.Make(_config.Defaults.Policies, "defaults.policies");
        var own = _config.Routes.ToDictionary(static r => r.Key, r => Chains.Make(r.Value.Policies, $"routes.{r.Key}.policies"), StringComparer.Ordinal);
        var compiler = new ActionCompiler(clusters, store, problems);
        var splits = new SplitCompiler(compiler, Chains, store, problems);
        var closed = compiler.Compile(_config.Defaults.Maintenance, "defaults.maintenance");
        var actions = _config.Routes.ToDictionary(static r => r.Key, r => Action(r.Key, r.Value, compiler, splits, closed), StringComparer.Ordinal);
        var routes = _config.Routes.Select(r => Compile(r.Key, r.Value, actions[r.Key], r.Value.Inherit ? [.. defaults, .. own[r.Key]] : own[r.Key])).ToArray();
        RouteTable? shared = null;

        var listeners = _config.Listeners.ToFrozenDictionary(static l => l.Key, l =>
        {
            var policies = Chains.Make(l.Value.Policies, $"listeners.{l.Key}.policies");
            var positions = Positions(l.Value);
            var served = positions is null ? routes : [.. positions.Select(p => routes[p])];
            if (policies.Count > 0)
            {
                served = [.. served.Select(r =>
                {
                    var route = _config.Routes[r.Name];
                    return route.Inherit ? Compile(r.Name, route, actions[r.Name], [.. policies, .. defaults, .. own[r.Name]]) : r;
                })];
            }

            var table = positions is null ? shared ??= Table(routes) : Table(served);
            return Compile(l.Key, l.Value, table, served, [.. policies, .. defaults], clusters);
        }, StringComparer.Ordinal);

        return new Snapshot
        {
            Version = version,
            Digests = load.Digests!,
            Config = _config,
            Listeners = listeners,
            Routes = routes,
            Clusters = clusters,
            Policies = Chains.Policies,
            Use = new SnapshotUse(store.Loops),
            CountsMetrics = _config.Telemetry.Metrics,
        };
    }

    private RouteTable Table(Route[] routes)
    {
        var table = RouteTable.Build([.. routes.Select(r => RouteSource.From(r.Name, _config.Routes[r.Name]))], problems, before);
        table.Check(problems);
        return table;
    }

    private int[]? Positions(ListenerConfig listener)
    {
        if (listener.Routes is null) return null;
        var names = _config.Routes.Keys.Select(static (name, i) => (name, i)).ToDictionary(static p => p.name, static p => p.i, StringComparer.Ordinal);
        return [.. listener.Routes.Where(names.ContainsKey).Select(n => names[n])];
    }

    private static SpokenProtocols ProtocolsOf(ListenerConfig listener) => listener.Protocol == ListenerProtocol.Tcp
        ? new([.. listener.Streams.SelectMany(static s => s.Alpn).Where(static p => p.Length is > 0 and <= 255).Distinct(StringComparer.Ordinal)], false)
        : new(listener.Http2 ? ["h2", "http/1.1"] : ["http/1.1"], true);

    private string[] HostsOf(ListenerConfig listener)
        => listener.Protocol == ListenerProtocol.Tcp ? [.. listener.Streams.SelectMany(static s => s.Sni).Select(static n => n.ToLowerInvariant()).Distinct(StringComparer.Ordinal)] : [.. _config.Routes.Where(r => listener.Routes is null || listener.Routes.Contains(r.Key)).SelectMany(static r => r.Value.Match.Host).Select(static h => h.ToLowerInvariant()).Distinct(StringComparer.Ordinal)];

    private static RouteAction Action(string name, RouteConfig route, ActionCompiler compiler, SplitCompiler splits, Maintenance? closed)
    {
        var (forward, reply) = compiler.Compile(name, route);
        return new RouteAction(forward, reply, route.Split is { } split ? splits.Read(name, split, route.Retry) : null,
            route.Maintenance is { } own ? compiler.Compile(own, $"routes.{name}.maintenance") : closed,
            route.Fallback is { } fallback ? compiler.Compile(name, fallback, route.Retry, $"routes.{name}.fallback") : null);
    }

    private Route Compile(string name, RouteConfig route, RouteAction action, List<MadePolicy> policies)
    {
        if (action.Split is not { } plan) return Compile(name, route, action, policies, null, null);
        var split = plan.Make(a => Compile(name, route, new RouteAction(a.Forward, null, null, action.Maintenance, action.Fallback), [.. policies, .. a.Policies], null, a));
        return Compile(name, route, action, policies, split, null);
    }

    private Route Compile(string name, RouteConfig route, RouteAction action, List<MadePolicy> policies, Split? split, ArmPlan? arm)
    {
        var timeouts = _config.Defaults.Timeouts;
        var limits = _config.Defaults.Limits;
        var body = (route.Limits.Body ?? limits.Body)?.Bytes ?? 10 * 1024 * 1024;
        var (websocket, care) = (route.Websocket, _config.Defaults.Websocket);
        var pinged = websocket.To ?? care.To;
        return new Route
        {
            Name = name,
            State = store.Route(name),
            Chain = Chains.Chain(policies, $"routes.{name}.policies"),
            Forward = action.Forward,
            Reply = action.Reply,
            Criticality = route.Criticality,
            Fallback = action.Fallback,
            Split = split,
            Arm = arm?.Name ?? "",
            ArmState = arm?.State,
            Maintenance = action.Maintenance,
            FirstByteTimeout = Milliseconds(route.Timeouts.FirstByte ?? timeouts.FirstByte, 60_000),
            IdleTimeout = Milliseconds(route.Timeouts.Idle ?? timeouts.Idle, 60_000),
            BodyIdleTimeout = Milliseconds(route.Timeouts.BodyIdle ?? timeouts.BodyIdle, 30_000),
            TotalTimeout = Milliseconds(route.Timeouts.Total ?? timeouts.Total, 0),
            TunnelTimeout = Milliseconds(route.Timeouts.Tunnel ?? timeouts.Tunnel, 3_600_000),
            MaxBody = body == 0 ? long.MaxValue : body,
            MinBodyRate = (route.Limits.BodyRate ?? limits.BodyRate)?.Bytes ?? 240,
            MaxTunnels = route.Limits.Tunnels ?? limits.Tunnels ?? 0,
            Pings = new PingRules
            {
                Interval = Milliseconds(websocket.Ping ?? care.Ping, 0),
                Patience = Milliseconds(websocket.Pong ?? care.Pong, 10_000),
                ToClient = pinged != PingTarget.Origin,
                ToOrigin = pinged is PingTarget.Origin or PingTarget.Both,
            },
        };
    }

    private Listener Compile(string name, ListenerConfig listener, RouteTable table, Route[] routes, IEnumerable<MadePolicy> policies, IReadOnlyDictionary<string, Cluster> clusters)
    {
        if (!CidrSet.TryParse(listener.TrustedProxies ?? _config.TrustedProxies, out var trusted, out _)) trusted = CidrSet.Empty;
        var isDatagram = listener.Protocol == ListenerProtocol.Udp;
        return new Listener
        {
            Name = name,
            Table = table,
            Routes = routes,
            Unmatched = new Route { Name = "", State = store.Route(""), Chain = Chains.Chain(policies, $"listeners.{name}.policies") },
            Port = ListenAddress.TryParse(listener.Address, out var address, out _) ? address.Port : 0,
            Tls = listener.Tls is { } tls ? new TlsCompiler(name, tls, HostsOf(listener), ProtocolsOf(listener), store, now, problems).Compile() : null,
            Stream = new StreamCompiler(clusters, store, problems).Compile(name, listener),
            Datagrams = DatagramCompiler.Compile(listener, clusters),
            TrustedProxies = trusted,
            ReadsProxyHeader = listener.ProxyProtocol,
            HeadLimits = new Http1Limits
            {
                StartLine = (int)listener.Limits.RequestLine.Bytes,
                Head = (int)listener.Limits.Header.Bytes,
                Fields = listener.Limits.Fields,
            },
            TakesHttp2 = listener.Http2,
            MaxStreams = listener.Limits.Streams,
            StreamWindow = (int)listener.Limits.StreamWindow.Bytes,
            MaxConnections = isDatagram ? listener.Limits.Sessions : listener.Limits.Connections,
            MaxConnectionsPerAddress = isDatagram ? listener.Limits.SessionsPerAddress : listener.Limits.ConnectionsPerAddress,
            MaxHandshakes = listener.Limits.Handshakes,
            RequestsPerConnection = listener.Limits.RequestsPerConnection,
            HeaderTimeout = Milliseconds(listener.Timeouts.Header, 0),
            HandshakeTimeout = Milliseconds(listener.Timeouts.Handshake, 0),
            KeepAliveTimeout = Milliseconds(listener.Timeouts.KeepAlive, 0),
            WriteTimeout = Milliseconds(listener.Timeouts.Write, 0),
            LingerTimeout = Milliseconds(listener.Timeouts.Linger, 0),
        };
    }

    private Cluster Compile(string name, ClusterConfig cluster)
    {
        var state = store.Cluster(name);
        var use = _uses.GetValueOrDefault(name);
        var protocol = ProtocolOf(cluster, use);
        var tls = new UpstreamTlsCompiler(name, cluster.Tls, protocol, store, now, problems);
        var health = new HealthCompiler(name, cluster, use, now, problems);
        if (cluster.Discover is not null) tls.Check();
        var endpoints = _endpoints[name] = new EndpointCompiler(state, use, protocol, cluster.ProxyProtocol, tls, store);
        Endpoint[] configured = [.. cluster.Endpoints.Select(endpoints.Of)];
        return new Cluster
        {
            Name = name,
            State = state,
            Balancer = cluster.Balancer,
            Configured = configured,
            Endpoints = configured,
            Hash = KeyCompiler.Hash(cluster.Hash.By, cluster.Hash.Name, cluster.Hash.Table, cluster.Hash.MaxLoad),
            Sticky = cluster.Sticky is { } sticky ? Compile(name, sticky) : null,
            Breaker = cluster.Breaker is { } breaker ? Compile(breaker) : null,
            MaxEndpointRequests = cluster.Breaker is { EndpointRequests: > 0 } limited ? limited.EndpointRequests : int.MaxValue,
            SlowStart = Milliseconds(cluster.SlowStart, 0),
            PanicThreshold = cluster.PanicThreshold.Value,
            Probe = health.Probe(),
            Outliers = health.Outliers(),
            Zone = _config.Zone.Length > 0 ? _config.Zone : null,
            ConnectTimeout = Milliseconds(cluster.ConnectTimeout, 0),
            MaxConnections = cluster.Pool.Connections,
            MaxClusterConnections = cluster.Pool.ClusterConnections > 0 ? cluster.Pool.ClusterConnections : int.MaxValue,
            MaxIdle = cluster.Pool.Idle,
            IdleTimeout = Milliseconds(cluster.Pool.IdleTimeout, 0),
            MaxLifetime = Milliseconds(cluster.Pool.MaxLifetime, 0),
            MaxQueued = cluster.Pool.Queue,
            QueueTimeout = Milliseconds(cluster.Pool.QueueTimeout, 0),
            IsHttp2Only = protocol == UpstreamProtocol.Http2,
            MaxStreams = cluster.Pool.Streams,
            PingInterval = Milliseconds(cluster.Pool.Ping, 0),
            Retry = RetryCompiler.Compile(cluster.Retry),
            HeaderLimit = (int)cluster.HeaderLimit.Bytes,
        };
    }

    private static BreakerPlan Compile(BreakerConfig breaker)
    {
        var errors = breaker.Errors is { } e ? new ErrorRatePlan(e.Percent.Value, e.Volume, Milliseconds(e.Interval, 0), Milliseconds(e.Open, 0), e.Trials) : null;
        var most = breaker.Requests > 0 ? breaker.Requests : int.MaxValue;
        var adaptive = breaker.Adaptive is { } a ? new AdaptivePlan(Math.Min(a.Initial, most), Math.Min(a.Min, most), most, a.Tolerance) : null;
        return new BreakerPlan(breaker.Requests, breaker.EndpointRequests, breaker.Queue, Milliseconds(breaker.QueueTimeout, 0), errors, adaptive);
    }

    private static Dictionary<string, ClusterUse> UsesOf(WeirConfig config)
    {
        var uses = new Dictionary<string, ClusterUse>(StringComparer.Ordinal);
        foreach (var listener in config.Listeners.Values.Where(static l => l.Protocol != ListenerProtocol.Http))
            foreach (var cluster in listener.Streams.Select(static s => s.Forward).Append(listener.Forward).OfType<string>())
                uses[cluster] = listener.Protocol == ListenerProtocol.Udp ? ClusterUse.Datagram : ClusterUse.Stream;
        return uses;
    }

    private static StickyPlan Compile(string cluster, StickyConfig sticky) => new(
        Encoding.ASCII.GetBytes(sticky.Cookie.Length > 0 ? sticky.Cookie : "weir-endpoint-" + cluster), sticky.Cookie.Length > 0, [.. sticky.Keys.Select(static k => Encoding.UTF8.GetBytes(k.Value))],
        KeyCompiler.CookieAttributes(sticky.Path, sticky.MaxAge, sticky.SameSite));

    // A connection whose endpoint is told whom it is from serves one client, an exchange at a time; TCP is no HTTP.
    private static UpstreamProtocol ProtocolOf(ClusterConfig cluster, ClusterUse use)
        => cluster.ProxyProtocol != ProxyProtocol.Off || use != ClusterUse.Http || cluster.Endpoints.Any(static e => EndpointAddress.TryParse(e.Url, out var address, out _) && !address.IsHttp) ? UpstreamProtocol.Http1 : cluster.Protocol;

    private static int Milliseconds(TimeSpan? time, int otherwise)
        => time is { } given ? (int)Math.Min(int.MaxValue / 2, Math.Ceiling(given.TotalMilliseconds)) : otherwise;
}

/// <summary>What a route does, before its policies are known.</summary>
internal sealed record RouteAction(Forward? Forward, LocalReply? Reply, SplitPlan? Split, Maintenance? Maintenance, Fallback? Fallback);
