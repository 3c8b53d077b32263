namespace Weir.Proxy.Routes.Explaining;

/// <summary>What became of one candidate.</summary>
internal enum CandidateVerdict : byte
{
    Won,
    Host,
    Path,
    Method,
    Header,
    Query,
    Client,

    /// <summary>It would take the request, but another's host, path, methods or number of conditions say more.</summary>
    LessSpecific,
    LowerPriority,

    /// <summary>Nothing but the order in the file decides.</summary>
    ListedLater,
}

/// <summary>One (host, path) of one route. <paramref name="Reason"/> is why it lost, as a user reads it; of the winner "".</summary>
internal sealed record RouteCandidate(string Route, string Host, string Path, CandidateVerdict Verdict, string Reason);

/// <summary>
/// Why a request goes where it goes. Candidates whose host and path fit come first, in order of precedence; then those whose host
/// fits, then the others. <paramref name="Allow"/> is the field's value for 405 and automatic OPTIONS, else "".
/// </summary>
internal sealed record RouteExplanation(RouteOutcome Outcome, string? Route, string Allow, IReadOnlyList<RouteCandidate> Candidates);
