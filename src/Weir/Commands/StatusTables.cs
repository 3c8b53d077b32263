using System.Globalization;
using Weir.Control;
using Weir.Explaining;
using Weir.Output;

namespace Weir.Commands;

/// <summary>Clusters and their endpoints, as `weir status` shows them.</summary>
internal static class StatusTables
{
    public static void Write(IReadOnlyList<ClusterView> clusters, Terminal terminal)
    {
        terminal.Output.WriteLine();
        Clusters(clusters).Write(terminal);
        terminal.Output.WriteLine();
        Endpoints(clusters).Write(terminal);
    }

    private static TextTable Clusters(IReadOnlyList<ClusterView> clusters)
    {
        var table = new TextTable("CLUSTER", "BALANCER", "BREAKER", "REQUESTS", "CONNECTIONS", "WAITING");
        foreach (var cluster in clusters)
            table.Add(cluster.Name, cluster.Balancer, Breaker(cluster), Of(cluster.Requests, cluster.RequestsLimit), Of(cluster.Connections, cluster.ConnectionsLimit), Text(cluster.Waiting + cluster.Queued));
        return table;
    }

    private static TextTable Endpoints(IReadOnlyList<ClusterView> clusters)
    {
        // A cluster without endpoints has a line too.
        var columns = new List<(string Heading, Func<ClusterView, EndpointView?, string> Cell)>
        {
            ("CLUSTER", static (c, _) => c.Name),
            ("ENDPOINT", static (_, e) => e?.Url ?? "none"),
            ("STATE", static (_, e) => e?.State ?? "no-endpoint"),
            ("WEIGHT", static (_, e) => e is null ? "" : Text(e.Weight)),
            ("SHARE", static (_, e) => e is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{e.Share:0.#}%")),
            ("ACTIVE", static (_, e) => e is null ? "" : Text(e.Active)),
            ("CONNECTIONS", static (_, e) => e is null ? "" : Text(e.Connections)),
            ("ATTEMPTS", static (_, e) => e is null ? "" : Text(e.Attempts)),
            ("FAILED", static (_, e) => e is null ? "" : Text(e.Faults)),
        };
        // What says nothing of any is left out.
        if (clusters.Any(static c => c.Endpoints.Any(static e => e.AverageMilliseconds is not null)))
            columns.Add(("TIME", static (_, e) => e?.AverageMilliseconds is { } time ? string.Create(CultureInfo.InvariantCulture, $"{time:0.##} ms") : ""));
        if (clusters.Any(static c => c.Endpoints.DistinctBy(static e => e.Priority).Skip(1).Any())) columns.Add(("PRIORITY", static (_, e) => e is null ? "" : Text(e.Priority)));
        if (clusters.Any(static c => c.Endpoints.DistinctBy(static e => e.Zone).Skip(1).Any())) columns.Add(("ZONE", static (_, e) => e?.Zone ?? ""));
        columns.Add(("SOURCE", static (c, e) => e?.Source ?? c.Discovery?.Source ?? ""));
        columns.Add(("WHY", static (c, e) => e is null ? "requests are answered with 503" : WhyText.Of(c.Panic, e.State, e.Share, e.Reason, e.Avoided)));

        var table = new TextTable([.. columns.Select(static c => c.Heading)]);
        foreach (var cluster in clusters)
            foreach (var endpoint in cluster.Endpoints.DefaultIfEmpty())
                table.Add([.. columns.Select(c => c.Cell(cluster, endpoint))]);
        return table;
    }

    private static string Breaker(ClusterView cluster) => cluster switch
    {
        { Breaker: null } => "none",
        { HalfOpenIn: { } rest } => string.Create(CultureInfo.InvariantCulture, $"open, half open in {Math.Ceiling(rest)} s"),
        _ => cluster.Breaker,
    };

    private static string Of(int number, int? limit) => limit is null ? Text(number) : $"{Text(number)}/{Text(limit.Value)}";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
