using Weir.Proxy.Listeners;

namespace Weir.Telemetry;

/// <summary>Connections from clients, by listener.</summary>
internal static class ListenerMetrics
{
    public static IReadOnlyList<MetricFamily> Families { get; } =
    [
        new("weir_connections", MetricKind.Gauge, "Connections open from clients, by listener.", static (r, w) => ForEach(r, w, static l => l.Open)),
        new("weir_connections_accepted_total", MetricKind.Counter, "Connections accepted, by listener.", static (r, w) => ForEach(r, w, static l => l.Accepted)),
        new("weir_accept_pauses_total", MetricKind.Counter, "Times that accepting was held back for lack of file descriptors or memory, by listener.",
            static (r, w) => ForEach(r, w, static l => l.Pauses)),
    ];

    private static void ForEach(MetricReading reading, MetricWriter writer, Func<OpenListener, double> value)
    {
        foreach (var listener in reading.Gateway.OpenListeners) writer.Sample(value(listener), ("listener", listener.Name));
    }
}
