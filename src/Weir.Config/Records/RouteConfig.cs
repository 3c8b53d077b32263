namespace Weir.Config.Records;

/// <summary>A match plus what to do with what it matches. Exactly one action: forward, split, respond or redirect.</summary>
public sealed record RouteConfig
{
    /// <summary>Which requests. Default: every request.</summary>
    public MatchConfig Match { get; init; } = new();

    /// <summary>Decides between routes that are equally specific: higher wins. Default 0.</summary>
    public int Priority { get; init; }

    /// <summary>Policies of this route, after the inherited ones.</summary>
    public IReadOnlyList<PolicyConfig> Policies { get; init; } = [];

    /// <summary>False cuts the policies of the listener and the defaults. Default true.</summary>
    public bool Inherit { get; init; } = true;

    /// <summary>Action: send the request to a cluster and its response back.</summary>
    public ForwardConfig? Forward { get; init; }

    /// <summary>Action: send shares of the requests to several clusters.</summary>
    public SplitConfig? Split { get; init; }

    /// <summary>Action: answer from here.</summary>
    public RespondConfig? Respond { get; init; }

    /// <summary>Action: send the client elsewhere.</summary>
    public RedirectConfig? Redirect { get; init; }

    /// <summary>How much its requests matter when a cluster is at its limit (see <c>breaker</c>): <c>standard</c> (default), <c>critical</c> or <c>sheddable</c>.</summary>
    public Criticality Criticality { get; init; }

    /// <summary>What stands in when the forward comes to nothing: no endpoint, an open breaker, no connection or answer. Default: the refusal.</summary>
    public FallbackConfig? Fallback { get; init; }

    /// <summary>Answer 503 instead of the action. Default: what the defaults say, which is no maintenance.</summary>
    public MaintenanceConfig? Maintenance { get; init; }

    /// <summary>Answer OPTIONS with 204 and <c>Allow</c> when no route of this path takes OPTIONS itself. Default false.</summary>
    public bool AutomaticOptions { get; init; }

    /// <summary>Replaces the defaults' timeouts one by one.</summary>
    public ExchangeTimeoutsConfig Timeouts { get; init; } = new();

    /// <summary>Replaces the defaults' limits one by one.</summary>
    public ExchangeLimitsConfig Limits { get; init; } = new();

    /// <summary>Replaces the defaults' care for WebSockets one by one.</summary>
    public WebsocketConfig Websocket { get; init; } = new();

    /// <summary>What is tried again, in place of all that the cluster's <c>retry</c> says; its budget is the cluster's count. Default the cluster's.</summary>
    public RetryConfig? Retry { get; init; }
}

/// <summary>Which requests a route takes. Everything given must hold; of a list, one entry must hold.</summary>
public sealed record MatchConfig
{
    /// <summary><c>api.example.com</c>, <c>*.example.com</c> (one label or more), or <c>*</c>. Default any. The port is not looked at.</summary>
    [OneOrMany]
    public IReadOnlyList<string> Host { get; init; } = [];

    /// <summary>
    /// <c>/exact</c>, <c>/prefix/**</c> (by segment: also <c>/prefix</c> itself), <c>/users/{id}/orders</c>, <c>/one/*/segment</c>,
    /// <c>/files/{rest**}</c>, or <c>~ ^/regex(?&lt;name&gt;…)$</c> (non-backtracking, over the whole normalised path). Default any.
    /// </summary>
    [OneOrMany]
    public IReadOnlyList<string> Path { get; init; } = [];

    /// <summary>Methods. Default any. GET does not take HEAD along unless it is listed, but see docs/routes.md for automatic HEAD.</summary>
    [OneOrMany]
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>Header fields by name; see <see cref="ValueMatchConfig"/>.</summary>
    public IReadOnlyDictionary<string, ValueMatchConfig> Headers { get; init; } = Map<ValueMatchConfig>.Empty;

    /// <summary>Query parameters by name (case-sensitive, decoded); see <see cref="ValueMatchConfig"/>.</summary>
    public IReadOnlyDictionary<string, ValueMatchConfig> Query { get; init; } = Map<ValueMatchConfig>.Empty;

    /// <summary>Client addresses or CIDR blocks.</summary>
    [OneOrMany]
    public IReadOnlyList<string> Client { get; init; } = [];
}

/// <summary>What a header field or query parameter must be. A scalar is taken for <c>exact</c>. Exactly one member.</summary>
[Shorthand(nameof(Exact))]
public sealed record ValueMatchConfig
{
    /// <summary>Equal, byte by byte.</summary>
    public string? Exact { get; init; }

    /// <summary>Starts with.</summary>
    public string? Prefix { get; init; }

    /// <summary>Matches a non-backtracking regular expression anywhere; anchor it yourself.</summary>
    public string? Regex { get; init; }

    /// <summary>Is there (true) or is not (false), whatever its value.</summary>
    public bool? Present { get; init; }
}

/// <summary>Action: send the request to a cluster.</summary>
[Shorthand(nameof(Cluster))]
public sealed record ForwardConfig
{
    /// <summary>The cluster's name.</summary>
    [Required]
    public string Cluster { get; init; } = "";

    /// <summary>Labels that an endpoint must have to be chosen. Default: any endpoint.</summary>
    public IReadOnlyDictionary<string, string> Subset { get; init; } = Map<string>.Empty;

    /// <summary>The Host that origins see: <c>client</c> (default) for what the client sent, <c>endpoint</c> for the endpoint's own, or a literal host.</summary>
    public string Host { get; init; } = "client";

    /// <summary>Protocols that requests may switch to by Upgrade. Default websocket. An empty list for none; h2c is refused, since its requests would pass unseen.</summary>
    [OneOrMany]
    public IReadOnlyList<string> Upgrade { get; init; } = ["websocket"];

    /// <summary>Translate gRPC-Web, which browsers speak, to gRPC. Default false: it is passed on as it is, for an origin that speaks it.</summary>
    public bool GrpcWeb { get; init; }

    /// <summary>Send copies of the requests to another cluster, whose answers nobody gets. Default none.</summary>
    public MirrorConfig? Mirror { get; init; }
}

/// <summary>
/// In place of a refusal of the upstream's side (502, 503, 504 of Weir's own making), before anything of a response went to the client. Answers of an
/// endpoint, whatever their status, are passed on. Exactly one of the two.
/// </summary>
public sealed record FallbackConfig
{
    /// <summary>Another cluster is asked; only while nothing of the request's body is lost.</summary>
    public ForwardConfig? Forward { get; init; }

    /// <summary>A reply from here.</summary>
    public RespondConfig? Respond { get; init; }
}

/// <summary>Action: answer from here.</summary>
[Shorthand(nameof(Status))]
public sealed record RespondConfig
{
    /// <summary>Status, 200 to 599. Default 200.</summary>
    [Bounds(200, 599)]
    public int Status { get; init; } = 200;

    /// <summary>Fields, values as templates.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = Map<string>.Empty;

    /// <summary>Body, a template. Default none.</summary>
    public string? Body { get; init; }

    /// <summary>Content-Type of the body. Default text/plain; charset=utf-8.</summary>
    public string ContentType { get; init; } = "text/plain; charset=utf-8";
}

/// <summary>Action: send the client elsewhere.</summary>
[Shorthand(nameof(To))]
public sealed record RedirectConfig
{
    /// <summary>Location, a template: <c>https://${request.host}${request.target}</c>.</summary>
    [Required]
    public string To { get; init; } = "";

    /// <summary>301, 302, 303, 307 or 308. Default 308.</summary>
    public int Status { get; init; } = 308;
}
