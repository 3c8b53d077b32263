using Weir.Sdk.Configuration;

namespace Weir.Policies.SecurityHeaders;

/// <summary>Adds the response fields that browsers protect their users by. Without configuration it adds the first four.</summary>
public sealed record SecurityHeadersConfig
{
    /// <summary>Replace what the origin says. Default false: a field that the origin set stays as it is.</summary>
    public bool Override { get; init; }

    /// <summary><c>X-Content-Type-Options: nosniff</c>. Default true.</summary>
    public bool ContentTypeOptions { get; init; } = true;

    /// <summary><c>X-Frame-Options</c>: <c>same-origin</c> (default), <c>deny</c> or <c>off</c>.</summary>
    public FrameOptions FrameOptions { get; init; } = FrameOptions.SameOrigin;

    /// <summary><c>Referrer-Policy</c>, one or more of its tokens with commas; empty for none. Default strict-origin-when-cross-origin.</summary>
    public string ReferrerPolicy { get; init; } = "strict-origin-when-cross-origin";

    /// <summary><c>Strict-Transport-Security</c>, to https clients only (RFC 6797 §7.2).</summary>
    public StrictTransportConfig StrictTransportSecurity { get; init; } = new();

    /// <summary><c>Permissions-Policy</c>, as it is to be sent. Default none.</summary>
    public string? PermissionsPolicy { get; init; }

    /// <summary><c>Content-Security-Policy</c>, as it is to be sent. Default none: only the application knows its sources.</summary>
    public string? ContentSecurityPolicy { get; init; }
}

/// <summary>What X-Frame-Options says.</summary>
public enum FrameOptions : byte { SameOrigin, Deny, Off }

/// <summary>What Strict-Transport-Security says. Hazard: browsers remember it for all of max-age and refuse http meanwhile.</summary>
public sealed record StrictTransportConfig
{
    /// <summary>Send the field. Default true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>How long browsers remember. Default 8760h, a year. 0 makes them forget.</summary>
    [Bounds(0, 315_360_000_000)]
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(365);

    /// <summary>Subdomains too. Default false.</summary>
    public bool IncludeSubdomains { get; init; }

    /// <summary>Consent to the browsers' built-in lists. Default false. Without a year and subdomains: a warning, the lists will not take it.</summary>
    public bool Preload { get; init; }
}
