using Weir.Proxy.Model;

namespace Weir.Telemetry;

/// <summary>What policies decided.</summary>
internal static class PolicyMetrics
{
    private static readonly (string Decision, Func<PolicyCounters, long> Value)[] Decisions =
    [
        ("continue", static c => c.Continued),
        ("reply", static c => c.Replied),
        ("abort", static c => c.Aborted),
        ("skip", static c => c.Skipped),
        ("fault", static c => c.Faults),
        ("shadow", static c => c.Shadowed),
    ];

    public static IReadOnlyList<MetricFamily> Families { get; } =
    [
        new("weir_policy_decisions_total", MetricKind.Counter,
            "What policies decided in their request phase: continue, reply, abort, skip (when: was false), fault, shadow (decided without effect).", Write),
    ];

    private static void Write(MetricReading reading, MetricWriter writer)
    {
        if (reading.Snapshot is not { } snapshot) return;
        var chains = snapshot.Routes.Concat(snapshot.Listeners.Values.SelectMany(static l => l.Routes.Append(l.Unmatched))).Select(static r => r.Chain).Distinct();
        var states = chains.SelectMany(static c => c.Steps).Select(static s => s.State).Distinct().OrderBy(static s => s.Name, StringComparer.Ordinal);
        foreach (var state in states)
        {
            foreach (var (decision, value) in Decisions)
            {
                var count = state.PerLoop.Sum(value);
                if (count > 0) writer.Sample(count, ("policy", state.Name), ("kind", state.Kind), ("decision", decision));
            }
        }
    }
}
