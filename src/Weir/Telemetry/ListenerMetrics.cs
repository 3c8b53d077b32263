using Weir.Proxy.Listeners;
using Weir.Proxy.Model;

namespace Weir.Telemetry;

/// <summary>Connections from clients, by listener.</summary>
internal static class ListenerMetrics
{
    private const string Label = "listener";

    public static IReadOnlyList<MetricFamily> Families { get; } =
    [
        new("weir_connections", MetricKind.Gauge, "Connections open from clients, by listener; of one for udp its sessions.", static (r, w) => ForEach(r, w, static l => l.Open)),
        new("weir_connections_accepted_total", MetricKind.Counter, "Connections accepted, by listener; of one for udp sessions that were begun.", static (r, w) => ForEach(r, w, static l => l.Accepted)),
        new("weir_accept_pauses_total", MetricKind.Counter, "Times that accepting was held back for lack of file descriptors or memory, by listener.",
            static (r, w) => ForEach(r, w, static l => l.Pauses)),
        new("weir_datagrams_total", MetricKind.Counter, "Datagrams of a listener for udp, by listener and direction: received (from clients), sent (to them).", static (r, w) => Both(r, w, static c => c.Received, static c => c.Sent)),
        new("weir_datagram_bytes_total", MetricKind.Counter, "Their bytes, by listener and direction.", static (r, w) => Both(r, w, static c => c.ReceivedBytes, static c => c.SentBytes)),
        new("weir_datagrams_dropped_total", MetricKind.Counter, "Datagrams that were not passed on, by listener; weir_refusals_total says why.", Dropped),
    ];

    private static void Both(MetricReading reading, MetricWriter writer, Func<DatagramCounters, long> received, Func<DatagramCounters, long> sent)
    {
        foreach (var listener in reading.Gateway.OpenListeners.Where(static l => l.IsDatagram))
        {
            writer.Sample(listener.Datagrams.Sum(received), (Label, listener.Name), ("direction", "received"));
            writer.Sample(listener.Datagrams.Sum(sent), (Label, listener.Name), ("direction", "sent"));
        }
    }

    private static void Dropped(MetricReading reading, MetricWriter writer)
    {
        foreach (var listener in reading.Gateway.OpenListeners.Where(static l => l.IsDatagram))
            writer.Sample(listener.Datagrams.Sum(static c => c.Dropped), (Label, listener.Name));
    }

    private static void ForEach(MetricReading reading, MetricWriter writer, Func<OpenListener, double> value)
    {
        foreach (var listener in reading.Gateway.OpenListeners) writer.Sample(value(listener), (Label, listener.Name));
    }
}
