namespace Weir.Config.Records;

/// <summary>What a listener speaks.</summary>
public enum ListenerProtocol : byte
{
    /// <summary>HTTP: requests are matched by routes.</summary>
    Http,

    /// <summary>TCP: connections are passed on as they are.</summary>
    Tcp,

    /// <summary>UDP: datagrams are passed on as they are.</summary>
    Udp,
}

/// <summary>Connections of a listener with <c>protocol: tcp</c> that go to another cluster, by what their TLS handshake asks for.</summary>
public sealed record StreamConfig
{
    /// <summary>Server names (SNI), exact or <c>*.</c> for one label. Default any.</summary>
    [OneOrMany]
    public IReadOnlyList<string> Sni { get; init; } = [];

    /// <summary>Protocols (ALPN), of which the client must offer one. Default any.</summary>
    [OneOrMany]
    public IReadOnlyList<string> Alpn { get; init; } = [];

    /// <summary>The cluster.</summary>
    [Required]
    public string Forward { get; init; } = "";
}
