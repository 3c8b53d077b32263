using Weir.Sdk.Configuration;

namespace Weir.Policies.HttpsRedirect;

/// <summary>Sends clients that came by http to the same address by https. What came by https goes on.</summary>
[Shorthand(nameof(Port))]
public sealed record HttpsRedirectConfig
{
    /// <summary>The port of https, as clients see it. Default 443, which is not written.</summary>
    [Bounds(1, 65_535)]
    public int Port { get; init; } = 443;

    /// <summary>308 (default) and 307 keep method and body; 301 and 302 make most clients send GET. 301 and 308 are kept by caches and browsers (RFC 9110 §15.4).</summary>
    [Bounds(301, 308)]
    public int Status { get; init; } = 308;
}
