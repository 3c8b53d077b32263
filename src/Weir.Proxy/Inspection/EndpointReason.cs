using System.Globalization;
using Weir.Proxy.Balancing;
using Weir.Proxy.Model;

namespace Weir.Proxy.Inspection;

/// <summary>Why an endpoint is in its state, and why one that is well gets nothing: the words of `weir status` and of `weir explain`.</summary>
internal static class EndpointReason
{
    /// <summary>All that speaks against it among those that are chosen from; null when nothing does.</summary>
    public static string? Of(Cluster cluster, EndpointChoice choice, Endpoint endpoint, DateTimeOffset now)
    {
        var (label, state) = (LabelOf(choice, endpoint), StateOf(endpoint, now));
        if (label is not null) return state is null ? label : $"{label}; {state}";
        return state ?? PlaceOf(cluster, choice.Set, endpoint);
    }

    /// <summary>How long it takes, in milliseconds, as far as its cluster's balancer looks at that; null when nothing is known. Now is a loop's clock.</summary>
    public static double? TimeOf(Cluster cluster, EndpointSet set, Endpoint endpoint, long now)
        => cluster.ComparesTimes && set.Open.Length > 1 && endpoint.State.Latency.At(now) is > 0 and var time ? time / 1000 : null;

    /// <summary>That it is avoided because others are quicker: its time and theirs; null when it is not.</summary>
    public static string? AvoidedOf(Cluster cluster, EndpointSet set, Endpoint endpoint, long now)
    {
        if (!set.Takes(endpoint.State) || TimeOf(cluster, set, endpoint, now) is not { } time) return null;
        var others = set.Open.Where(e => e != endpoint).Select(e => TimeOf(cluster, set, e, now)).OfType<double>().Order().ToArray();
        if (others.Length == 0) return null;
        var usual = others[others.Length / 2];
        return Balancer.IsMuchLonger(time, usual) ? string.Create(CultureInfo.InvariantCulture, $"{time:0.##} ms against {usual:0.##} ms") : null;
    }

    private static string? LabelOf(EndpointChoice choice, Endpoint endpoint)
        => choice.Takes(endpoint) ? null : "not labelled " + string.Join(", ", choice.Labels.Where(l => endpoint.Labels.GetValueOrDefault(l.Key) != l.Value).Select(static l => $"{l.Key}={l.Value}"));

    // In the order of EndpointConditions; where nothing runs no name was asked for.
    private static string? StateOf(Endpoint endpoint, DateTimeOffset now)
    {
        var (state, health) = (endpoint.State, endpoint.State.Health);
        if (state.Draining || endpoint.Weight == 0) return EndpointConditions.DrainedBy(state);
        if (state.Addresses.Length == 0 && health.NameFailure is { } name) return name;
        if (state.Unhealthy) return health.ProbeFailure ?? (health.ProbedAt is null ? "not probed yet" : "too few good answers yet");
        if (state.Ejected) return (health.EjectedFor ?? "it failed what it was sent") + BackIn(health.EjectedUntil, now);
        return health.FailingFor;
    }

    private static string BackIn(DateTimeOffset? until, DateTimeOffset now)
        => until is { } end ? string.Create(CultureInfo.InvariantCulture, $"; back in {Math.Max(0, Math.Ceiling((end - now).TotalSeconds))} s") : "";

    private static string? PlaceOf(Cluster cluster, EndpointSet set, Endpoint endpoint)
    {
        if (set.Takes(endpoint.State)) return null;
        return set.Open.Any(e => e.Priority == endpoint.Priority)
            ? $"zone {endpoint.Zone ?? "none"}: those of zone {cluster.Zone} carry their part"
            : string.Create(CultureInfo.InvariantCulture, $"priority {endpoint.Priority}: those before it carry all");
    }
}
