namespace Weir.Config.Records;

/// <summary>How it is found out which endpoints serve.</summary>
public sealed record HealthConfig
{
    /// <summary>Every endpoint is asked at intervals whether it serves. <c>probe: /healthz</c> is short for a path. Default: none is asked, since no path is known that all would answer.</summary>
    public ProbeConfig? Probe { get; init; }

    /// <summary>Endpoints that fail what they are sent get nothing more for a while. On unless it says otherwise; <c>false</c> turns it off.</summary>
    public OutlierConfig Outliers { get; init; } = new();
}

/// <summary>What every endpoint is asked, and what counts as an answer. One address is asked at a time, the next with the next probe, on a connection of its own.</summary>
[Shorthand(nameof(Path))]
public sealed record ProbeConfig
{
    /// <summary><c>auto</c> (default): <c>http</c> for endpoints of HTTP, <c>tcp</c> for others. <c>grpc</c> asks <c>grpc.health.v1.Health/Check</c>; <c>tcp</c> is content with a connection, TLS included.</summary>
    public ProbeType Type { get; init; }

    /// <summary>HTTP: what is asked for, with a query if need be. Default /.</summary>
    public string Path { get; init; } = "/";

    /// <summary>HTTP: the method. Default GET.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>HTTP and gRPC: the Host. Default: the endpoint's own.</summary>
    public string? Host { get; init; }

    /// <summary>HTTP and gRPC: more fields.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = Map<string>.Empty;

    /// <summary>The port that is asked, where it is not the endpoint's own. A port of its own is spoken to as the endpoint is.</summary>
    [Bounds(1, 65_535)]
    public int? Port { get; init; }

    /// <summary>HTTP: statuses that say that it serves, single or from-to. Default 200-399. Redirects are not followed.</summary>
    [OneOrMany]
    public IReadOnlyList<string> Status { get; init; } = ["200-399"];

    /// <summary>HTTP: what the first 64 KiB of the body must have in them. Default: the body is not read.</summary>
    public ProbeBodyConfig? Body { get; init; }

    /// <summary>gRPC: the service whose health is asked for. Default none: that of the whole server.</summary>
    public string Service { get; init; } = "";

    /// <summary>Time from one probe to the next. Default 5s.</summary>
    [Bounds(50, 3_600_000)]
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Each time differs from <c>interval</c> at random by up to this part of it, so that endpoints are not all asked at once. Default 20%.</summary>
    [Bounds(0, 100)]
    public Percent Jitter { get; init; } = new(20);

    /// <summary>A probe that takes longer has failed. Default 2s.</summary>
    [Bounds(1, 600_000)]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>So many good answers in a row make an endpoint healthy again. Default 2.</summary>
    [Bounds(1, 100)]
    public int Healthy { get; init; } = 2;

    /// <summary>So many failures in a row make it unhealthy. Default 3. Of an endpoint that was never asked before, the first answer decides.</summary>
    [Bounds(1, 100)]
    public int Unhealthy { get; init; } = 3;

    /// <summary>What an endpoint counts as before its first answer: <c>healthy</c> (default) or <c>unhealthy</c>.</summary>
    public ProbeInitial Initial { get; init; }
}

public enum ProbeType : byte { Auto, Http, Grpc, Tcp }

public enum ProbeInitial : byte { Healthy, Unhealthy }

/// <summary>What a body must have in it: exactly one of the two. A scalar is taken for <c>contains</c>.</summary>
[Shorthand(nameof(Contains))]
public sealed record ProbeBodyConfig
{
    /// <summary>This text, byte by byte.</summary>
    public string? Contains { get; init; }

    /// <summary>A match of a non-backtracking regular expression.</summary>
    public string? Regex { get; init; }
}

/// <summary>
/// When an endpoint is ejected. A failure is an attempt that got no whole answer by the endpoint's fault (no connection, TLS, a reset, a timeout, a
/// malformed or truncated response), or the answer 502, 503 or 504. A kept connection that turns out to be closed is none.
/// </summary>
[Shorthand(nameof(Enabled))]
public sealed record OutlierConfig
{
    /// <summary>Endpoints are ejected at all. Default true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>So many failures in a row eject an endpoint at once. Default 5. 0 for never.</summary>
    [Bounds(0, 10_000)]
    public int Consecutive { get; init; } = 5;

    /// <summary>An endpoint is ejected when its share of attempts that did not fail, in an interval, is more than this, in percentage points, below the median of the cluster's endpoints. Default 30%. 0 for never.</summary>
    [Bounds(0, 100)]
    public Percent SuccessRate { get; init; } = new(30);

    /// <summary>An endpoint is ejected when its mean time to the first byte, in an interval, is more than so many times the median of the cluster's endpoints, and 5ms more. Default 0, never; 3 is usual. For HTTP.</summary>
    [Bounds(0, 1000)]
    public double Latency { get; init; }

    /// <summary>Attempts in an interval that it takes to compare an endpoint by <c>success-rate</c> and <c>latency</c>; at least three endpoints must have had them. By <c>latency</c> a tenth is enough of one that was busy as long. Default 100.</summary>
    [Bounds(1, 1_000_000)]
    public int Volume { get; init; } = 100;

    /// <summary>How often endpoints are compared. Default 10s.</summary>
    [Bounds(100, 3_600_000)]
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the first ejection lasts. Default 30s. The second lasts twice as long, the third three times; every interval without one takes one off.</summary>
    [Bounds(100, 86_400_000)]
    public TimeSpan Ejection { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an ejection lasts at most. Default 5m.</summary>
    [Bounds(100, 86_400_000)]
    public TimeSpan MaxEjection { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>No endpoint is ejected when a larger part of them than this were out then, those that are unhealthy by their probes included. Default 50%. So a single endpoint never is.</summary>
    [Bounds(0, 100)]
    public Percent MaxEjected { get; init; } = new(50);
}
