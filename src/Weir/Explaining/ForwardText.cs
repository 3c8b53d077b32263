using System.Globalization;
using Weir.Output;

namespace Weir.Explaining;

/// <summary>The part of an explanation that is about a forward.</summary>
internal static class ForwardText
{
    // Of many endpoints the first say enough.
    private const int MostEndpoints = 20;

    public static void Write(Explanation x, Terminal terminal)
    {
        if (x.Cluster is not { } cluster) return;
        Line("cluster", $"{cluster.Name}, {cluster.Balancer}{Subset(cluster)}: {cluster.Why}{(cluster.Panic is { } panic ? terminal.Bad($", and health is not looked at: {panic}") : "")}");
        if (cluster.Discovery is { } discovery && Text(discovery) is { } found) Line("found", found);
        var width = cluster.Endpoints.Select(static e => e.Url.Length).DefaultIfEmpty(0).Max();
        var hasPriorities = cluster.Endpoints.Any(static e => e.Priority > 0);
        Endpoints(cluster.Endpoints.Where(static e => e.Share > 0).OrderByDescending(e => e.Url == cluster.Endpoint));
        Endpoints(cluster.Endpoints.Where(static e => e.Share == 0).OrderByDescending(e => e.Url == cluster.Endpoint));
        if (x.Retry is { } retry) Line("retries", Text(retry, x.Method));
        if (x.Breaker is { } breaker) Line("breaker", Text(breaker, terminal));
        if (x.Fallback is { } fallback) Line("fallback", $"{fallback}, when this comes to nothing");

        void Line(string name, string text) => terminal.Output.WriteLine($"{terminal.Bold(name.PadRight(ExplanationText.Column))}{text}");

        void Endpoints(IEnumerable<ExplainedEndpoint> endpoints)
        {
            var all = endpoints.ToList();
            foreach (var endpoint in all.Take(MostEndpoints))
            {
                var mark = endpoint.Url == cluster.Endpoint ? terminal.Good("→") : " ";
                terminal.Output.WriteLine($"{mark} {endpoint.Url.PadRight(width)}  {Text(endpoint, cluster.Panic, hasPriorities, terminal)}");
            }

            if (all.Count > MostEndpoints) terminal.Output.WriteLine(terminal.Dim($"  and {all.Count - MostEndpoints} more"));
        }
    }

    private static string? Text(ExplainedDiscovery discovery)
    {
        if (!discovery.Asked) return $"by {discovery.Source} while weir runs: --live asks the one that does";
        return discovery.Error is { } error ? $"by {discovery.Source}, which cannot at the moment, the last ones stay: {error}" : null;
    }

    private static string Text(ExplainedEndpoint endpoint, string? panic, bool hasPriorities, Terminal terminal)
    {
        var parts = new List<string> { ExplanationText.Percent(endpoint.Share), string.Create(CultureInfo.InvariantCulture, $"weight {endpoint.Weight}") };
        if (hasPriorities) parts.Add(string.Create(CultureInfo.InvariantCulture, $"priority {endpoint.Priority}"));
        if (endpoint.Zone is { Length: > 0 } zone) parts.Add("zone " + zone);
        if (endpoint.Active is { } active) parts.Add(string.Create(CultureInfo.InvariantCulture, $"{active} in flight"));
        if (endpoint.AverageMilliseconds is { } time) parts.Add(string.Create(CultureInfo.InvariantCulture, $"{time:0.##} ms"));
        var why = WhyText.Of(panic, endpoint.State, endpoint.Share, endpoint.Reason, endpoint.Avoided);
        if (why.Length > 0) why = ": " + why;
        if (endpoint.Share > 0) return string.Join(", ", endpoint.State is null ? parts : [.. parts, endpoint.State]) + why;
        // Why not is what is looked for.
        return (endpoint.State is null ? "" : endpoint.State + ", ") + terminal.Bad("left out") + why;
    }

    private static string Text(ExplainedRetry retry, string method)
    {
        if (retry.Attempts == 1 || retry.On.Count == 0) return "none" + Hedge(retry);
        var text = string.Create(CultureInfo.InvariantCulture, $"up to {retry.Attempts} attempts, on {string.Join(", ", retry.On)}; {method} {(retry.Repeatable ? "may be sent again" : "only where nothing reached an endpoint")}; ");
        return text + string.Create(CultureInfo.InvariantCulture, $"budget {retry.BudgetPercent}%, at least {retry.BudgetFloor} in 10s; {(retry.PerTryTimeout is null ? "no per-try timeout" : $"per-try timeout {retry.PerTryTimeout}")}; waits up to {retry.BackoffBase}, then {retry.BackoffMax}") + Hedge(retry);
    }

    private static string Hedge(ExplainedRetry retry)
        => retry.HedgeAfter is null && retry.HedgePercentile is null ? "" : $"; a second attempt beside the first {string.Join(" or ", new[] { retry.HedgeAfter is null ? null : $"after {retry.HedgeAfter}", retry.HedgePercentile is null ? null : $"at the {retry.HedgePercentile}th percentile" }.OfType<string>())}";

    private static string Text(ExplainedBreaker breaker, Terminal terminal)
    {
        var parts = new List<string>();
        if (breaker.State is { } state) parts.Add(state == "closed" ? terminal.Good(state) : terminal.Bad(state));
        if (breaker.ErrorPercent is { } percent) parts.Add(string.Create(CultureInfo.InvariantCulture, $"opens for {breaker.Open} when {percent}% of {breaker.Volume} or more attempts fail within {breaker.Interval}"));
        if (breaker.Requests > 0) parts.Add(string.Create(CultureInfo.InvariantCulture, $"{(breaker.Adaptive ? "adaptive, " : "")}{breaker.Requests} requests in flight"));
        else if (breaker.Adaptive) parts.Add("adaptive");
        if (breaker.EndpointRequests > 0) parts.Add(string.Create(CultureInfo.InvariantCulture, $"{breaker.EndpointRequests} at an endpoint"));
        if (breaker.Queue > 0) parts.Add(string.Create(CultureInfo.InvariantCulture, $"{breaker.Queue} more wait up to {breaker.QueueTimeout}"));
        return parts.Count == 0 ? "no limit" : string.Join("; ", parts);
    }

    private static string Subset(ExplainedCluster cluster) => cluster.Subset.Count == 0 ? "" : $", those labelled {string.Join(", ", cluster.Subset.Select(static l => $"{l.Key}={l.Value}"))}";
}
