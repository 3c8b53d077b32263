namespace Weir.Config.Records;

/// <summary>An address that Weir accepts on.</summary>
[Shorthand(nameof(Address))]
public sealed record ListenerConfig
{
    /// <summary><c>host:port</c> (<c>0.0.0.0:8080</c>, <c>[::]:8080</c>, <c>:8080</c> for all of both families) or <c>unix:/path</c>.</summary>
    [Required]
    public string Address { get; init; } = "";

    /// <summary>What it speaks: <c>http</c> (default), or <c>tcp</c> or <c>udp</c>, which pass connections or datagrams on as they are.</summary>
    public ListenerProtocol Protocol { get; init; } = ListenerProtocol.Http;

    /// <summary>With <c>protocol: tcp</c>: the cluster of connections that no entry of <c>streams</c> takes. Default: they are closed, <c>no-stream</c>. With <c>protocol: udp</c>: the cluster, required.</summary>
    public string? Forward { get; init; }

    /// <summary>With <c>protocol: tcp</c>: connections that go to other clusters, by what their TLS handshake asks for. The first entry that matches counts. Without <c>tls</c> the handshake is only looked at, and ends at the endpoint.</summary>
    public IReadOnlyList<StreamConfig> Streams { get; init; } = [];

    /// <summary>TLS on this listener. Default: none, it speaks plain text.</summary>
    public ListenerTlsConfig? Tls { get; init; }

    /// <summary>Routes that this listener serves, by name. Default: all.</summary>
    public IReadOnlyList<string>? Routes { get; init; }

    /// <summary>Clients may speak HTTP/2 beside HTTP/1.1: those of TLS choose by ALPN, others begin with it (prior knowledge). Default true.</summary>
    public bool Http2 { get; init; } = true;

    /// <summary>Policies that run before all others on this listener.</summary>
    public IReadOnlyList<PolicyConfig> Policies { get; init; } = [];

    /// <summary>Replaces the top-level trusted proxies for this listener.</summary>
    [OneOrMany]
    public IReadOnlyList<string>? TrustedProxies { get; init; }

    /// <summary>Trusted proxies begin every connection with a header of the PROXY protocol, version 1 or 2, which says whom it is from; without one it is closed. What others send is taken for a request. Default false.</summary>
    public bool ProxyProtocol { get; init; }

    /// <summary>Limits of what a client may send and hold.</summary>
    public ListenerLimitsConfig Limits { get; init; } = new();

    /// <summary>How long a client may take.</summary>
    public ListenerTimeoutsConfig Timeouts { get; init; } = new();

    /// <summary>Pending connections that the kernel keeps. Default 4096 (the kernel's own cap applies).</summary>
    [Bounds(1, 1_000_000)]
    public int Backlog { get; init; } = 4096;
}

/// <summary>Limits of what a client may send and hold, per listener.</summary>
public sealed record ListenerLimitsConfig
{
    /// <summary>Connections open at once, in the whole process. Default 100000. More are closed at once: <c>too-many-connections</c>.</summary>
    [Bounds(1, 10_000_000)]
    public int Connections { get; init; } = 100_000;

    /// <summary>Connections open at once from one address (IPv6: one /64). Default 0: no limit. Trusted proxies are exempt.</summary>
    [Bounds(0, 10_000_000)]
    public int ConnectionsPerAddress { get; init; }

    /// <summary>
    /// With <c>protocol: udp</c>: sessions at once, in the whole process. Each holds a descriptor and a port. Default 20000. Datagrams of more clients are dropped, <c>too-many-sessions</c>.
    /// </summary>
    [Bounds(1, 1_000_000)]
    public int Sessions { get; init; } = 20_000;

    /// <summary>With <c>protocol: udp</c>: sessions at once of one address (IPv6: one /64). Default 0: no limit. More: <c>too-many-sessions-from-address</c>. Trusted proxies are exempt.</summary>
    [Bounds(0, 1_000_000)]
    public int SessionsPerAddress { get; init; }

    /// <summary>With <c>protocol: udp</c>: datagrams of a client in one session; the next begins another, with its own choice of endpoint. Default 0: no limit.</summary>
    [Bounds(0, 1_000_000_000)]
    public int RequestsPerSession { get; init; }

    /// <summary>With <c>protocol: udp</c>: datagrams that the endpoint answers to each one of the client. A session whose answers have all come is over. Default 0: not known, it ends when it is idle.</summary>
    [Bounds(0, 1_000_000)]
    public int ResponsesPerRequest { get; init; }

    /// <summary>TLS handshakes under way at once on each loop. Default 1000. More connections are closed at once: <c>too-many-handshakes</c>.</summary>
    [Bounds(1, 1_000_000)]
    public int Handshakes { get; init; } = 1000;

    /// <summary>Length of the request line. Default 8KiB. Longer: 414, <c>request-line-too-long</c>.</summary>
    [Bounds(64, 65_536)]
    public ByteSize RequestLine { get; init; } = ByteSize.KiB(8);

    /// <summary>Size of a request's head, line and fields. Default 32KiB. Larger: 431, <c>header-too-large</c>.</summary>
    [Bounds(256, 262_144)]
    public ByteSize Header { get; init; } = ByteSize.KiB(32);

