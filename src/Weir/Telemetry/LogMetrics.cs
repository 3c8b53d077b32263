namespace Weir.Telemetry;

/// <summary>The access log's own health.</summary>
internal static class LogMetrics
{
    public static IReadOnlyList<MetricFamily> Families { get; } =
    [
        new("weir_log_records_written_total", MetricKind.Counter, "Access log records that became lines.", static (r, w) => w.Sample(r.Instance.AccessLog.Written)),
        new("weir_log_records_dropped_total", MetricKind.Counter, "Access log records dropped because the writer did not keep up.", static (r, w) => w.Sample(r.Instance.AccessLog.Dropped)),
        new("weir_log_write_failures_total", MetricKind.Counter, "Writes of the access log that failed; their lines are lost.", static (r, w) => w.Sample(r.Instance.AccessLog.Failures)),
    ];
}
