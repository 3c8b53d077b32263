using Weir.Sdk.Configuration;

namespace Weir.Policies.Deprecation;

/// <summary>Tells clients that what they use is deprecated (RFC 9745), when it goes away (RFC 8594), and where to read of it.</summary>
public sealed record DeprecationConfig
{
    /// <summary>When it became, or becomes, deprecated: a day such as 2026-01-31, or a time such as 2026-01-31T12:00:00Z. No default.</summary>
    [Required]
    public string Since { get; init; } = "";

    /// <summary>When it may go away, written as <see cref="Since"/>; not before that. Default: it is not said.</summary>
    public string? Sunset { get; init; }

    /// <summary>A page for the developers of clients, as an absolute URL. Default none.</summary>
    public string? Link { get; init; }

    /// <summary>The URL of what replaces it. Default none.</summary>
    public string? Successor { get; init; }
}
