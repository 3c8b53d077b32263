using Weir.Config.Shapes;
using Weir.Proxy.Discovery;
using Weir.Proxy.Model;

namespace Weir.Telemetry;

/// <summary>Clusters and what happens at their endpoints.</summary>
internal static class UpstreamMetrics
{
    private const string Label = "cluster";

    public static IReadOnlyList<MetricFamily> Families { get; } =
    [
        new("weir_attempts_total", MetricKind.Counter, "Tries of an exchange at an endpoint, by cluster and outcome: answered, failed, connect-failed, cancelled (over before an answer and not by the endpoint's fault: another attempt was quicker, or the client left).", Attempts),
        new("weir_retries_total", MetricKind.Counter, "Attempts that another one followed, by cluster and reason: connect-failure, refused-stream, reset, timeout, status.",
            static (r, w) => ByReason<AttemptFault>(r, w, static c => c.Retried)),
        new("weir_retries_stopped_total", MetricKind.Counter, "Attempts that another one would have followed, by cluster and what stood against it: unsafe, attempts, buffer, deadline, retry-after, budget.",
            static (r, w) => ByReason<RetryStop>(r, w, static c => c.NotRetried)),
        new("weir_hedges_total", MetricKind.Counter, "Attempts made beside another one, by cluster and outcome: won, lost.", Hedges),
        new("weir_upstream_active", MetricKind.Gauge, "Attempts in flight, by cluster.", static (r, w) => ForEach(r, w, static e => e.Active)),
        new("weir_upstream_connections", MetricKind.Gauge, "Connections open to endpoints, idle ones too, by cluster.", static (r, w) => ForEach(r, w, static e => e.Connections)),
        new("weir_upstream_connections_opened_total", MetricKind.Counter, "Connections opened to endpoints, by cluster.", static (r, w) => Count(r, w, static c => c.Opened)),
        new("weir_upstream_connections_reused_total", MetricKind.Counter, "Attempts that found an idle connection, by cluster.", static (r, w) => Count(r, w, static c => c.Reused)),
        new("weir_upstream_closed_idle_total", MetricKind.Counter, "Idle connections that an endpoint closed, by cluster.", static (r, w) => Count(r, w, static c => c.ClosedWhileIdle)),
        new("weir_upstream_unsolicited_total", MetricKind.Counter, "Connections dropped because an endpoint sent what nobody asked for, by cluster.", static (r, w) => Count(r, w, static c => c.Unsolicited)),
        new("weir_cluster_queued", MetricKind.Gauge, "Exchanges that wait for a connection, by cluster.", static (r, w) => Each(r, w, static c => c.State.Queue.Count)),
        new("weir_cluster_requests", MetricKind.Gauge, "Requests in flight that count against the cluster's limit, by cluster.", static (r, w) => Each(r, w, static c => c.State.Gate.InFlight)),
        new("weir_cluster_requests_limit", MetricKind.Gauge, "Requests that may be in flight, by cluster; 0 for no limit.", static (r, w) => Each(r, w, Limit)),
        new("weir_cluster_requests_waiting", MetricKind.Gauge, "Requests that wait for one of those places, by cluster.", static (r, w) => Each(r, w, static c => c.State.Gate.Waiting)),
        new("weir_cluster_breaker_state", MetricKind.Gauge, "1 for the state of the cluster's breaker: closed, open, half-open.", Breakers),
        new("weir_cluster_breaker_opened_total", MetricKind.Counter, "How often the breaker opened, by cluster.", static (r, w) => Each(r, w, static c => c.State.Breaker.Opened)),
        new("weir_cluster_endpoints", MetricKind.Gauge, "Endpoints by cluster and state: healthy, warming, failing, unhealthy, ejected, draining, unresolved.", States),
        new("weir_cluster_panic", MetricKind.Gauge, "1 while too few endpoints of the cluster, or of those with the labels that a route asks for, are healthy, and all of them take requests whatever their health; else 0.",
            static (r, w) => Each(r, w, static c => c.State.Choices.Values.Append(c.State.All).Any(static s => s.Set.IsPanicking) ? 1 : 0)),
        new("weir_probes_total", MetricKind.Counter, "Probes of endpoints by cluster and outcome: passed, failed.", Probes),
        new("weir_endpoint_ejections_total", MetricKind.Counter, "Times that an endpoint was ejected, by cluster.", static (r, w) => ForEach(r, w, static e => e.Ejections)),
        new("weir_discovery_failing", MetricKind.Gauge, "1 while endpoints cannot be found and the last ones stay, else 0, by cluster and source.", static (r, w) => Found(r, w, static d => d.Error is null ? 0 : 1)),
        new("weir_discovery_last_answer_timestamp_seconds", MetricKind.Gauge, "When a cluster's source last said what there is, in Unix time, 0 for never, by cluster and source.",
            static (r, w) => Found(r, w, static d => (d.AnsweredAt?.ToUnixTimeMilliseconds() ?? 0) / 1000.0)),
    ];

