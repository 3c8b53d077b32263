namespace Weir.Proxy.Model;

/// <summary>What became of a cluster.</summary>
public enum ClusterEvent : byte
{
    /// <summary>Its breaker lets nobody through for a while.</summary>
    BreakerOpened,

    /// <summary>Its breaker lets a few through, to see how they fare.</summary>
    BreakerHalfOpen,

    /// <summary>Its breaker lets all through again.</summary>
    BreakerClosed,

    /// <summary>Too few of its endpoints are healthy: health is not looked at.</summary>
    PanicBegan,

    /// <summary>Enough of them are healthy.</summary>
    PanicEnded,
}

/// <summary>A cluster's breaker is another than before, or its panic begins or ends; and why.</summary>
public sealed record ClusterChange(string Cluster, ClusterEvent Event, string Reason);

/// <summary>
/// A list of endpoints was taken up: the URLs of those that came and went, how many the source finds, and how many the cluster has in all.
/// <paramref name="IsFromBefore"/>: the source has not answered yet, and the list is what it found before the start.
/// </summary>
public sealed record EndpointsChange(string Cluster, string Source, IReadOnlyList<string> Joined, IReadOnlyList<string> Left, int Found, int Endpoints, bool IsFromBefore);
