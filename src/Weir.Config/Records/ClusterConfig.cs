namespace Weir.Config.Records;

/// <summary>A named set of endpoints.</summary>
public sealed record ClusterConfig
{
    /// <summary>Which endpoint gets a request: <c>power-of-two</c> (default), <c>least-requests</c>, <c>round-robin</c>, <c>random</c>, <c>hash</c> (by the client's address: the same one as long as it is there).</summary>
    public BalancerKind Balancer { get; init; } = BalancerKind.PowerOfTwo;

    /// <summary>The endpoints; at least one.</summary>
    [Required]
    public IReadOnlyList<EndpointConfig> Endpoints { get; init; } = [];

    /// <summary>
    /// What the endpoints speak. <c>auto</c> (default): with TLS what the endpoint chooses by ALPN, HTTP/2 or HTTP/1.1, else HTTP/1.1. <c>http1</c>: HTTP/1.1 alone.
    /// <c>http2</c>: HTTP/2 alone, without TLS by prior knowledge (h2c), as gRPC services do.
    /// </summary>
    public UpstreamProtocol Protocol { get; init; }

    /// <summary>The time in which a connection must be established, TLS and all. Default 5s. Later: the next endpoint, else 504, <c>connect-timeout</c>.</summary>
    [Bounds(1, 3_600_000)]
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Connections to the endpoints.</summary>
    public PoolConfig Pool { get; init; } = new();

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

public enum BalancerKind : byte { PowerOfTwo, LeastRequests, RoundRobin, Random, Hash }

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
}

/// <summary>Connections to a cluster's endpoints. Numbers are for the whole process.</summary>
public sealed record PoolConfig
{
    /// <summary>Connections per endpoint. Default 1024. At the limit requests wait in one queue per cluster.</summary>
    [Bounds(1, 1_000_000)]
    public int Connections { get; init; } = 1024;

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
