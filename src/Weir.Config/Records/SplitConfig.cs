namespace Weir.Config.Records;

/// <summary>
/// Action: send shares of a route's requests to several clusters. A request has one of 10,000 slots, by what it is hashed by or by its
/// client's cookie, and every slot has an arm: a change of weights moves only slots that must move.
/// </summary>
public sealed record SplitConfig
{
    /// <summary>What a slot is made from: <c>client</c> (default) for the client's address, <c>header</c>, <c>cookie</c> or <c>query</c> for the value of <see cref="Name"/>; of a request without it, the address.</summary>
    public HashKeySource By { get; init; }

    /// <summary>The name of the header field, cookie or query parameter.</summary>
    public string? Name { get; init; }

    /// <summary>Mixed into the hash: routes with the same seed give a client the same slot. Default: the route's name.</summary>
    public string? Seed { get; init; }

    /// <summary>Draw a client's slot by lot and keep it in a cookie of its own, instead of hashing.</summary>
    public SlotCookieConfig? Sticky { get; init; }

    /// <summary>The arms by name, 2 to 64; what the others leave is the first one's.</summary>
    [Required]
    public IReadOnlyDictionary<string, SplitArmConfig> Arms { get; init; } = Map<SplitArmConfig>.Empty;
}

/// <summary>One way of a split.</summary>
public sealed record SplitArmConfig
{
    /// <summary>Its share, to that of the others. Default 0: testers alone.</summary>
    [Bounds(0, 1_000_000)]
    public int Weight { get; init; }

    /// <summary>An expression: requests for which it is true take this arm, whatever its weight; the first arm that wants a request has it. Default: nobody.</summary>
    public string? When { get; init; }

    /// <summary>Policies of this arm, after those of its route.</summary>
    public IReadOnlyList<PolicyConfig> Policies { get; init; } = [];

    /// <summary>Where its requests go.</summary>
    [Required]
    public ForwardConfig Forward { get; init; } = new();
}

/// <summary>A cookie that keeps a client's slot: a number and a signature (HMAC-SHA256). Clients that keep no cookies are drawn anew each time.</summary>
public sealed record SlotCookieConfig
{
    /// <summary>The cookie's name. Default weir-split.</summary>
    public string Cookie { get; init; } = "weir-split";

    /// <summary>Secrets of at least 16 bytes: the first signs, all are honoured, so that a new one can be put in front. All Weirs of a fleet have the same. <c>openssl rand -hex 32</c></summary>
    [Required]
    [OneOrMany]
    public IReadOnlyList<Secret> Keys { get; init; } = [];

    /// <summary>How long the client keeps it. Default 30d; 0 until the browser is closed.</summary>
    [Bounds(0, 31_536_000_000)]
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(30);

    /// <summary>The path that the cookie is sent for. Default /.</summary>
    public string Path { get; init; } = "/";

    /// <summary>Whether the cookie is sent with requests that come from other sites: <c>lax</c> (default), <c>strict</c>, <c>none</c> (for embedded use; over TLS alone).</summary>
    public SameSite SameSite { get; init; }
}

/// <summary>Requests are answered here instead of going on, but for those of clients that may try. A scalar is taken for <c>on</c>.</summary>
[Shorthand(nameof(On))]
public sealed record MaintenanceConfig
{
    /// <summary>Whether it holds. Default true; false keeps the rest at hand for <c>weir maintenance</c>, and takes a route out of the defaults' maintenance.</summary>
    public bool On { get; init; } = true;

    /// <summary>Status, 400 to 599. Default 503.</summary>
    [Bounds(400, 599)]
    public int Status { get; init; } = 503;

    /// <summary>What Retry-After tells clients, in whole seconds. Default 5m; 0 for no such field.</summary>
    [Bounds(0, 31_536_000_000)]
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Body, a template. Default: problem+json.</summary>
    public string? Body { get; init; }

    /// <summary>Content-Type of the body. Default text/html; charset=utf-8.</summary>
    public string ContentType { get; init; } = "text/html; charset=utf-8";

    /// <summary>Client addresses or CIDR blocks that go on as if there were no maintenance. Default none.</summary>
    [OneOrMany]
    public IReadOnlyList<string> Allow { get; init; } = [];
}
