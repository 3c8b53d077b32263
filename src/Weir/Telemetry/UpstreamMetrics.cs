using Weir.Proxy.Discovery;
using Weir.Proxy.Model;

namespace Weir.Telemetry;

/// <summary>Clusters and what happens at their endpoints.</summary>
internal static class UpstreamMetrics
{
    private const string Label = "cluster";

    public static IReadOnlyList<MetricFamily> Families { get; } =
    [
        new("weir_attempts_total", MetricKind.Counter, "Tries of an exchange at an endpoint, by cluster and outcome: answered, failed, connect-failed.", Attempts),
        new("weir_upstream_active", MetricKind.Gauge, "Attempts in flight, by cluster.", static (r, w) => ForEach(r, w, static e => e.Active)),
        new("weir_upstream_connections", MetricKind.Gauge, "Connections open to endpoints, idle ones too, by cluster.", static (r, w) => ForEach(r, w, static e => e.Connections)),
        new("weir_upstream_connections_opened_total", MetricKind.Counter, "Connections opened to endpoints, by cluster.", static (r, w) => Count(r, w, static c => c.Opened)),
        new("weir_upstream_connections_reused_total", MetricKind.Counter, "Attempts that found an idle connection, by cluster.", static (r, w) => Count(r, w, static c => c.Reused)),
        new("weir_upstream_closed_idle_total", MetricKind.Counter, "Idle connections that an endpoint closed, by cluster.", static (r, w) => Count(r, w, static c => c.ClosedWhileIdle)),
        new("weir_upstream_unsolicited_total", MetricKind.Counter, "Connections dropped because an endpoint sent what nobody asked for, by cluster.", static (r, w) => Count(r, w, static c => c.Unsolicited)),
        new("weir_cluster_queued", MetricKind.Gauge, "Exchanges that wait for a connection, by cluster.", Queued),
        new("weir_cluster_endpoints", MetricKind.Gauge, "Endpoints by cluster and state: available, draining, unresolved.", States),
        new("weir_discovery_failing", MetricKind.Gauge, "1 while endpoints cannot be found and the last ones stay, else 0, by cluster and source.", static (r, w) => Found(r, w, static d => d.Error is null ? 0 : 1)),
        new("weir_discovery_last_answer_timestamp_seconds", MetricKind.Gauge, "When a cluster's source last said what there is, in Unix time, 0 for never, by cluster and source.",
            static (r, w) => Found(r, w, static d => (d.AnsweredAt?.ToUnixTimeMilliseconds() ?? 0) / 1000.0)),
    ];

    /// <summary>What an endpoint is to a balancer.</summary>
    public static string StateOf(Endpoint endpoint)
        => endpoint.State.Draining || endpoint.Weight == 0 ? "draining" : endpoint.State.Addresses.Length == 0 ? "unresolved" : "available";

    private static void Attempts(MetricReading reading, MetricWriter writer)
    {
        foreach (var cluster in ClustersOf(reading))
        {
            var (all, failed, unreached) = (Sum(cluster, static c => c.Attempts), Sum(cluster, static c => c.Failures), Sum(cluster, static c => c.ConnectFailures));
            writer.Sample(Math.Max(0, all - failed), (Label, cluster.Name), ("outcome", "answered"));
            // An attempt that reached nobody is a failure too; here each is counted once.
            writer.Sample(Math.Max(0, failed - unreached), (Label, cluster.Name), ("outcome", "failed"));
            writer.Sample(unreached, (Label, cluster.Name), ("outcome", "connect-failed"));
        }
    }

    private static void Queued(MetricReading reading, MetricWriter writer)
    {
        foreach (var cluster in ClustersOf(reading)) writer.Sample(cluster.State.Queued, (Label, cluster.Name));
    }

    private static void States(MetricReading reading, MetricWriter writer)
    {
        foreach (var cluster in ClustersOf(reading))
            foreach (var state in new[] { "available", "draining", "unresolved" })
                writer.Sample(cluster.State.All.Set.Known.Count(e => StateOf(e) == state), (Label, cluster.Name), ("state", state));
    }

    private static void Found(MetricReading reading, MetricWriter writer, Func<Discovered, double> value)
    {
        foreach (var (cluster, found) in reading.Gateway.Discovered.OrderBy(static d => d.Key, StringComparer.Ordinal)) writer.Sample(value(found), (Label, cluster), ("source", found.Kind));
    }

    private static void ForEach(MetricReading reading, MetricWriter writer, Func<EndpointState, double> value)
    {
        foreach (var cluster in ClustersOf(reading)) writer.Sample(cluster.State.All.Set.Known.Sum(e => value(e.State)), (Label, cluster.Name));
    }

    private static void Count(MetricReading reading, MetricWriter writer, Func<EndpointCounters, long> value)
    {
        foreach (var cluster in ClustersOf(reading)) writer.Sample(Sum(cluster, value), (Label, cluster.Name));
    }

    private static long Sum(Cluster cluster, Func<EndpointCounters, long> value) => cluster.State.All.Set.Known.Sum(e => e.State.PerLoop.Sum(value));

    private static IEnumerable<Cluster> ClustersOf(MetricReading reading) => reading.Snapshot?.Clusters.Values.OrderBy(static c => c.Name, StringComparer.Ordinal) ?? Enumerable.Empty<Cluster>();
}
