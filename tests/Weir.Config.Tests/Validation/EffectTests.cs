namespace Weir.Config.Tests.Validation;

/// <summary>What is written and does nothing where it stands is a warning.</summary>
public sealed class EffectTests
{
    private const string Tcp = "version: 1\nlisteners: { w: { address: \":0\", protocol: tcp, forward: c } }\n";
    private const string Udp = "version: 1\nlisteners: { w: { address: \":0\", protocol: udp, forward: c } }\n";

    [Theory]
    [InlineData("retry: { attempts: 2, on: [reset] }", "on")]
    [InlineData("retry: { methods: [GET] }", "methods")]
    [InlineData("retry: { per-try-timeout: 1s }", "per-try-timeout")]
    [InlineData("retry: { backoff: 10ms }", "backoff")]
    [InlineData("retry: { budget: 10% }", "budget")]
    [InlineData("retry: { buffer: 1KiB }", "buffer")]
    [InlineData("retry: { max-retry-after: 2s }", "max-retry-after")]
    [InlineData("retry: { hedge: 10ms }", "hedge")]
    [InlineData("header-limit: 8KiB", "header-limit")]
    [InlineData("protocol: http1", "protocol")]
    [InlineData("health: { outliers: { latency: 3 } }", "latency")]
    [InlineData("pool: { idle: 4 }", "idle")]
    [InlineData("pool: { idle-timeout: 4s }", "idle-timeout")]
    [InlineData("pool: { max-lifetime: 4s }", "max-lifetime")]
    [InlineData("pool: { streams: 4 }", "streams")]
    [InlineData("pool: { ping: 4s }", "ping")]
    [InlineData("balancer: least-time", "least-time")]
    [InlineData("breaker: { requests: 10, queue-timeout: 2s }", "queue-timeout")]
    [InlineData("retry: 2", "")]
    [InlineData("balancer: least-requests, slow-start: 0, panic-threshold: 0, connect-timeout: 1s, proxy-protocol: v2, pool: { connections: 3, cluster-connections: 4, queue: 5, queue-timeout: 1s }", "")]
    [InlineData("breaker: { requests: 10, queue: 2, queue-timeout: 2s, errors: 50% }, health: { probe: {}, outliers: { consecutive: 3, success-rate: 20%, volume: 10 } }", "")]
    public void OfAClusterOfATcpListener(string setting, string key) => Named(Tcp + "clusters: { c: { endpoints: [\"tcp://10.0.0.1:1\"], " + setting + " } }\n", key);

    [Theory]
    [InlineData("retry: { attempts: 2, on: [reset] }", "on")]
    [InlineData("header-limit: 8KiB", "header-limit")]
    [InlineData("health: { outliers: { latency: 3 } }", "latency")]
    [InlineData("balancer: least-time", "least-time")]
    [InlineData("retry: 2, slow-start: 1s, balancer: hash, health: { outliers: { consecutive: 2 } }", "")]
    public void OfAClusterOfAUdpListener(string setting, string key) => Named(Udp + "clusters: { c: { endpoints: [\"udp://10.0.0.1:1\"], " + setting + " } }\n", key);

    [Theory]
    [InlineData("pool: { streams: 4 }", "streams")]
    [InlineData("pool: { ping: 4s }", "ping")]
    [InlineData("pool: { streams: 4, ping: 4s }, protocol: http2", "")]
    [InlineData("retry: { attempts: 1, buffer: 1KiB }", "buffer")]
    [InlineData("retry: { attempts: 1, on: [reset] }", "on")]
    [InlineData("retry: { attempts: 1, per-try-timeout: 1s }", "")]
    [InlineData("retry: { per-try-timeout: 1s }", "per-try-timeout")]
    [InlineData("retry: { on: [reset, timeout], per-try-timeout: 1s }", "")]
    [InlineData("retry: { max-retry-after: 2s }", "max-retry-after")]
    [InlineData("retry: { on: [429], max-retry-after: 2s }", "")]
    [InlineData("breaker: { queue-timeout: 2s, errors: 50% }", "queue-timeout")]
    [InlineData("breaker: {}", "breaker")]
    [InlineData("health: { outliers: { success-rate: 0, volume: 10 } }", "volume")]
    public void OfAClusterOfRoutes(string setting, string key) => Named(Read.Head + "clusters: { c: { endpoints: [\"http://10.0.0.1:1\"], " + setting + " } }\nroutes: { r: { forward: c } }\n", key);

    [Theory]
    [InlineData("respond: 200, criticality: critical", "criticality")]
    [InlineData("respond: 200, timeouts: { first-byte: 1s }", "first-byte")]
    [InlineData("respond: 200, limits: { tunnels: 3 }", "tunnels")]
    [InlineData("redirect: /x, websocket: { ping: 1s }", "websocket")]
    [InlineData("respond: 200, timeouts: { total: 1s }, limits: { body: 1KiB }", "")]
    [InlineData("forward: c, criticality: critical", "criticality")]
    [InlineData("forward: limited, criticality: critical", "")]
    [InlineData("forward: by-endpoint, criticality: critical", "")]
    public void OfARoute(string route, string key)
        => Named(Read.Head + "clusters: { c: { endpoints: [\"http://a\"] }, limited: { endpoints: [\"http://a\"], breaker: { requests: 5 } }, by-endpoint: { endpoints: [\"http://a\"], breaker: { endpoint-requests: 5 } } }\nroutes: { r: { match: { path: /r }, " + route + " }, a: { match: { path: /a }, forward: c }, b: { match: { path: /b }, forward: limited }, d: { match: { path: /d }, forward: by-endpoint } }\n", key);

