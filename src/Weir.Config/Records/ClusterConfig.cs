using Weir.Sdk.Discovery;

namespace Weir.Config.Records;

/// <summary>A named set of endpoints.</summary>
public sealed record ClusterConfig
{
    /// <summary>Which endpoint gets a request: <c>power-of-two</c> (default), <c>least-requests</c>, <c>round-robin</c>, <c>random</c>, <c>least-time</c> (the one that is expected to answer first), <c>hash</c> (the same one for the same key; see <see cref="Hash"/>).</summary>
    public BalancerKind Balancer { get; init; } = BalancerKind.PowerOfTwo;

    /// <summary>What <c>balancer: hash</c> goes by.</summary>
    public HashConfig Hash { get; init; } = new();

    /// <summary>Clients keep their endpoint, by a signed cookie. Default: they do not.</summary>
    public StickyConfig? Sticky { get; init; }

    /// <summary>The time in which an endpoint that comes to the others, or recovers, is given its full share of requests. Default 10s. 0 for at once.</summary>
    [Bounds(0, 3_600_000)]
    public TimeSpan SlowStart { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>When a smaller part of the endpoints than this is healthy and those cannot carry the load, health is not looked at any more: the few would only fail too. Default 50%. 0 for never.</summary>
    [Bounds(0, 100)]
    public Percent PanicThreshold { get; init; } = new(50);

    /// <summary>The endpoints; at least one, unless <see cref="Discover"/> finds them.</summary>
    public IReadOnlyList<EndpointConfig> Endpoints { get; init; } = [];

    /// <summary>Where endpoints are found while Weir runs, beside those that are listed. Default: nowhere.</summary>
    public DiscoverConfig? Discover { get; init; }

    /// <summary>
    /// What the endpoints speak. <c>auto</c> (default): with TLS what the endpoint chooses by ALPN, HTTP/2 or HTTP/1.1, else HTTP/1.1. <c>http1</c>: HTTP/1.1 alone.
    /// <c>http2</c>: HTTP/2 alone, without TLS by prior knowledge (h2c), as gRPC services do.
    /// </summary>
    public UpstreamProtocol Protocol { get; init; }

    /// <summary>The time in which a connection must be established, TLS and all. Default 5s. Later: the next endpoint, else 504, <c>connect-timeout</c>.</summary>
    [Bounds(1, 3_600_000)]
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What keeps the endpoints from more than they can do: limits of requests in flight, and a breaker. Default: nothing but <c>pool</c>.</summary>
    public BreakerConfig? Breaker { get; init; }

    /// <summary>Connections to the endpoints.</summary>
    public PoolConfig Pool { get; init; } = new();

    /// <summary>Probes and outlier detection.</summary>
    public HealthConfig Health { get; init; } = new();

    /// <summary>What is tried again. A route may have its own.</summary>
    public RetryConfig Retry { get; init; } = new();

    /// <summary>TLS to endpoints that are written <c>https://</c>.</summary>
    public ClusterTlsConfig Tls { get; init; } = new();

    /// <summary>
    /// Connections to the endpoints begin with a header of the PROXY protocol, <c>v1</c> or <c>v2</c>, which says whom they are from. Each
    /// then serves only the client's connection that it was opened for. Default <c>off</c>.
    /// </summary>
    public ProxyProtocol ProxyProtocol { get; init; }

    /// <summary>Size of a response's head. Default 64KiB. Larger: 502, <c>upstream-header-too-large</c>.</summary>
    [Bounds(1024, 262_144)]
    public ByteSize HeaderLimit { get; init; } = ByteSize.KiB(64);
}

public enum BalancerKind : byte { PowerOfTwo, LeastRequests, RoundRobin, Random, Hash, LeastTime }

/// <summary>The key that decides which endpoint a request goes to. A request without it is decided by the client's address.</summary>
[Shorthand(nameof(By))]
public sealed record HashConfig
{
    /// <summary><c>client</c> (default) for the client's address, <c>header</c>, <c>cookie</c> or <c>query</c> for the value of <see cref="Name"/>.</summary>
    public HashKeySource By { get; init; }

    /// <summary>The name of the header field, cookie or query parameter.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// <c>maglev</c> (default): the most even shares, at a cost that does not grow with the endpoints; when one goes, a few keys of others move too
    /// (Eisenbud et al., "Maglev", NSDI 2016). <c>ring</c>: only keys of the one that goes move, and the load may be bounded.
    /// </summary>
    public HashTableKind Table { get; init; }

    /// <summary>With <c>table: ring</c>: an endpoint with more than so many times its share of the requests in flight passes new ones on to the next (Mirrokni et al., "Consistent Hashing with Bounded Loads", 2016). Default 0, no bound; 1.25 is usual.</summary>
    [Bounds(0, 100)]
    public double MaxLoad { get; init; }
}

public enum HashKeySource : byte { Client, Header, Cookie, Query }

public enum HashTableKind : byte { Maglev, Ring }

/// <summary>
/// A cookie says which endpoint a client was answered by, and its next requests go there, as long as it is there and healthy; one that is
/// drained keeps its clients. When it is not, another takes over and the cookie is replaced. It holds a number that is made from the endpoint's URL,
/// and a signature (HMAC-SHA256).
/// </summary>
public sealed record StickyConfig
{
    /// <summary>The cookie's name. Default: <c>weir-endpoint-</c> and the cluster's name, and for a subset of it something more, so that clients keep an endpoint of each.</summary>
    public string Cookie { get; init; } = "";

