using System.Globalization;
using Weir.Proxy.Model;

namespace Weir.Proxy.Health;

/// <summary>What an endpoint did in an interval: attempts, those that failed by its fault, and answers whose time was taken, in microseconds all together.</summary>
internal readonly record struct EndpointRecord(long Attempts, long Faults, long Timed, double Time)
{
    public double SuccessRate => Attempts == 0 ? 1 : 1 - (Faults / (double)Attempts);

    public double Latency => Timed == 0 ? 0 : Time / Timed;

    public static EndpointRecord Of(EndpointState endpoint)
    {
        var sum = default(EndpointRecord);
        foreach (var counters in endpoint.PerLoop)
            sum = new EndpointRecord(sum.Attempts + counters.Attempts, sum.Faults + counters.Faults, sum.Timed + counters.Timed, sum.Time + counters.TimeToAnswer);
        return sum;
    }

    public EndpointRecord Since(EndpointRecord before) => new(Attempts - before.Attempts, Faults - before.Faults, Timed - before.Timed, Time - before.Time);
}

/// <summary>
/// Finds endpoints that do worse than the others. By the median, not the mean: a few bad ones do not move what is compared with, and when all
/// fail alike none is an outlier.
/// </summary>
internal static class OutlierComparison
{
    // Of two nobody can say which is the outlier.
    private const int Fewest = 3;

    // So many times fewer attempts than it takes otherwise can be enough.
    private const int FewOfMany = 10;

    // Microseconds: three times nearly nothing is nearly nothing.
    private const double LeastExcess = 5000;

    /// <summary>By position, why it is one; null for those that are not. The worst first.</summary>
    public static IEnumerable<(int Position, string Reason)> Find(IReadOnlyList<EndpointRecord> records, OutlierPlan plan)
        => BySuccess(records, plan).Concat(ByLatency(records, plan)).DistinctBy(static f => f.Position);

    private static IEnumerable<(int Position, string Reason)> BySuccess(IReadOnlyList<EndpointRecord> records, OutlierPlan plan)
    {
        var compared = Positions(records, r => r.Attempts >= plan.Volume);
        if (plan.SuccessRate == 0 || compared.Count < Fewest) return [];
        var least = Median(compared.Select(i => records[i].SuccessRate)) - (plan.SuccessRate / 100.0);
        return compared.Where(i => records[i].SuccessRate < least).OrderBy(i => records[i].SuccessRate)
            .Select(i => (i, string.Create(CultureInfo.InvariantCulture, $"{100 * (1 - records[i].SuccessRate):0.#} % of {records[i].Attempts} attempts failed")));
    }

    private static IEnumerable<(int Position, string Reason)> ByLatency(IReadOnlyList<EndpointRecord> records, OutlierPlan plan)
    {
        if (plan.Latency == 0) return [];
        var known = Positions(records, r => r.Timed >= plan.Volume);
        if (known.Count < Fewest - 1) return [];
        // Balancers give a slow one little. It is known too when that little took as long as enough attempts take elsewhere.
        var enough = plan.Volume * Median(known.Select(i => records[i].Latency));
        var compared = Positions(records, r => r.Timed >= plan.Volume || (r.Timed * FewOfMany >= plan.Volume && r.Time >= enough));
        if (compared.Count < Fewest) return [];
        var median = Median(compared.Select(i => records[i].Latency));
        var most = Math.Max(median * plan.Latency, median + LeastExcess);
        return compared.Where(i => records[i].Latency > most).OrderByDescending(i => records[i].Latency)
            .Select(i => (i, string.Create(CultureInfo.InvariantCulture, $"{records[i].Latency / 1000:0.#} ms to the first byte, the others {median / 1000:0.#} ms")));
    }

    private static List<int> Positions(IReadOnlyList<EndpointRecord> records, Func<EndpointRecord, bool> isCompared) => [.. Enumerable.Range(0, records.Count).Where(i => isCompared(records[i]))];

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
