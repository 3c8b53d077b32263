using Weir.Sdk.Configuration;

namespace Weir.Proxy.Routes.Checks;

/// <summary>
/// What only shows when all routes are seen together: overlaps that nothing decides (errors), routes that never get a request
/// (warnings), paths so ambiguous that a request could make the matcher wander (errors). Off the path.
/// </summary>
internal static class RouteTableChecks
{
    /// <summary>Nodes that one request may make the matcher visit per host pattern: some tens of microseconds.</summary>
    public const int MostVisits = 2048;

    public static void Run(RouteTable table, IDiagnosticSink sink)
    {
        var overlaps = new OverlapCheck(table, sink);
        foreach (var leaf in table.Leaves)
        {
            // Every other leaf of a large table is one entry: nothing to compare.
            if (leaf.Count > 1) overlaps.Check(leaf);
        }

        overlaps.Finish();
        DeadRoutes.Report(table, sink);
        CheckVisits(table, sink);
    }

    private static void CheckVisits(RouteTable table, IDiagnosticSink sink)
    {
        var visits = table.Trie.WorstVisits();
        var worst = 0;
        for (var host = 0; host < table.Hosts.Count; host++)
            if (table.Hosts[host].Root >= 0) worst = Math.Max(worst, visits[table.Hosts[host].Root]);
        if (worst <= MostVisits) return;
        sink.Report(new ConfigProblem(
            ProblemSeverity.Error,
            "routes",
            "ambiguous-paths",
            $"Literals and parameters stand beside each other on so many levels that one request may have to try {worst} of them (at most {MostVisits}).",
            "replace combinations such as /a/{x}, /{x}/a, /a/a by fewer, longer templates or by a regular expression"));
    }
}
