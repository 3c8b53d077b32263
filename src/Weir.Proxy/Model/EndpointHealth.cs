namespace Weir.Proxy.Model;

/// <summary>What probes, the outlier detector and the resolver found last, for people. Immutable.</summary>
/// <param name="ProbedAt">The last probe; null before it.</param>
/// <param name="ProbeFailure">Why the last probe failed; null when it did not.</param>
/// <param name="EjectedFor">Why it is ejected; null when it is not.</param>
/// <param name="EjectedUntil">When it comes back.</param>
/// <param name="FailingFor">Why it would be ejected, and why it is not; null when it would not be.</param>
/// <param name="NameFailure">Why its name has no address, or no newer one; null when it was resolved.</param>
internal sealed record EndpointHealth(DateTimeOffset? ProbedAt, string? ProbeFailure, string? EjectedFor, DateTimeOffset? EjectedUntil, string? FailingFor = null, string? NameFailure = null)
{
    public static EndpointHealth Unknown { get; } = new(null, null, null, null);
}

/// <summary>What became of an endpoint's health.</summary>
public enum HealthEvent : byte
{
    /// <summary>Its probes fail: it gets no requests.</summary>
    Unhealthy,

    /// <summary>Its probes pass again.</summary>
    Healthy,

    /// <summary>It failed what it was sent: it gets no requests for a while.</summary>
    Ejected,

    /// <summary>Its ejection is over.</summary>
    Returned,

    /// <summary>It would be ejected and may not be: it still gets requests.</summary>
    Failing,

    /// <summary>It does not fail any more what it is sent.</summary>
    Recovered,
}

/// <summary>An endpoint's health is another than before, and why; of an ejection also for how long.</summary>
public sealed record HealthChange(string Cluster, string Endpoint, HealthEvent Event, string Reason);
