namespace Weir.Explaining;

/// <summary>What would become of a request: what `weir explain` prints, and its JSON.</summary>
internal sealed record Explanation(
    string Method, string Url, string Listener, string Client, bool PeerTrusted, RefusalView? Refusal, string? Host, string? Path, string Outcome, string? Route,
    string? Allow, IReadOnlyList<CandidateView> Candidates, IReadOnlyList<ParameterView> Parameters, IReadOnlyList<PolicyView> Policies, string? Action,
    ExplainedCluster? Cluster)
{
    /// <summary>Where copies of it would go; null for nowhere.</summary>
    public ExplainedMirror? Mirror { get; init; }
}

/// <summary>A refusal with what the client would see; status 0 for a connection that is closed without an answer.</summary>
internal sealed record RefusalView(string Name, int Status, string Title, bool ClosesConnection);

/// <summary>A (host, path) of a route, in the order in which they would be tried; the winner's reason is empty.</summary>
internal sealed record CandidateView(string Route, string Host, string Path, bool Won, string Reason);

internal sealed record ParameterView(string Name, string Value);

/// <summary>A policy that would run, in its order. <paramref name="Source"/>: listener, defaults or route. <paramref name="Holds"/>: what its condition says of the request as it came.</summary>
internal sealed record PolicyView(string Name, string Kind, string Source, string? When, bool? Holds, bool Shadow);

/// <summary>Where it would be forwarded to.</summary>
internal sealed record ExplainedCluster(string Name, string Balancer, IReadOnlyList<ExplainedEndpoint> Endpoints);

/// <summary>Where copies would go, of how many per cent of such requests. <paramref name="Holds"/>: what its condition says of the request as it came.</summary>
internal sealed record ExplainedMirror(string Cluster, double Share, string? When, bool? Holds);

/// <summary><paramref name="Share"/> of new requests when all endpoints are equally busy, in percent; of a running Weir with the state that the endpoint is in, and why.</summary>
internal sealed record ExplainedEndpoint(string Url, int Weight, double Share, string? State, string? Reason);