    [Theory]
    [InlineData("limits: { sessions: 5 }", "sessions")]
    [InlineData("timeouts: { stream-idle: 5s }", "stream-idle")]
    [InlineData("timeouts: { handshake: 5s }", "handshake")]
    [InlineData("limits: { handshakes: 5 }", "handshakes")]
    [InlineData("http2: false, limits: { streams: 5 }", "streams")]
    [InlineData("timeouts: { handshake: 5s }, proxy-protocol: true, trusted-proxies: 10.0.0.1", "")]
    [InlineData("protocol: tcp, forward: c, limits: { header: 1KiB }", "header")]
    [InlineData("protocol: tcp, forward: c, timeouts: { keep-alive: 5s }", "keep-alive")]
    [InlineData("protocol: tcp, forward: c, http2: false", "http2")]
    [InlineData("protocol: tcp, forward: c, limits: { connections: 5 }, timeouts: { stream-idle: 5s }", "")]
    public void OfAListener(string setting, string key)
        => Named("version: 1\nlisteners: { w: { address: \":0\", " + setting + " }, x: { address: \":0\", protocol: tcp, forward: c } }\nclusters: { c: { endpoints: [\"tcp://10.0.0.1:1\"] } }\n", key);

    [Fact]
    public void ZonesNeedBothSides()
    {
        const string Rest = "routes: { r: { forward: c } }\nclusters: { c: { endpoints: [\"http://a\", { url: \"http://b\", zone: z1 }, { url: \"http://c\", zone: z2 }] } }\n";
        Read.Warnings(Read.Head + Rest).ShouldBe(["4:67: no-effect: warning: where this Weir is is not said: no endpoint is preferred for its zone (zone: … at the top of the file)"]);
        Read.Warnings(Read.Head + "zone: z1\n" + Rest).ShouldBeEmpty();
        // An empty variable says that it is nowhere in particular.
        Read.Warnings(Read.Head + "zone: \"${ZONE:-}\"\n" + Rest).ShouldBeEmpty();
        Read.Warnings(Read.Head + "zone: z3\n" + Rest).ShouldBe(["3:7: no-effect: warning: no endpoint of any cluster is in the zone 'z3': none is preferred (zone: of endpoints)"]);
        Read.Warnings(Read.Head + "zone: z3\nroutes: { r: { forward: c } }\nclusters: { c: { discover: { api: {} } } }\n").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("$remote_addr", "'$remote_addr' is no variable here: it stays as it is (${client.ip})")]
    [InlineData("a $http_user_agent b", "'$http_user_agent' is no variable here: it stays as it is (${request.header.user-agent})")]
    [InlineData("$arg_q", "'$arg_q' is no variable here: it stays as it is (${request.query.q})")]
    [InlineData("$cookie_s", "'$cookie_s' is no variable here: it stays as it is (${request.cookie.s})")]
    [InlineData("$upstream_http_x_a", "'$upstream_http_x_a' is no variable here: it stays as it is (${response.header.x-a})")]
    [InlineData("$proxy_add_x_forwarded_for", "'$proxy_add_x_forwarded_for' is no variable here: it stays as it is (take it away: forwarding fields are written for every request)")]
    [InlineData("$scheme://$host", "'$scheme' is no variable here: it stays as it is (${request.scheme})")]
    [InlineData("$hosts cost 5$ or $$", null)]
    [InlineData("${request.host}", null)]
    public void VariablesOfNginxAreText(string text, string? warning)
        => Read.Warnings(Read.Head + "routes: { r: { respond: { headers: { X-A: \"" + text + "\" } } } }\n").ShouldBe(warning is null ? [] : ["3:43: literal-variable: warning: " + warning]);

    [Theory]
    [InlineData("type: grpc, path: /x", "4:70: other-type: 'path' is not for this probe: gRPC's health protocol has its own (type: http, or take 'path' away)")]
    [InlineData("type: grpc, status: 200", "4:72: other-type: 'status' is not for this probe: gRPC's health protocol has its own (type: http, or take 'status' away)")]
    [InlineData("type: grpc, body: ok", "4:70: other-type: 'body' is not for this probe: gRPC's health protocol has its own (type: http, or take 'body' away)")]
    [InlineData("service: a.B", "4:61: other-type: 'service' is not for this probe: HTTP has no services (type: grpc, or take 'service' away)")]
    [InlineData("type: grpc, service: a.B, host: x, headers: { a: b }", null)]
    public void AProbeTakesWhatItsKindHas(string probe, string? error)
        => Read.Errors(Read.Head + "clusters:\n  c: { endpoints: [\"http://a\"], health: { probe: { " + probe + " } } }\nroutes: { r: { forward: c } }\n").ShouldBe(error is null ? [] : [error]);

    [Fact]
    public void DefaultsThatAreWrittenOutAreNoMistake()
    {
        var load = Read.Valid(Tcp + "clusters: { c: { endpoints: [\"tcp://10.0.0.1:1\"], health: { probe: {} } } }\n");
        Read.Text(Weir.Config.Printing.ConfigPrinter.ToYaml(load.Config!)).Diagnostics.ShouldBeEmpty();
    }

    private static void Named(string text, string key)
    {
        Read.Errors(text).ShouldBeEmpty();
        var warnings = Read.Warnings(text);
        if (key.Length == 0) warnings.ShouldBeEmpty();
        else warnings.ShouldHaveSingleItem().ShouldMatch("no-effect: warning: .*" + key);
    }
}
