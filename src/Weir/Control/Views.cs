using System.Text.Json.Serialization;

namespace Weir.Control;

/// <summary>GET /v1/status.</summary>
internal sealed record StatusView(
    string Version, string Commit, int Process, string State, DateTimeOffset StartedAt, double UptimeSeconds, int Loops, int ActiveExchanges, long Requests,
    ConfigStatusView Config, IReadOnlyList<ListenerView> Listeners, string? Admin, string? Control, IReadOnlyList<string> Overlay);

/// <summary>The configuration in force and the last try to change it.</summary>
internal sealed record ConfigStatusView(string Path, long Version, string Digest, ReloadView? LastReload);

/// <summary>POST /v1/reload, and the last one in the status.</summary>
internal sealed record ReloadView(
    bool Applied, bool Changed, long Version, DateTimeOffset At, double Milliseconds, IReadOnlyList<string> Diagnostics, IReadOnlyList<string> Changes);

/// <summary>A listener as it is bound.</summary>
internal sealed record ListenerView(string Name, string Address, int Connections, long Accepted);

/// <summary>GET /v1/overlay and what changes it: whether it was done, else why not, and what is changed now, a line each.</summary>
internal sealed record OverlayView(bool Done, string? Problem, IReadOnlyList<string> Overlay);

/// <summary>POST /v1/drain.</summary>
internal sealed record DrainView(string State, double TimeoutSeconds);

/// <summary>One of GET /v1/routes.</summary>
internal sealed record RouteView(
    string Name, IReadOnlyList<string> Host, IReadOnlyList<string> Path, IReadOnlyList<string> Methods, int Priority, string Action, string? Cluster,
    IReadOnlyList<string> Policies, long Active, long Requests, IReadOnlyDictionary<string, long> ByStatus);

/// <summary>One of GET /v1/clusters.</summary>
internal sealed record ClusterView(string Name, string Balancer, int Queued, IReadOnlyList<EndpointView> Endpoints);

/// <summary>An endpoint of a cluster, with its counts since it was first configured.</summary>
internal sealed record EndpointView(
    string Url, int Weight, string State, IReadOnlyList<string> Addresses, int Active, int Connections, long Attempts, long Failures, long ConnectFailures,
    long Opened, long Reused);

/// <summary>RFC 9457.</summary>
internal sealed record ProblemView(string Title, int Status, string? Detail);

/// <summary>The shapes of the control API.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StatusView))]
[JsonSerializable(typeof(ReloadView))]
[JsonSerializable(typeof(DrainView))]
[JsonSerializable(typeof(OverlayView))]
[JsonSerializable(typeof(IReadOnlyList<RouteView>))]
[JsonSerializable(typeof(IReadOnlyList<ClusterView>))]
[JsonSerializable(typeof(ProblemView))]
internal sealed partial class ControlJson : JsonSerializerContext;
