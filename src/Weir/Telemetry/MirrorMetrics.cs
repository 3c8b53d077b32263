using Weir.Config.Shapes;
using Weir.Proxy.Model;

namespace Weir.Telemetry;

/// <summary>Copies of requests: what became of them, and what comparisons came to.</summary>
internal static class MirrorMetrics
{
    private static readonly string[] Outcomes = [.. Enum.GetNames<MirrorOutcome>().Select(Kebab.From)];
    private static readonly MirrorResult[] Results = [MirrorResult.Same, MirrorResult.Different, MirrorResult.Incomplete];
    private static readonly string[] ResultNames = [.. Results.Select(static r => Kebab.Of(r))];
    private static readonly string[] Parts = [.. Enum.GetNames<AnswerParts>().Skip(1).Select(Kebab.From)];

    public static IReadOnlyList<MetricFamily> Families { get; } =
    [
        new("weir_mirrored_total", MetricKind.Counter,
            "Copies of requests by route, cluster and outcome: answered, failed, timed-out, too-slow, too-large, abandoned, skipped.",
            static (r, w) => ForEach(r, w, "outcome", Outcomes, static (m, i) => m.PerLoop.Sum(c => c.Outcomes[i]))),
        new("weir_mirrored_active", MetricKind.Gauge, "Copies under way, by route and cluster.", Active),
        new("weir_mirrored_answers_total", MetricKind.Counter, "Copies by route, cluster and class of the status that they were answered with; none: there was no answer.",
            static (r, w) => ForEach(r, w, "status_class", ExchangeMetrics.StatusClasses, static (m, i) => m.Requests.PerLoop.Sum(c => c.ByStatusClass[i]))),
        new("weir_mirrored_duration_seconds_total", MetricKind.Counter, "Time that copies took in all, by route and cluster; by their number, the mean.", Durations),
        new("weir_mirror_comparisons_total", MetricKind.Counter,
            "Comparisons of a client's answer with that of its copy, by route, cluster and result: same, different, incomplete (one of the two is no whole answer).",
            static (r, w) => ForEach(r, w, "result", ResultNames, static (m, i) => m.PerLoop.Sum(c => c.Results[(int)Results[i]]))),
        new("weir_mirror_differences_total", MetricKind.Counter,
            "Comparisons in which a part differs, by route, cluster and part: status, headers, body. One that differs in two is counted for both.",
            static (r, w) => ForEach(r, w, "part", Parts, static (m, i) => m.PerLoop.Sum(c => c.Differences[i]))),
    ];

    private static void ForEach(MetricReading reading, MetricWriter writer, string label, string[] values, Func<MirrorState, int, long> count)
    {
        foreach (var mirror in MirrorsOf(reading))
            for (var i = 0; i < values.Length; i++)
                if (count(mirror, i) is > 0 and var counted) writer.Sample(counted, ("http_route", mirror.Route), ("cluster", mirror.Cluster), (label, values[i]));
    }

    private static void Active(MetricReading reading, MetricWriter writer)
    {
        foreach (var mirror in MirrorsOf(reading)) writer.Sample(mirror.Running, ("http_route", mirror.Route), ("cluster", mirror.Cluster));
    }

    private static void Durations(MetricReading reading, MetricWriter writer)
    {
        foreach (var mirror in MirrorsOf(reading))
            if (mirror.Requests.PerLoop.Sum(static c => c.DurationMicroseconds) is > 0 and var sum) writer.Sample(sum / 1e6, ("http_route", mirror.Route), ("cluster", mirror.Cluster));
    }

    private static IEnumerable<MirrorState> MirrorsOf(MetricReading reading) => reading.Snapshot?.Mirrors ?? [];
}
