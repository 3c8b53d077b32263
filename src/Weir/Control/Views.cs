using System.Text.Json.Serialization;
using Weir.Running.Overlays;

namespace Weir.Control;

/// <summary>GET /v1/status.</summary>
internal sealed record StatusView(
    string Version, string Commit, int Process, string State, DateTimeOffset StartedAt, double UptimeSeconds, int Loops, int ActiveExchanges, long Requests,
    ConfigStatusView Config, IReadOnlyList<ListenerView> Listeners, string? Admin, string? Control, IReadOnlyList<OverlayEntry> Overlay, string StateFolder)
{
    /// <summary>Of `weir status`, which asks for them too.</summary>
    public IReadOnlyList<ClusterView>? Clusters { get; init; }
}

/// <summary>The configuration in force and the last try to change it.</summary>
internal sealed record ConfigStatusView(string Path, long Version, string Digest, ReloadView? LastReload);

/// <summary>POST /v1/reload, and the last one in the status.</summary>
internal sealed record ReloadView(
    bool Applied, bool Changed, long Version, DateTimeOffset At, double Milliseconds, IReadOnlyList<string> Diagnostics, IReadOnlyList<string> Changes);

/// <summary>A listener as it is bound.</summary>
internal sealed record ListenerView(string Name, string Address, int Connections, long Accepted);

/// <summary>GET /v1/overlay and what changes it: whether it was done, else why not, and all that is changed now.</summary>
internal sealed record OverlayView(bool Done, string? Problem, IReadOnlyList<OverlayEntry> Overlay)
{
    /// <summary>Endpoints that are there and that a change or its end means.</summary>
    public IReadOnlyList<EndpointNameView>? Endpoints { get; init; }

    /// <summary>What came of it that may not be wanted.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }

    /// <summary>What is not changed any more.</summary>
    public IReadOnlyList<OverlayEntry>? TakenBack { get; init; }

    /// <summary>Of a route that is split.</summary>
    public SplitView? Split { get; init; }
}

/// <summary>An endpoint, by its cluster and its URL.</summary>
internal sealed record EndpointNameView(string Cluster, string Url);

/// <summary>POST /v1/drain.</summary>
internal sealed record DrainView(string State, double TimeoutSeconds);

/// <summary>One of GET /v1/routes.</summary>
internal sealed record RouteView(
    string Name, IReadOnlyList<string> Host, IReadOnlyList<string> Path, IReadOnlyList<string> Methods, int Priority, string Action, string? Cluster,
    IReadOnlyList<string> Policies, long Active, long Requests, IReadOnlyDictionary<string, long> ByStatus);

/// <summary>One of GET /v1/clusters. Attempts in flight, and the state of a breaker for errors: closed, open, half-open; null without one.</summary>
internal sealed record ClusterView(string Name, string Balancer, int Queued, IReadOnlyList<EndpointView> Endpoints, DiscoveryView? Discovery, int Active, string? Breaker)
{
    /// <summary>Seconds until an open breaker lets the first through; 0 for with the next request.</summary>
    public double? HalfOpenIn { get; init; }

    /// <summary>Requests in flight, as the limit counts them; without one, attempts.</summary>
    public int Requests { get; init; }

    /// <summary>Null for no limit.</summary>
    public int? RequestsLimit { get; init; }

    /// <summary>Requests that wait to be in flight.</summary>
    public int Waiting { get; init; }

    public int Connections { get; init; }

    /// <summary>Of all endpoints together; null for no limit.</summary>
    public int? ConnectionsLimit { get; init; }

    /// <summary>How few are healthy, where so few are that health is not looked at.</summary>
    public string? Panic { get; init; }
}

/// <summary>How a cluster's endpoints are found: by what, how many, when that was last said, and why it cannot be at the moment.</summary>
internal sealed record DiscoveryView(string Source, int Found, DateTimeOffset? AnsweredAt, string? Error);

/// <summary>PUT /v1/clusters/NAME/endpoints.</summary>
internal sealed record EndpointsView(string Cluster, int Endpoints);

/// <summary>An endpoint of a cluster, with its counts since it was first configured. The share, in percent, is of requests that nothing else decides.</summary>
internal sealed record EndpointView(
    string Url, int Weight, string State, string? Reason, double Share, DateTimeOffset? ProbedAt, DateTimeOffset? EjectedUntil, IReadOnlyList<string> Addresses, int Active, int Connections, long Attempts, long Failures, long ConnectFailures,
    long Opened, long Reused, long Faults, long ProbesPassed, long ProbesFailed, long Ejections, string Source, int Priority, string? Zone, IReadOnlyDictionary<string, string> Labels)
{
    /// <summary>How long it takes to answer, as far as the cluster's balancer looks at that; null when nothing is known.</summary>
    public double? AverageMilliseconds { get; init; }

    /// <summary>Its time against that of the others, where it is avoided for it.</summary>
    public string? Avoided { get; init; }
}

/// <summary>RFC 9457.</summary>
internal sealed record ProblemView(string Title, int Status, string? Detail);

/// <summary>The shapes of the control API.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StatusView))]
[JsonSerializable(typeof(ReloadView))]
[JsonSerializable(typeof(DrainView))]
[JsonSerializable(typeof(OverlayView))]
[JsonSerializable(typeof(SplitView))]
[JsonSerializable(typeof(IReadOnlyList<RouteView>))]
[JsonSerializable(typeof(IReadOnlyList<ClusterView>))]
[JsonSerializable(typeof(EndpointsView))]
[JsonSerializable(typeof(ProblemView))]
internal sealed partial class ControlJson : JsonSerializerContext;
