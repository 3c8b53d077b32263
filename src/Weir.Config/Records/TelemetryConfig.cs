namespace Weir.Config.Records;

/// <summary>Logs and metrics.</summary>
public sealed record TelemetryConfig
{
    /// <summary>One line per exchange. <c>off</c> for none.</summary>
    public AccessLogConfig AccessLog { get; init; } = new();

    /// <summary>Counters and histograms per route and cluster, shown under /metrics. Default true.</summary>
    public bool Metrics { get; init; } = true;

    /// <summary>A cluster with at most so many endpoints has metrics of each of them; one with more has its totals alone. Default 100; 0 for totals alone.</summary>
    [Bounds(0, 100_000)]
    public int EndpointMetrics { get; init; } = 100;

    /// <summary>The program's own log: <c>debug</c>, <c>info</c> (default), <c>warning</c>, <c>error</c>.</summary>
    public LogSeverity Log { get; init; } = LogSeverity.Info;
}

public enum LogSeverity : byte { Debug, Info, Warning, Error }

/// <summary>One line per exchange.</summary>
[Shorthand(nameof(Format))]
public sealed record AccessLogConfig
{
    /// <summary><c>json</c> (default), <c>combined</c>, <c>common</c>, <c>haproxy</c>, <c>off</c>, or a template with <c>${…}</c>. See docs/access-log.md.</summary>
    public string Format { get; init; } = "json";

    /// <summary><c>stdout</c> (default), <c>stderr</c>, or a file's path, opened anew on SIGUSR1.</summary>
    public string To { get; init; } = "stdout";

    /// <summary>Records kept per loop until they are written; what does not fit is dropped and counted. Default 8192.</summary>
    [Bounds(64, 1_048_576)]
    public int Buffer { get; init; } = 8192;
}
