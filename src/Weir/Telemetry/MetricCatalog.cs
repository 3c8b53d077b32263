using System.Buffers;
using Weir.Running;

namespace Weir.Telemetry;

/// <summary>Every metric there is. To add one: into its group, and into docs/metrics.md, which a test holds against this list.</summary>
internal static class MetricCatalog
{
    public static IReadOnlyList<MetricFamily> All { get; } =
    [
        .. ExchangeMetrics.Families,
        .. MirrorMetrics.Families,
        .. ListenerMetrics.Families,
        .. UpstreamMetrics.Families,
        .. EndpointMetrics.Families,
        .. PolicyMetrics.Families,
        .. TlsMetrics.Families,
        .. LoopMetrics.Families,
        .. ConfigMetrics.Families,
        .. LogMetrics.Families,
        .. ProcessMetrics.Families,
    ];

    /// <summary>All of them as text for Prometheus.</summary>
    public static void Write(Instance instance, IBufferWriter<byte> output)
    {
        var reading = new MetricReading(instance);
        var writer = new MetricWriter(output);
        foreach (var family in All)
        {
            writer.Begin(family);
            family.Write(reading, writer);
        }
    }
}
