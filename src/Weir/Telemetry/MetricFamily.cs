using Weir.Running;

namespace Weir.Telemetry;

internal enum MetricKind : byte { Counter, Gauge, Histogram }

/// <summary>
/// One metric: its name in Prometheus' form, what it says, and how it is read. Reading merges what loops count; it runs off the loops
/// and takes no lock that they take.
/// </summary>
internal sealed record MetricFamily(string Name, MetricKind Kind, string Help, Action<MetricReading, MetricWriter> Write);

/// <summary>What a reading looks at: one instance, at one moment.</summary>
internal sealed class MetricReading(Instance instance)
{
    public Instance Instance => instance;

    public Proxy.Gateway Gateway => instance.Gateway;

    /// <summary>Taken once, so that all families of a reading speak of the same configuration.</summary>
    public Proxy.Model.Snapshot? Snapshot { get; } = instance.Gateway.Current;
}