    /// <summary>Secrets of at least 16 bytes: the first signs, all are honoured, so that a new one can be put in front. All Weirs of a fleet have the same. <c>openssl rand -hex 32</c></summary>
    [Required]
    [OneOrMany]
    public IReadOnlyList<Secret> Keys { get; init; } = [];

    /// <summary>How long the client keeps it. Default 0: until the browser is closed.</summary>
    [Bounds(0, 31_536_000_000)]
    public TimeSpan MaxAge { get; init; }

    /// <summary>The path that the cookie is sent for. Default /.</summary>
    public string Path { get; init; } = "/";

    /// <summary>Whether the cookie is sent with requests that come from other sites: <c>lax</c> (default), <c>strict</c>, <c>none</c> (for embedded use; over TLS alone).</summary>
    public SameSite SameSite { get; init; }
}

public enum SameSite : byte { Lax, Strict, None }

public enum UpstreamProtocol : byte { Auto, Http1, Http2 }

public enum ProxyProtocol : byte { Off, V1, V2 }

/// <summary>One address that can serve.</summary>
[Shorthand(nameof(Url))]
public sealed record EndpointConfig
{
    /// <summary><c>http://10.0.0.1:8080</c>, <c>http://name:8080</c> (resolved off the loop), <c>https://name</c> (TLS), <c>unix:/run/app.sock</c>; for tcp listeners <c>tcp://10.0.0.1:5432</c> or <c>tls://name:5432</c>; for udp listeners <c>udp://10.0.0.1:53</c>. No path, query or userinfo.</summary>
    [Required]
    public string Url { get; init; } = "";

    /// <summary>Share of requests relative to the others. Default 1. 0 takes no new requests.</summary>
    [Bounds(0, 1000)]
    public int Weight { get; init; } = 1;

    /// <summary>Endpoints with a higher number get requests when those with lower ones are not healthy enough: from 71 per cent of them downwards, more and more. Default 0, the first.</summary>
    [Bounds(0, 15)]
    public int Priority { get; init; }

    /// <summary>Where it is, as <c>zone</c> of the whole file says where this Weir is: those of the same zone are preferred as far as they can carry their part. Default: nowhere in particular.</summary>
    public string? Zone { get; init; }

    /// <summary>What routes may choose endpoints by: see <c>subset</c> of <c>forward</c>.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = Map<string>.Empty;

    /// <summary>As a source says it that found it.</summary>
    public FoundEndpoint ToFound() => new(Url) { Weight = Weight, Priority = Priority, Zone = Zone, Labels = Labels };
}

/// <summary>Connections to a cluster's endpoints. Numbers are for the whole process.</summary>
public sealed record PoolConfig
{
    /// <summary>Connections per endpoint. Default 1024. At the limit requests wait in one queue per cluster.</summary>
    [Bounds(1, 1_000_000)]
    public int Connections { get; init; } = 1024;

    /// <summary>Connections to all endpoints of the cluster together, for what they share: a database, a licence. At the limit requests wait as at that of one endpoint. Default 0, no limit.</summary>
    [Bounds(0, 1_000_000)]
    public int ClusterConnections { get; init; }

    /// <summary>Idle connections that each loop keeps to an endpoint. Default 256.</summary>
    [Bounds(0, 1_000_000)]
    public int Idle { get; init; } = 256;

    /// <summary>An idle connection is closed after this. Default 55s, just under the 60s that many origins keep.</summary>
    [Bounds(0, 86_400_000)]
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(55);

    /// <summary>A connection is not used again after this. Default 1h. 0 for no limit.</summary>
    [Bounds(0, 86_400_000)]
    public TimeSpan MaxLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>HTTP/2: requests at once on one connection. Default 100, and no more than the endpoint allows. When all are in use another connection is opened.</summary>
    [Bounds(1, 100_000)]
    public int Streams { get; init; } = 100;

    /// <summary>HTTP/2: a connection in use on which nothing came for so long is asked for a sign of life (PING); without an answer within <c>connect-timeout</c> its requests fail. Default 0: never. gRPC servers allow one in 5 minutes.</summary>
    [Bounds(0, 86_400_000)]
    public TimeSpan Ping { get; init; }

    /// <summary>Requests that may wait for a connection. Default 1024. More: 503, <c>queue-full</c>.</summary>
    [Bounds(0, 1_000_000)]
    public int Queue { get; init; } = 1024;

    /// <summary>How long a request may wait for a connection. Default 5s. Longer: 503, <c>queue-timeout</c>.</summary>
    [Bounds(1, 3_600_000)]
    public TimeSpan QueueTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
