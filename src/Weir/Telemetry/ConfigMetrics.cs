using Weir.Running.Overlays;

namespace Weir.Telemetry;

/// <summary>Which configuration is in force, and how the last reload went.</summary>
internal static class ConfigMetrics
{
    public static IReadOnlyList<MetricFamily> Families { get; } =
    [
        new("weir_config_version", MetricKind.Gauge, "Number of the configuration in force; it grows with each that is applied.", static (r, w) => w.Sample(r.Gateway.Version)),
        new("weir_config_last_reload_success", MetricKind.Gauge, "1 when the last reload was applied, 0 when it was refused.", static (r, w) => w.Sample(r.Instance.Reloader.Last is { Success: true } ? 1 : 0)),
        new("weir_config_last_reload_timestamp_seconds", MetricKind.Gauge, "When the last reload ended, in Unix time.",
            static (r, w) => w.Sample(r.Instance.Reloader.Last is { } last ? last.At.ToUnixTimeMilliseconds() / 1000.0 : 0)),
        new("weir_config_reloads_total", MetricKind.Counter, "Reloads since the start, by outcome: applied, refused.", static (r, w) =>
        {
            w.Sample(r.Instance.Reloader.Succeeded, ("outcome", "applied"));
            w.Sample(r.Instance.Reloader.Failed, ("outcome", "refused"));
        }),
        new("weir_runtime_changes", MetricKind.Gauge, "Changes made at run time that are in force, by kind: split, maintenance, drain, weight.", Changes),
    ];

    private static void Changes(MetricReading reading, MetricWriter writer)
    {
        var changes = reading.Instance.Changes;
        foreach (var kind in OverlayEntries.Kinds) writer.Sample(changes.Count(c => c.InForce && c.Kind == kind), ("kind", kind));
    }
}