    /// <summary>Number of header fields. Default 100. More: 431, <c>too-many-fields</c>.</summary>
    [Bounds(1, 1000)]
    public int Fields { get; init; } = 100;

    /// <summary>HTTP/2: requests at once on one connection. Default 128. More are refused with REFUSED_STREAM, <c>too-many-streams</c>: the client may ask again (RFC 9113 section 5.1.2).</summary>
    [Bounds(1, 10_000)]
    public int Streams { get; init; } = 128;

    /// <summary>HTTP/2: bytes of a request's body that a client may send before they are wanted (RFC 9113 section 5.2). A connection holds at most <c>streams</c> times this. Default 64KiB.</summary>
    [Bounds(65_536, 16_777_216)]
    public ByteSize StreamWindow { get; init; } = ByteSize.KiB(64);

    /// <summary>Requests on one connection before it is closed in good order. Default 0: no limit.</summary>
    [Bounds(0, 1_000_000_000)]
    public int RequestsPerConnection { get; init; }
}

/// <summary>How long a client may take, per listener.</summary>
public sealed record ListenerTimeoutsConfig
{
    /// <summary>From accept to the end of a TLS handshake. Default 10s. Later: the connection is closed, <c>tls-handshake-timeout</c>.</summary>
    [Bounds(10, 3_600_000)]
    public TimeSpan Handshake { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From a request's first byte (the first request: from accept) to the end of its head. Default 10s. Later: 408, <c>header-timeout</c>.</summary>
    [Bounds(10, 3_600_000)]
    public TimeSpan Header { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Idle time between requests. Default 75s. Then the connection is closed.</summary>
    [Bounds(0, 86_400_000)]
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>With <c>protocol: tcp</c>: no byte in either direction for so long. Default 10m. Longer: the connection is closed, <c>stream-idle-timeout</c>.</summary>
    [Bounds(100, 86_400_000)]
    public TimeSpan StreamIdle { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>With <c>protocol: udp</c>: no datagram in either direction for so long. Default 1m. Then the session is over.</summary>
    [Bounds(10, 86_400_000)]
    public TimeSpan SessionIdle { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Time in which a client must take some bytes of a response. Default 30s. Longer: the connection is reset, <c>client-too-slow</c>.</summary>
    [Bounds(10, 3_600_000)]
    public TimeSpan Write { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long unread request bytes are drained after a refusal, so that the client can read the reply. Default 1s.</summary>
    [Bounds(0, 60_000)]
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>Timeouts of an exchange, on a route or in the defaults. A route's value replaces the default one by one.</summary>
public sealed record ExchangeTimeoutsConfig
{
    /// <summary>What the defaults are where the file says nothing; put into the defaults at load.</summary>
    public static ExchangeTimeoutsConfig Standard { get; } = new()
    {
        FirstByte = TimeSpan.FromSeconds(60),
        Idle = TimeSpan.FromSeconds(60),
        BodyIdle = TimeSpan.FromSeconds(30),
        Total = TimeSpan.Zero,
        Tunnel = TimeSpan.FromHours(1),
    };

    /// <summary>From the end of the request to the first byte of the response's head. Default 60s. Later: 504, <c>upstream-timeout</c>.</summary>
    [Bounds(1, 86_400_000)]
    public TimeSpan? FirstByte { get; init; }

    /// <summary>Between two reads of a response's body. Default 60s. Longer: the response is cut, <c>upstream-idle-timeout</c>.</summary>
    [Bounds(1, 86_400_000)]
    public TimeSpan? Idle { get; init; }

    /// <summary>Between two reads of a request's body. Default 30s. Longer: 408, <c>body-timeout</c>.</summary>
    [Bounds(10, 86_400_000)]
    public TimeSpan? BodyIdle { get; init; }

    /// <summary>The exchange as a whole, from the end of the request's head. Default 0: no limit. Later: 504, or the response is cut.</summary>
    [Bounds(0, 86_400_000)]
    public TimeSpan? Total { get; init; }

    /// <summary>An upgraded connection (WebSocket) with no byte in either direction. Default 1h. Longer: both sides are closed, <c>tunnel-idle-timeout</c>.</summary>
    [Bounds(100, 86_400_000)]
    public TimeSpan? Tunnel { get; init; }
}

/// <summary>Limits of an exchange, on a route or in the defaults.</summary>
public sealed record ExchangeLimitsConfig
{
    /// <summary>What the defaults are where the file says nothing; put into the defaults at load.</summary>
    public static ExchangeLimitsConfig Standard { get; } = new() { Body = ByteSize.MiB(10), BodyRate = new ByteSize(240), Tunnels = 0 };

    /// <summary>Size of a request's body. Default 10MiB. Larger: 413, <c>body-too-large</c>. 0 for no limit.</summary>
    [Bounds(0, 1L << 50)]
    public ByteSize? Body { get; init; }

    /// <summary>The slowest a request's body may come, in bytes a second, judged over any 5 seconds after the first 5. Default 240. Slower: 408, <c>body-too-slow</c>. 0 for no limit.</summary>
    [Bounds(0, 1L << 30)]
    public ByteSize? BodyRate { get; init; }

    /// <summary>Upgraded connections (WebSocket) of a route at once, in the whole process. Default 0: no limit. More: 503, <c>too-many-tunnels</c>.</summary>
    [Bounds(0, 10_000_000)]
    public int? Tunnels { get; init; }
}
