namespace Weir.Config.Records;

/// <summary>Where a cluster's endpoints are found, beside those that are listed: exactly one of these.</summary>
public sealed record DiscoverConfig
{
    /// <summary>By names of DNS, asked for again as their TTL says.</summary>
    public DnsDiscoveryConfig? Dns { get; init; }

    /// <summary>In a file with a list of endpoints (YAML or JSON), which is watched. A relative path starts at the folder of the configuration's first file.</summary>
    public string? File { get; init; }

    /// <summary>They are set by <c>PUT /v1/clusters/NAME/endpoints</c>.</summary>
    public ApiDiscoveryConfig? Api { get; init; }
}

/// <summary>Endpoints that the control API sets. Nothing is to be said about it: <c>api: {}</c>.</summary>
public sealed record ApiDiscoveryConfig;

/// <summary>Each address of a name, or each target of a service, is an endpoint. A scalar is taken for <c>name</c>.</summary>
[Shorthand(nameof(Name))]
public sealed record DnsDiscoveryConfig
{
    /// <summary>The name: <c>shop.internal</c>, for <c>type: srv</c> <c>_http._tcp.shop.internal</c>. One that ends in a dot is never looked for in the <c>search</c> domains of <c>/etc/resolv.conf</c>.</summary>
    [Required]
    public string Name { get; init; } = "";

    /// <summary>What is asked for: <c>any</c> (default) for IPv4 and IPv6 addresses, <c>a</c> or <c>aaaa</c> for one of them, <c>srv</c> for services (RFC 2782), which say port, priority and weight too.</summary>
    public DnsRecordKind Type { get; init; }

    /// <summary>The endpoints' port, 1 to 65535. Default 80, with <c>https</c> 443. Not with <c>type: srv</c>.</summary>
    [Bounds(1, 65_535)]
    public int? Port { get; init; }

    /// <summary>How the endpoints are spoken to: <c>http</c> (default), <c>https</c>; for tcp listeners <c>tcp</c>, <c>tls</c>; for udp listeners <c>udp</c>.</summary>
    public EndpointScheme Scheme { get; init; }

    /// <summary>DNS servers, <c>10.0.0.2</c> or <c>10.0.0.2:5353</c>, asked in order. Default: those of <c>/etc/resolv.conf</c>, with its <c>search</c>, and <c>/etc/hosts</c> before them.</summary>
    [OneOrMany]
    public IReadOnlyList<string> Servers { get; init; } = [];

    /// <summary>How long a server may take for an answer. Default 2s. Each is asked twice.</summary>
    [Bounds(10, 60_000)]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Answers are good for at least this, whatever their TTL. Default 1s.</summary>
    [Bounds(10, 86_400_000)]
    public TimeSpan MinTtl { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Answers are asked for again after this at the latest, whatever their TTL. Default 1h.</summary>
    [Bounds(10, 86_400_000)]
    public TimeSpan MaxTtl { get; init; } = TimeSpan.FromHours(1);

    /// <summary>When DNS says that there is no such name, or nothing behind it, the endpoints of before stay for so long. Default 30s. While DNS fails or does not answer, they stay without an end.</summary>
    [Bounds(0, 86_400_000)]
    public TimeSpan Hold { get; init; } = TimeSpan.FromSeconds(30);
}

public enum DnsRecordKind : byte { Any, A, Aaaa, Srv }

public enum EndpointScheme : byte { Http, Https, Tcp, Tls, Udp }
