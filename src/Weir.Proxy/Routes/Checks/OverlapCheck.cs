using Weir.Sdk.Configuration;

namespace Weir.Proxy.Routes.Checks;

/// <summary>
/// Finds routes that take the same request with nothing to decide between them, and proves each find with a request. Only entries
/// of one leaf can be: a different host or path always decides. Within a leaf, entries are parted by the values of the exact
/// condition that tells most of them apart, so that a thousand tenants on one path are not compared with each other.
/// </summary>
internal sealed class OverlapCheck(RouteTable table, IDiagnosticSink sink)
{
    // Two bounds that only a table built for it reaches: comparisons, and requests tried out.
    private const int MostComparisons = 1_000_000;
    private const int MostTrials = 100_000;

    private readonly ExampleFinder _examples = new(table);
    private readonly HashSet<int> _reported = [];
    private int _comparisons;

    public void Check(Leaf leaf)
    {
        var end = leaf.Start + leaf.Count;
        for (var start = leaf.Start; start < end;)
        {
            var next = start + 1;
            while (next < end && RouteEntry.CompareRank(table.Entries[start], table.Entries[next]) == 0) next++;
            if (next - start > 1) CheckGroup(start, next);
            start = next;
        }
    }

    /// <summary>Says so when a bound was reached.</summary>
    public void Finish()
    {
        if (_comparisons < MostComparisons && _examples.Trials < MostTrials) return;
        sink.Report(new ConfigProblem(
            ProblemSeverity.Warning,
            "routes",
            "overlaps-not-all-checked",
            "So many routes have the same host, path and number of conditions that not all pairs could be compared.",
            "where two of them take the same request, the one that is listed first wins"));
    }

    private void CheckGroup(int start, int end)
    {
        if (table.Entries[start].Regex >= 0) CheckAgainst(new RegexPartition(table), start, end);
        else CheckAgainst(ValuePartition.Make(table, start, end), start, end);
    }

    private void CheckAgainst(IPartition partition, int start, int end)
    {
        foreach (var number in partition.Order(start, end))
        {
            foreach (var earlier in partition.Near(number))
                if (Compare(earlier, number)) break;
            partition.Remember(number);
            if (_comparisons >= MostComparisons || _examples.Trials >= MostTrials) return;
        }
    }

    // True when nothing more is to be said about the one with the higher number.
    private bool Compare(int earlier, int number)
    {
        ref readonly var x = ref table.Entries[earlier];
        ref readonly var y = ref table.Entries[number];
        var (first, second) = x.Route < y.Route ? (x.Route, y.Route) : (y.Route, x.Route);
        if (_reported.Contains(second)) return second == y.Route;
        if (++_comparisons >= MostComparisons || _examples.Trials >= MostTrials) return true;
        if (x.Route == y.Route || Pairs.AreDisjoint(table, x, y)) return false;
        if (_examples.Find(x, y) is not { } example) return false;
        _reported.Add(second);
        Report(first, second, example);
        return second == y.Route;
    }

    private void Report(int first, int second, ExampleRequest example)
        => sink.Report(new ConfigProblem(
            ProblemSeverity.Error,
            $"{table.Sources[second].DocumentPath}.match",
            "overlapping-routes",
            $"The routes \"{table.Sources[first].Name}\" and \"{table.Sources[second].Name}\" both take {example}, and neither is more specific.",
            "give one of them a higher priority, or a condition that the other lacks"));
}
