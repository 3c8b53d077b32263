using Weir.Proxy.Model;

namespace Weir.Telemetry;

/// <summary>
/// What happens at each endpoint: read from what loops count of it anyway. A cluster with more endpoints than the configuration says has its totals alone,
/// since each of them is about ten series.
/// </summary>
internal static class EndpointMetrics
{
    private const string Cluster = "cluster";
    private const string Endpoint = "endpoint";

    public static IReadOnlyList<MetricFamily> Families { get; } =
    [
        new("weir_endpoint_attempts_total", MetricKind.Counter, "Tries of an exchange at an endpoint, by cluster, endpoint and outcome: as weir_attempts_total.", Attempts),
        new("weir_endpoint_faults_total", MetricKind.Counter, "Attempts that failed by the endpoint's fault, the answers 502, 503 and 504 among them, by cluster and endpoint.",
            static (r, w) => ForEach(r, w, static e => e.PerLoop.Sum(static c => c.Faults))),
        new("weir_endpoint_active", MetricKind.Gauge, "Attempts in flight, by cluster and endpoint.", static (r, w) => ForEach(r, w, static e => e.Active)),
        new("weir_endpoint_connections", MetricKind.Gauge, "Connections open to an endpoint, idle ones too, by cluster and endpoint.", static (r, w) => ForEach(r, w, static e => e.Connections)),
        new("weir_endpoint_state", MetricKind.Gauge, "Always 1, with the state that an endpoint is in: healthy, warming, failing, unhealthy, ejected, draining, unresolved; by cluster and endpoint.", States),
        new("weir_endpoint_mean_time_to_answer_seconds", MetricKind.Gauge,
            "How long an endpoint took to answer, as a decaying average up to its last attempt, a failure as 0.1 or more, by cluster and endpoint; for power-of-two and least-time.", Means),
        new("weir_endpoint_answers_timed_total", MetricKind.Counter, "Answers whose time was taken, by cluster and endpoint; with outliers: latency.", static (r, w) => Timed(r, w, static c => c.Timed)),
        new("weir_endpoint_time_to_answer_seconds_total", MetricKind.Counter, "Their times until the first byte in all; by their number, the mean.", static (r, w) => Timed(r, w, static c => c.TimeToAnswer / 1e6)),
        new("weir_cluster_endpoints_not_shown", MetricKind.Gauge, "Endpoints without metrics of their own, since the cluster has more than telemetry.endpoint-metrics, by cluster; 0 where all have them.", Hidden),
    ];

    private static void Attempts(MetricReading reading, MetricWriter writer)
    {
        foreach (var (cluster, endpoint) in Shown(reading))
            foreach (var (outcome, count) in UpstreamMetrics.OutcomesOf(endpoint.State.PerLoop)) writer.Sample(count, (Cluster, cluster.Name), (Endpoint, endpoint.Url), ("outcome", outcome));
    }

    private static void States(MetricReading reading, MetricWriter writer)
    {
        foreach (var (cluster, endpoint) in Shown(reading)) writer.Sample(1, (Cluster, cluster.Name), (Endpoint, endpoint.Url), ("state", UpstreamMetrics.StateOf(endpoint)));
    }

    private static void Means(MetricReading reading, MetricWriter writer)
    {
        foreach (var (cluster, endpoint) in Shown(reading))
            if (cluster.ComparesTimes && endpoint.State.Latency.Last is > 0 and var mean) writer.Sample(mean / 1e6, (Cluster, cluster.Name), (Endpoint, endpoint.Url));
    }

    private static void Timed(MetricReading reading, MetricWriter writer, Func<EndpointCounters, double> value)
    {
        foreach (var (cluster, endpoint) in Shown(reading))
            if (cluster.Outliers.Latency > 0) writer.Sample(endpoint.State.PerLoop.Sum(value), (Cluster, cluster.Name), (Endpoint, endpoint.Url));
    }

    private static void Hidden(MetricReading reading, MetricWriter writer)
    {
        foreach (var cluster in UpstreamMetrics.ClustersOf(reading)) writer.Sample(IsShown(reading, cluster) ? 0 : EndpointsOf(cluster).Length, (Cluster, cluster.Name));
    }

    private static void ForEach(MetricReading reading, MetricWriter writer, Func<EndpointState, double> value)
    {
        foreach (var (cluster, endpoint) in Shown(reading)) writer.Sample(value(endpoint.State), (Cluster, cluster.Name), (Endpoint, endpoint.Url));
    }

    private static IEnumerable<(Cluster Cluster, Endpoint Endpoint)> Shown(MetricReading reading)
        => UpstreamMetrics.ClustersOf(reading).Where(c => IsShown(reading, c)).SelectMany(static c => EndpointsOf(c).Select(e => (c, e)));

    private static bool IsShown(MetricReading reading, Cluster cluster) => EndpointsOf(cluster).Length <= reading.Snapshot!.Config.Telemetry.EndpointMetrics;

    private static Endpoint[] EndpointsOf(Cluster cluster) => cluster.State.All.Set.Known;
}
