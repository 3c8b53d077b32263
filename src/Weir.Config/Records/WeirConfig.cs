namespace Weir.Config.Records;

/// <summary>The whole of weir.yaml.</summary>
public sealed record WeirConfig
{
    /// <summary>The version of the file's format. Always 1.</summary>
    [Required]
    [Bounds(1, 1)]
    public int Version { get; init; } = 1;

    /// <summary>More files to read, as paths or globs relative to this file. Each holds the same keys; a name given twice is an error.</summary>
    [OneOrMany]
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Event loops: <c>auto</c> for one per core that the process may use (cgroup quotas honoured), or a number from 1 to 256.</summary>
    public WorkerCount Workers { get; init; } = WorkerCount.Auto;

    /// <summary>Where this Weir is (<c>eu-1a</c>, a rack, <c>${ZONE:-}</c>): endpoints of the same <c>zone</c> are preferred. Default: it does not matter.</summary>
    public string Zone { get; init; } = "";

    /// <summary>How long exchanges in flight may go on after a stop was asked for. Default 30s.</summary>
    [Bounds(0, 86_400_000)]
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Downstream proxies whose forwarding fields are believed, as addresses or CIDR blocks. Default none. See docs/forwarding.md.</summary>
    [OneOrMany]
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    /// <summary>Where Weir listens, by name.</summary>
    public IReadOnlyDictionary<string, ListenerConfig> Listeners { get; init; } = Map<ListenerConfig>.Empty;

    /// <summary>Named policies, to be used by name in any list of policies.</summary>
    public IReadOnlyDictionary<string, PolicyConfig> Policies { get; init; } = Map<PolicyConfig>.Empty;

    /// <summary>What matches which requests, and what is done with them, by name.</summary>
    public IReadOnlyDictionary<string, RouteConfig> Routes { get; init; } = Map<RouteConfig>.Empty;

    /// <summary>Sets of endpoints, by name.</summary>
    public IReadOnlyDictionary<string, ClusterConfig> Clusters { get; init; } = Map<ClusterConfig>.Empty;

    /// <summary>What every route has unless it says otherwise.</summary>
    public DefaultsConfig Defaults { get; init; } = new();

    /// <summary>The admin address. Without it there is only the control socket.</summary>
    public AdminConfig? Admin { get; init; }

    /// <summary>The unix socket that the command line talks to, and its place.</summary>
    public ControlConfig Control { get; init; } = new();

    /// <summary>The folder for what must survive a restart, the keys of certificates among it; <c>auto</c> for $STATE_DIRECTORY, else /var/lib/weir for root, else weir in $XDG_STATE_HOME, else ~/.local/state/weir.</summary>
    public string State { get; init; } = "auto";

    /// <summary>The certificate authority that certificates are ordered from.</summary>
    public AcmeConfig Acme { get; init; } = new();

    /// <summary>Logs and metrics.</summary>
    public TelemetryConfig Telemetry { get; init; } = new();
}

/// <summary>What every route has unless it says otherwise.</summary>
public sealed record DefaultsConfig
{
    /// <summary>Policies that run before a route's own.</summary>
    public IReadOnlyList<PolicyConfig> Policies { get; init; } = [];

    /// <summary>Timeouts of an exchange.</summary>
    public ExchangeTimeoutsConfig Timeouts { get; init; } = new();

    /// <summary>Limits of an exchange.</summary>
    public ExchangeLimitsConfig Limits { get; init; } = new();

    /// <summary>How WebSockets are kept alive.</summary>
    public WebsocketConfig Websocket { get; init; } = new();

    /// <summary>Answer 503 on every route that says nothing else of it. Default: no maintenance.</summary>
    public MaintenanceConfig? Maintenance { get; init; }
}

/// <summary>The admin API, health and metrics over TCP.</summary>
[Shorthand(nameof(Address))]
public sealed record AdminConfig
{
    /// <summary>Address and port. Default 127.0.0.1:9900. Anything but a loopback address needs a token.</summary>
    public string Address { get; init; } = "127.0.0.1:9900";

    /// <summary>The bearer token that /v1 asks for. Without it /v1 is served on the control socket only.</summary>
    [Secret]
    public Secret? Token { get; init; }
}

/// <summary>The control socket.</summary>
public sealed record ControlConfig
{
    /// <summary>Path of the unix socket, mode 0600; <c>auto</c> for control.sock in $RUNTIME_DIRECTORY, else /run/weir/control.sock for root, else weir/control.sock in $XDG_RUNTIME_DIR, else /tmp/weir-UID/control.sock; <c>off</c> for none.</summary>
    public string Socket { get; init; } = "auto";
}
