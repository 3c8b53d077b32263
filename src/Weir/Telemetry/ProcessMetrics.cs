using System.Globalization;
using Weir.Running;

namespace Weir.Telemetry;

/// <summary>The process and its heap; names of Prometheus' own clients where they have one.</summary>
internal static class ProcessMetrics
{
    public static IReadOnlyList<MetricFamily> Families { get; } =
    [
        new("weir_build_info", MetricKind.Gauge, "Always 1; what is running stands in the labels.", static (_, w) => w.Sample(1, ("version", ProgramVersion.Number), ("commit", ProgramVersion.Commit))),
        new("weir_draining", MetricKind.Gauge, "1 when a stop was asked for.", static (r, w) => w.Sample(r.Instance.Lifecycle.Phase >= Phase.Draining ? 1 : 0)),
        new("weir_gc_pause_seconds", MetricKind.Histogram, "Pauses in which a garbage collection stopped all loops.", static (_, w) => w.Histogram(PauseWatch.Bounds, PauseWatch.Counts, GC.GetTotalPauseDuration().TotalSeconds)),
        new("weir_gc_collections_total", MetricKind.Counter, "Garbage collections by generation.", static (_, w) =>
        {
            for (var i = 0; i <= GC.MaxGeneration; i++) w.Sample(GC.CollectionCount(i) - (i < GC.MaxGeneration ? GC.CollectionCount(i + 1) : 0), ("generation", i.ToString(CultureInfo.InvariantCulture)));
        }),
        new("weir_gc_heap_bytes", MetricKind.Gauge, "Bytes of managed memory in use.", static (_, w) => w.Sample(GC.GetTotalMemory(forceFullCollection: false))),
        new("weir_gc_allocated_bytes_total", MetricKind.Counter, "Bytes of managed memory that were asked for.", static (_, w) => w.Sample(GC.GetTotalAllocatedBytes())),
        new("process_resident_memory_bytes", MetricKind.Gauge, "Resident memory of the process.", static (_, w) => w.Sample(Environment.WorkingSet)),
        new("process_cpu_seconds_total", MetricKind.Counter, "Processor time of the process, user and system.", static (_, w) => w.Sample(Environment.CpuUsage.TotalTime.TotalSeconds)),
        new("process_start_time_seconds", MetricKind.Gauge, "When the instance started, in Unix time.", static (r, w) => w.Sample(r.Instance.Lifecycle.StartedAt.ToUnixTimeMilliseconds() / 1000.0)),
    ];
}
