using Weir.Config.Records;
using Weir.Config.Shapes;
using Weir.Proxy.Balancing;
using Weir.Proxy.Discovery;
using Weir.Proxy.Inspection;
using Weir.Proxy.Model;
using Weir.Running;
using Weir.Telemetry;

namespace Weir.Control;

/// <summary>What the control API shows of an instance: read, merged, never changed.</summary>
internal static class InstanceViews
{
    // The source of endpoints that stand in the file.
    public const string Listed = "config";

    public static StatusView Status(Instance instance)
    {
        var config = new ConfigStatusView(Path.GetFullPath(instance.Settings.ConfigPath), instance.Gateway.Version, instance.Reloader.Digest, instance.Reloader.Last is { } last ? Reload(last) : null);
        return new StatusView(
            ProgramVersion.Number, ProgramVersion.Commit, Environment.ProcessId, instance.Lifecycle.Phase.ToString().ToLowerInvariant(), instance.Lifecycle.StartedAt,
            Math.Round(instance.Lifecycle.Uptime.TotalSeconds, 1), instance.Gateway.Loops.Count, instance.Gateway.Loops.Sum(static l => l.Active), Requests(instance),
            config, Listeners(instance), instance.Control.AdminAddress, instance.Control.SocketPath, instance.Changes, Path.GetDirectoryName(instance.Overlay.Path)!);
    }

    public static ReloadView Reload(ReloadOutcome outcome)
        => new(outcome.Success, outcome.Changed, outcome.Version, outcome.At, outcome.Milliseconds, outcome.Diagnostics, outcome.Changes);

    public static IReadOnlyList<RouteView> Routes(Instance instance)
        => instance.Gateway.Current is { } snapshot ? [.. snapshot.Routes.Select(r => Route(r, snapshot.Config.Routes[r.Name]))] : [];

    public static IReadOnlyList<ClusterView> Clusters(Instance instance)
        => [.. (instance.Gateway.Current?.Clusters.Values.OrderBy(static c => c.Name, StringComparer.Ordinal) ?? Enumerable.Empty<Cluster>()).Select(c => Cluster(instance, c, instance.Gateway.Discovered.GetValueOrDefault(c.Name)))];

    private static List<ListenerView> Listeners(Instance instance)
        => [.. instance.Gateway.OpenListeners.Select(static l => new ListenerView(l.Name, l.Socket.Address.ToString(), l.Open, l.Accepted))];

    private static long Requests(Instance instance)
        => instance.Gateway.Current is { } snapshot
            ? snapshot.Routes.Select(static r => r.State).Concat(snapshot.Listeners.Values.Select(static l => l.Unmatched.State)).Distinct()
                .Sum(static s => s.PerLoop.Sum(static c => c.ByStatusClass.Sum()))
            : 0;

    private static RouteView Route(Route route, RouteConfig config)
    {
        var byStatus = new SortedDictionary<string, long>(StringComparer.Ordinal);
        for (var i = 0; i < ExchangeMetrics.StatusClasses.Length; i++)
        {
            var count = route.State.PerLoop.Sum(c => c.ByStatusClass[i]);
            if (count > 0) byStatus[ExchangeMetrics.StatusClasses[i]] = count;
        }

        return new RouteView(
            route.Name, config.Match.Host, config.Match.Path, config.Match.Methods, config.Priority, ActionText.Of(config), config.Forward?.Cluster,
            [.. route.Chain.Steps.Select(static s => s.Name)], route.State.PerLoop.Sum(static c => c.Active), byStatus.Values.Sum(), byStatus);
    }

    private static ClusterView Cluster(Instance instance, Cluster cluster, Discovered? found)
    {
        var (state, set) = (cluster.State, cluster.State.All.Set);
        // Any loop's: they are alike.
        var now = instance.Gateway.Loops[0].Loop.Clock;
        int? limit = cluster.Breaker is { } plan && plan.Limit(state) is var most and < int.MaxValue ? most : null;
        var breaker = cluster.Breaker?.Errors is null ? (BreakerPosition?)null : state.Breaker.Position;
        return new ClusterView(
            cluster.Name, Kebab.Of(cluster.Balancer), state.Queue.Count, [.. set.Known.Select(e => Endpoint(instance, cluster, e, found?.Kind ?? Listed, now))],
            found is null ? null : new DiscoveryView(found.Kind, found.Latest.Count, found.AnsweredAt, found.Error), state.Active, breaker is { } position ? Kebab.Of(position) : null)
        {
            HalfOpenIn = breaker == BreakerPosition.Open ? Math.Max(0, state.Breaker.ChangesAt - now) / 1000.0 : null,
            Requests = limit is null ? state.Active : state.Gate.InFlight,
            RequestsLimit = limit,
            Waiting = state.Gate.Waiting,
            Connections = state.Connections,
            ConnectionsLimit = cluster.MaxClusterConnections == int.MaxValue ? null : cluster.MaxClusterConnections,
            Panic = set.IsPanicking ? Panic.Of(set) : null,
        };
    }

    private static EndpointView Endpoint(Instance instance, Cluster cluster, Endpoint endpoint, string source, long now)
    {
        var (state, set) = (endpoint.State, cluster.State.All.Set);
        return new EndpointView(
            endpoint.Url, endpoint.Weight, UpstreamMetrics.StateOf(endpoint), EndpointReason.Of(cluster, cluster.State.All, endpoint, instance.Settings.Time.GetUtcNow()), Math.Round(100 * set.ShareOf(endpoint), 1),
            state.Health.ProbedAt, state.Health.EjectedUntil, [.. state.Addresses.Select(static a => a.ToString()!)], state.Active, state.Connections,
            Sum(static c => c.Attempts), Sum(static c => c.Failures), Sum(static c => c.ConnectFailures), Sum(static c => c.Opened), Sum(static c => c.Reused),
            Sum(static c => c.Faults), state.ProbesPassed, state.ProbesFailed, state.Ejections, endpoint.Found is null ? Listed : source, endpoint.Priority, endpoint.Zone, endpoint.Labels)
        {
            AverageMilliseconds = EndpointReason.TimeOf(cluster, set, endpoint, now) is { } time ? Math.Round(time, 3) : null,
            Avoided = EndpointReason.AvoidedOf(cluster, set, endpoint, now),
        };

        long Sum(Func<EndpointCounters, long> value) => state.PerLoop.Sum(value);
    }
}
