using Weir.Config.Binding;
using Weir.Config.Records;
using Weir.Config.Shapes;
using Weir.Http.Messages;
using Weir.Proxy.Balancing;
using Weir.Proxy.Inspection;
using Weir.Proxy.Model;

namespace Weir.Explaining;

/// <summary>What a forward does with a request: the endpoint and why, retries, the breaker.</summary>
internal static class ForwardExplainer
{
    private const int FirstStatus = 400;
    private const int Statuses = 200;

    public static ExplainedCluster Cluster(OfflineExchange x, Forward forward, DiscoverConfig? discover)
    {
        var (cluster, set) = (forward.Cluster, forward.Choice.Set);
        var pick = EndpointPick.Of(x, forward);
        return new ExplainedCluster(cluster.Name, Kebab.Of(cluster.Balancer), pick.Endpoint?.Url, pick.Why, set.IsPanicking,
            [.. cluster.Endpoints.Select(e => new ExplainedEndpoint(e.Url, e.Weight, Math.Round(100 * set.ShareOf(e), 1), StateOf(e), EndpointReason.Of(cluster, forward.Choice, e, x.Now), e.Priority, e.Zone))])
        {
            Subset = forward.Choice.Labels,
            Panic = set.IsPanicking ? Panic.Of(set) : null,
            Discovery = discover is null ? null : new ExplainedDiscovery(discover is { Dns: not null } ? "dns" : discover is { File: not null } ? "file" : "api", false, null),
        };
    }

    public static ExplainedRetry Retry(RetryRule rule, RequestHead request) => new(
        rule.Attempts, On(rule), rule.IsRepeatable(request), Time(rule.PerTryTimeout), rule.BudgetPercent, rule.BudgetFloor, Time(rule.BackoffBase) ?? "0s", Time(rule.BackoffMax) ?? "0s",
        Time(rule.HedgeDelay), rule.HedgePercentile > 0 ? rule.HedgePercentile : null);

    public static ExplainedBreaker? Breaker(Cluster cluster) => cluster.Breaker is not { } plan ? null : new ExplainedBreaker(
        plan.Requests, cluster.MaxEndpointRequests == int.MaxValue ? 0 : cluster.MaxEndpointRequests, plan.Queue, Time(plan.QueueTimeout) ?? "0s",
        plan.Errors?.Percent, plan.Errors?.Volume, Time(plan.Errors?.Interval ?? 0), Time(plan.Errors?.Open ?? 0), plan.Adaptive is not null, null);

    // Nothing is known of addresses where nothing runs.
    private static string? StateOf(Endpoint endpoint)
        => endpoint.State.Draining || endpoint.Weight == 0 ? "draining" : endpoint.State.Unhealthy ? "unhealthy" : endpoint.State.Ejected ? "ejected" : null;

    private static List<string> On(RetryRule rule)
    {
        var faults = Enum.GetValues<AttemptFault>().Where(f => f is not (AttemptFault.None or AttemptFault.Status) && rule.Covers(f)).Select(static f => Kebab.Of(f)).ToList();
        if (!rule.Covers(AttemptFault.Status)) return faults;
        for (var status = FirstStatus; status < FirstStatus + Statuses; status++)
        {
            if (!rule.CoversStatus(status)) continue;
            var last = status;
            while (rule.CoversStatus(last + 1)) last++;
            faults.Add(last == status ? $"{status}" : $"{status}-{last}");
            status = last;
        }

        return faults;
    }

    private static string? Time(int milliseconds) => milliseconds > 0 ? Units.Write(TimeSpan.FromMilliseconds(milliseconds)) : null;
}
