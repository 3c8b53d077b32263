using Weir.Certificates.Acme;

namespace Weir.Certificates;

/// <summary>What came of an order: a certificate, or why not.</summary>
internal sealed record IssueOutcome
{
    public IssuedCertificate? Certificate { get; init; }

    /// <summary>Why there is none; empty when there is one.</summary>
    public string Reason { get; init; } = "";

    public AcmeFault? Fault { get; init; }

    /// <summary>Not to be tried again before this has passed.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
