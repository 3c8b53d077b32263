using Weir.Sdk.Configuration;

namespace Weir.Proxy.Routes.Checks;

/// <summary>
/// Warns of routes that never get a request, where that is cheap to prove: for every host and path of theirs another route of the
/// same host and path ranks before and takes all that they would.
/// </summary>
internal static class DeadRoutes
{
    // The first entries of a leaf, which are the most specific ones; those behind cover no one.
    private const int MostLookedAt = 64;

    public static void Report(RouteTable table, IDiagnosticSink sink)
    {
        // Number of the route that covers the last entry seen, or -1; a route with one living entry is out.
        var alive = new bool[table.Sources.Count];
        var coveredBy = new int[table.Sources.Count];
        Array.Fill(coveredBy, -1);
        var before = new List<int>();
        foreach (var leaf in table.Leaves)
        {
            before.Clear();
            for (var i = leaf.Start; i < leaf.Start + leaf.Count; i++)
            {
                ref readonly var entry = ref table.Entries[i];
                var by = alive[entry.Route] ? -1 : CoveredBy(table, before, entry);
                if (by < 0) alive[entry.Route] = true;
                else coveredBy[entry.Route] = by;
                if (leaf.Count > 1 && before.Count < MostLookedAt) before.Add(i);
            }
        }

        for (var route = 0; route < alive.Length; route++)
        {
            if (alive[route] || coveredBy[route] < 0) continue;
            sink.Report(new ConfigProblem(
                ProblemSeverity.Warning,
                $"{table.Sources[route].DocumentPath}.match",
                "dead-route",
                $"The route \"{table.Sources[route].Name}\" never gets a request: \"{table.Sources[coveredBy[route]].Name}\" takes them all before it.",
                "remove it, raise its priority, or give it a condition"));
        }
    }

    private static int CoveredBy(RouteTable table, List<int> before, in RouteEntry entry)
    {
        var taken = 0UL;
        foreach (var number in before)
        {
            ref readonly var other = ref table.Entries[number];

            // Of equal rank: an overlap, which is an error already.
            if (other.Route == entry.Route || other.Regex != entry.Regex || RouteEntry.CompareRank(other, entry) == 0) continue;
            if (!Pairs.CoversConditions(table, other, entry)) continue;
            taken |= other.Methods;
            if ((entry.Methods & ~taken) == 0) return other.Route;
        }

        return -1;
    }
}
