using Weir.Http;
using Weir.Proxy.Model;
using Weir.Proxy.Responses;

namespace Weir.Telemetry;

/// <summary>Exchanges by route, and refusals. A route shows once it had an exchange; what no route took has the name "".</summary>
internal static class ExchangeMetrics
{
    private const string ByRoute = "http_route";

    /// <summary>As routes count them.</summary>
    public static readonly string[] StatusClasses = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"];
    private static readonly double[] Bounds = [.. RouteCounters.BucketBounds.Select(static b => b / 1e6)];
    private static readonly Refusal[] Reasons = [.. Enum.GetValues<Refusal>().Where(static r => r != Refusal.None)];

    public static IReadOnlyList<MetricFamily> Families { get; } =
    [
        new("http_server_request_duration_seconds", MetricKind.Histogram, "Time from the first byte of a request to the end of its response, by route.", Durations),
        new("http_server_active_requests", MetricKind.Gauge, "Exchanges in flight, by route.", static (r, w) => ForEach(r, w, static c => c.Active)),
        new("weir_tunnels", MetricKind.Gauge, "Upgraded connections (WebSocket), and requests for one that are under way, by route.", Tunnels),
        new("weir_requests_total", MetricKind.Counter, "Exchanges by route and class of status; none: no status was sent.", ByStatus),
        new("weir_request_body_bytes_total", MetricKind.Counter, "Bytes of request bodies, by route.", static (r, w) => ForEach(r, w, static c => c.RequestBytes)),
        new("weir_response_body_bytes_total", MetricKind.Counter, "Bytes of response bodies, by route.", static (r, w) => ForEach(r, w, static c => c.ResponseBytes)),
        new("weir_split_requests_total", MetricKind.Counter, "Exchanges of routes that are split, by arm and class of status; none: no status was sent.", ByArm),
        new("weir_split_duration_seconds_total", MetricKind.Counter, "Time that the exchanges of an arm took in all; by its requests, the mean.", ArmDurations),
        new("weir_refusals_total", MetricKind.Counter, "Exchanges and connections that were refused or failed, by reason; docs/refusals.md lists them.", Refused),
        new("weir_fallbacks_total", MetricKind.Counter, "Exchanges that a route's fallback stood in for, by route and the reason that the client would have been given.", Fallbacks),
    ];

    private static void Durations(MetricReading reading, MetricWriter writer)
    {
        Span<long> counts = stackalloc long[Bounds.Length + 1];
        foreach (var state in RoutesOf(reading))
        {
            counts.Clear();
            var sum = 0L;
            foreach (var counters in state.PerLoop)
            {
                for (var i = 0; i < counts.Length; i++) counts[i] += counters.DurationBuckets[i];
                sum += counters.DurationMicroseconds;
            }

            if (counts.ContainsAnyExcept(0)) writer.Histogram(Bounds, counts, sum / 1e6, (ByRoute, state.Name));
        }
    }

    private static void Tunnels(MetricReading reading, MetricWriter writer)
    {
        foreach (var state in RoutesOf(reading))
            if (state.Tunnels > 0) writer.Sample(state.Tunnels, (ByRoute, state.Name));
    }

    private static void ByStatus(MetricReading reading, MetricWriter writer)
    {
        foreach (var state in RoutesOf(reading))
        {
            for (var i = 0; i < StatusClasses.Length; i++)
            {
                var count = 0L;
                foreach (var counters in state.PerLoop) count += counters.ByStatusClass[i];
                if (count > 0) writer.Sample(count, (ByRoute, state.Name), ("status_class", StatusClasses[i]));
            }
        }
    }

    private static void ByArm(MetricReading reading, MetricWriter writer)
    {
        foreach (var arm in ArmsOf(reading))
        {
            for (var i = 0; i < StatusClasses.Length; i++)
            {
                var count = arm.ArmState!.PerLoop.Sum(c => c.ByStatusClass[i]);
                if (count > 0) writer.Sample(count, (ByRoute, arm.Name), ("arm", arm.Arm), ("status_class", StatusClasses[i]));
            }
        }
    }

    private static void ArmDurations(MetricReading reading, MetricWriter writer)
    {
        foreach (var arm in ArmsOf(reading))
        {
            var sum = arm.ArmState!.PerLoop.Sum(static c => c.DurationMicroseconds);
            if (sum > 0) writer.Sample(sum / 1e6, (ByRoute, arm.Name), ("arm", arm.Arm));
        }
    }

    private static void ForEach(MetricReading reading, MetricWriter writer, Func<RouteCounters, long> value)
    {
        foreach (var state in RoutesOf(reading))
        {
            var sum = state.PerLoop.Sum(value);
            if (sum != 0) writer.Sample(sum, (ByRoute, state.Name));
        }
    }

    private static void Refused(MetricReading reading, MetricWriter writer)
    {
        foreach (var reason in Reasons)
        {
            var count = 0L;
            foreach (var loop in reading.Gateway.Loops) count += loop.Refusals[(int)reason];
            writer.Sample(count, ("reason", RefusalTable.NameOf(reason)));
        }
    }

    private static void Fallbacks(MetricReading reading, MetricWriter writer)
    {
        foreach (var state in RoutesOf(reading))
            foreach (var reason in Reasons)
                if (state.PerLoop.Sum(c => c.Fallbacks?[(int)reason] ?? 0) is > 0 and var count) writer.Sample(count, (ByRoute, state.Name), ("reason", RefusalTable.NameOf(reason)));
    }

    private static IEnumerable<Route> ArmsOf(MetricReading reading)
        => reading.Snapshot is { } snapshot ? snapshot.Routes.Where(static r => r.Split is not null).SelectMany(static r => r.Split!.Arms).Select(static a => a.Route) : [];

    private static IEnumerable<RouteState> RoutesOf(MetricReading reading)
    {
        if (reading.Snapshot is not { } snapshot) return [];
        return snapshot.Routes.Select(static r => r.State).Concat(snapshot.Listeners.Values.Select(static l => l.Unmatched.State)).Distinct();
    }
}