    private static readonly EndpointCondition[] Conditions = Enum.GetValues<EndpointCondition>();

    /// <summary>What an endpoint is to a balancer.</summary>
    public static string StateOf(Endpoint endpoint) => EndpointConditions.Of(endpoint).ToString().ToLowerInvariant();

    /// <summary>What attempts came to, each counted once: one that reached nobody is a failure for the loops too.</summary>
    public static (string Outcome, long Count)[] OutcomesOf(IReadOnlyCollection<EndpointCounters> counters)
    {
        var (all, failed, unreached, cancelled) = (counters.Sum(static c => c.Attempts), counters.Sum(static c => c.Failures), counters.Sum(static c => c.ConnectFailures), counters.Sum(static c => c.Cancelled));
        return [("answered", Math.Max(0, all - failed - cancelled)), ("failed", Math.Max(0, failed - unreached)), ("connect-failed", unreached), ("cancelled", cancelled)];
    }

    private static void Attempts(MetricReading reading, MetricWriter writer)
    {
        foreach (var cluster in ClustersOf(reading))
            foreach (var (outcome, count) in OutcomesOf([.. cluster.State.All.Set.Known.SelectMany(static e => e.State.PerLoop)])) writer.Sample(count, (Label, cluster.Name), ("outcome", outcome));
    }

    // The first of these reasons is none.
    private static void ByReason<TReason>(MetricReading reading, MetricWriter writer, Func<EndpointCounters, long[]> counts) where TReason : struct, Enum
    {
        var reasons = Enum.GetValues<TReason>();
        foreach (var cluster in ClustersOf(reading))
            for (var i = 1; i < reasons.Length; i++) writer.Sample(Sum(cluster, c => counts(c)[i]), (Label, cluster.Name), ("reason", Kebab.Of(reasons[i])));
    }

    private static void Hedges(MetricReading reading, MetricWriter writer)
    {
        foreach (var cluster in ClustersOf(reading))
        {
            var (all, won) = (Sum(cluster, static c => c.Hedges), Sum(cluster, static c => c.HedgesWon));
            writer.Sample(won, (Label, cluster.Name), ("outcome", "won"));
            writer.Sample(Math.Max(0, all - won), (Label, cluster.Name), ("outcome", "lost"));
        }
    }

    private static double Limit(Cluster cluster)
        => cluster.Breaker is { } plan && plan.Limit(cluster.State) is var limit and < int.MaxValue ? limit : 0;

    private static void Breakers(MetricReading reading, MetricWriter writer)
    {
        foreach (var cluster in ClustersOf(reading))
            foreach (var position in Enum.GetValues<BreakerPosition>())
                writer.Sample(cluster.State.Breaker.Position == position ? 1 : 0, (Label, cluster.Name), ("state", Kebab.Of(position)));
    }

    private static void Each(MetricReading reading, MetricWriter writer, Func<Cluster, double> value)
    {
        foreach (var cluster in ClustersOf(reading)) writer.Sample(value(cluster), (Label, cluster.Name));
    }

    private static void States(MetricReading reading, MetricWriter writer)
    {
        foreach (var cluster in ClustersOf(reading))
        {
            var conditions = cluster.State.All.Set.Known.Select(EndpointConditions.Of).ToList();
            foreach (var condition in Conditions) writer.Sample(conditions.Count(c => c == condition), (Label, cluster.Name), ("state", condition.ToString().ToLowerInvariant()));
        }
    }

    private static void Probes(MetricReading reading, MetricWriter writer)
    {
        foreach (var cluster in ClustersOf(reading).Where(static c => c.Probe is not null))
        {
            writer.Sample(cluster.State.All.Set.Known.Sum(static e => e.State.ProbesPassed), (Label, cluster.Name), ("outcome", "passed"));
            writer.Sample(cluster.State.All.Set.Known.Sum(static e => e.State.ProbesFailed), (Label, cluster.Name), ("outcome", "failed"));
        }
    }

    private static void Found(MetricReading reading, MetricWriter writer, Func<Discovered, double> value)
    {
        foreach (var (cluster, found) in reading.Gateway.Discovered.OrderBy(static d => d.Key, StringComparer.Ordinal)) writer.Sample(value(found), (Label, cluster), ("source", found.Kind));
    }

    private static void ForEach(MetricReading reading, MetricWriter writer, Func<EndpointState, double> value)
        => Each(reading, writer, c => c.State.All.Set.Known.Sum(e => value(e.State)));

    private static void Count(MetricReading reading, MetricWriter writer, Func<EndpointCounters, long> value)
        => Each(reading, writer, c => Sum(c, value));

    private static long Sum(Cluster cluster, Func<EndpointCounters, long> value) => cluster.State.All.Set.Known.Sum(e => e.State.PerLoop.Sum(value));

    /// <summary>By name.</summary>
    public static IEnumerable<Cluster> ClustersOf(MetricReading reading) => reading.Snapshot?.Clusters.Values.OrderBy(static c => c.Name, StringComparer.Ordinal) ?? Enumerable.Empty<Cluster>();
}
