using System.Diagnostics;
using System.Globalization;
using Weir.Proxy;
using Weir.Reactor;

namespace Weir.Telemetry;

/// <summary>How the event loops are doing.</summary>
internal static class LoopMetrics
{
    public static IReadOnlyList<MetricFamily> Families { get; } =
    [
        new("weir_loop_busy_seconds_total", MetricKind.Counter, "Time that a loop was at work, not waiting for events.", static (r, w) => ForEach(r, w, static l => Seconds(l.Loop.Counters.BusyTicks))),
        new("weir_loop_passes_total", MetricKind.Counter, "Passes of a loop, each with one wait for events.", static (r, w) => ForEach(r, w, static l => l.Loop.Counters.Passes)),
        new("weir_loop_events_total", MetricKind.Counter, "Socket events that a loop dispatched.", static (r, w) => ForEach(r, w, static l => l.Loop.Counters.Events)),
        new("weir_loop_posts_total", MetricKind.Counter, "Pieces of work that other threads gave to a loop.", static (r, w) => ForEach(r, w, static l => l.Loop.Counters.Posts)),
        new("weir_loop_turn_seconds", MetricKind.Histogram, "Turns of a loop by their time, without pauses for garbage collections and waits for a core: as long as it served nobody else.", Turns),
        new("weir_loop_slow_turns_total", MetricKind.Counter, "Turns over 10 ms, each of which is reported in the program's log.", static (r, w) => ForEach(r, w, static l => l.Loop.Counters.SlowTurns)),
        new("weir_loop_longest_turn_seconds", MetricKind.Gauge, "The longest turn of a loop since the start.", static (r, w) => ForEach(r, w, static l => Seconds(l.Loop.Counters.LongestTurn))),
        new("weir_loop_active_exchanges", MetricKind.Gauge, "Exchanges that a loop has in hand.", static (r, w) => ForEach(r, w, static l => l.Active)),
        new("weir_faults_total", MetricKind.Counter, "Exceptions that reached the top of an exchange: bugs.", static (r, w) => w.Sample(r.Gateway.Loops.Sum(static l => l.Faults))),
    ];

    private static void Turns(MetricReading reading, MetricWriter writer)
    {
        Span<double> bounds = stackalloc double[LoopCounters.TurnBounds.Length];
        for (var i = 0; i < bounds.Length; i++) bounds[i] = LoopCounters.TurnBounds[i] / 1e3;
        foreach (var loop in reading.Gateway.Loops)
            writer.Histogram(bounds, loop.Loop.Counters.Turns, Seconds(loop.Loop.Counters.BusyTicks), ("loop", loop.Index.ToString(CultureInfo.InvariantCulture)));
    }

    private static double Seconds(long ticks) => ticks / (double)Stopwatch.Frequency;

    private static void ForEach(MetricReading reading, MetricWriter writer, Func<ProxyLoop, double> value)
    {
        foreach (var loop in reading.Gateway.Loops) writer.Sample(value(loop), ("loop", loop.Index.ToString(CultureInfo.InvariantCulture)));
    }
}
