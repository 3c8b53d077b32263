using Weir.Running.Overlays;

namespace Weir.Explaining;

/// <summary>What would become of a request: what `weir explain` prints, and its JSON.</summary>
internal sealed record Explanation(
    string Method, string Url, string Listener, string Client, bool PeerTrusted, RefusalView? Refusal, string? Host, string? Path, string Outcome, string? Route,
    string? Allow, IReadOnlyList<CandidateView> Candidates, IReadOnlyList<ParameterView> Parameters, IReadOnlyList<PolicyView> Policies, string? Action,
    ExplainedCluster? Cluster)
{
    /// <summary>The arm that it takes of the route's split.</summary>
    public ExplainedSplit? Split { get; init; }

    public ExplainedRetry? Retry { get; init; }

    public ExplainedBreaker? Breaker { get; init; }

    /// <summary>What was changed at run time of the route and the cluster.</summary>
    public IReadOnlyList<OverlayEntry> Changes { get; init; } = [];

    /// <summary>What stands in when the forward comes to nothing: a cluster, or a reply.</summary>
    public string? Fallback { get; init; }

    /// <summary>What the running cluster makes of it before an endpoint is asked; null when it is let through, or nothing runs.</summary>
    public ExplainedGate? Gate { get; init; }

    /// <summary>How much it matters when the cluster is full; null for standard.</summary>
    public string? Criticality { get; init; }

    /// <summary>Where copies of it would go; null for nowhere.</summary>
    public ExplainedMirror? Mirror { get; init; }
}

/// <summary>A refusal with what the client would see; status 0 for a connection that is closed without an answer.</summary>
internal sealed record RefusalView(string Name, int Status, string Title, bool ClosesConnection);

/// <summary>A (host, path) of a route, in the order in which they would be tried; the winner's reason is empty.</summary>
internal sealed record CandidateView(string Route, string Host, string Path, bool Won, string Reason);

internal sealed record ParameterView(string Name, string Value);

/// <summary>A policy that would run, in its order. <paramref name="Source"/>: listener, defaults, route or arm. <paramref name="Holds"/>: what its condition says of the request as it came.</summary>
internal sealed record PolicyView(string Name, string Kind, string Source, string? When, bool? Holds, bool Shadow);

/// <summary>Arm and reason; the slot of 10,000, where it is by slot; shares in percent. <paramref name="Drawn"/>: it would be drawn when the request comes.</summary>
internal sealed record ExplainedSplit(string Arm, int? Slot, bool Drawn, string Why, IReadOnlyList<ExplainedArm> Arms);

internal sealed record ExplainedArm(string Name, double Share);

/// <summary>
/// Where it would be forwarded to. <paramref name="Endpoint"/>: the one that it goes to, when that is certain; <paramref name="Why"/> it is that one, or how one of
/// those with a share is chosen.
/// </summary>
internal sealed record ExplainedCluster(string Name, string Balancer, string? Endpoint, string Why, bool Panicking, IReadOnlyList<ExplainedEndpoint> Endpoints)
{
    /// <summary>How few are healthy, where so few are that health is not looked at.</summary>
    public string? Panic { get; init; }

    /// <summary>How endpoints are found that the file does not list; null where none are.</summary>
    public ExplainedDiscovery? Discovery { get; init; }

    /// <summary>Labels that the route wants.</summary>
    public IReadOnlyDictionary<string, string> Subset { get; init; } = new Dictionary<string, string>();
}

/// <summary>
/// <paramref name="Share"/> of new requests when all endpoints are equally busy, in percent; of a running Weir with the state that the endpoint is in.
/// <paramref name="Reason"/>: why it is in that state, or gets none.
/// </summary>
internal sealed record ExplainedEndpoint(string Url, int Weight, double Share, string? State, string? Reason, int Priority, string? Zone)
{
    /// <summary>Attempts in flight, of a running Weir.</summary>
    public int? Active { get; init; }

    /// <summary>How long it takes to answer, as far as the balancer looks at that, of a running Weir.</summary>
    public double? AverageMilliseconds { get; init; }

    /// <summary>Its time against that of the others, where it is avoided for it.</summary>
    public string? Avoided { get; init; }
}

/// <summary><paramref name="Refusal"/>: the name of what it is refused with, and its <paramref name="Status"/>; null and 0 when it is not, or may not be.</summary>
internal sealed record ExplainedGate(string? Refusal, int Status, string Why);

/// <summary>By what endpoints are found; whether a running Weir was asked which; why they cannot be found at the moment.</summary>
internal sealed record ExplainedDiscovery(string Source, bool Asked, string? Error);

/// <summary>The retry rule in force. <paramref name="Repeatable"/>: the method may be sent again when an endpoint may have acted on it.</summary>
internal sealed record ExplainedRetry(
    int Attempts, IReadOnlyList<string> On, bool Repeatable, string? PerTryTimeout, double BudgetPercent, int BudgetFloor, string BackoffBase, string BackoffMax, string? HedgeAfter, int? HedgePercentile);

/// <summary>What the cluster is kept from; numbers are 0 for no limit. <paramref name="State"/>: of a running Weir.</summary>
internal sealed record ExplainedBreaker(
    int Requests, int EndpointRequests, int Queue, string QueueTimeout, double? ErrorPercent, int? Volume, string? Interval, string? Open, bool Adaptive, string? State);

/// <summary>Where copies would go, of how many per cent of such requests. <paramref name="Holds"/>: what its condition says of the request as it came.</summary>
internal sealed record ExplainedMirror(string Cluster, double Share, string? When, bool? Holds);
