namespace Weir.Certificates.Acme;

/// <summary>Which kind of "no" it was, where that decides what is done next.</summary>
internal enum AcmeFault : byte
{
    /// <summary>The authority could not be reached, or had a fault of its own: the same may work later.</summary>
    Unreachable,

    /// <summary>It answered what no authority should.</summary>
    Protocol,

    /// <summary>It said no; the problem document's type says why.</summary>
    Refused,

    /// <summary>Too much was asked of it.</summary>
    RateLimited,

    /// <summary>It looked for the proof and did not find it. These are counted by the authority.</summary>
    Validation,

    /// <summary>Nothing came of it within the time.</summary>
    TimedOut,
}

/// <summary>
/// Why an order came to nothing, in words for the log. Thrown from the depths of the protocol and caught in one place,
/// <see cref="AcmeIssuer"/>, which makes a value of it.
/// </summary>
internal sealed class AcmeException(AcmeFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    public AcmeFault Fault { get; } = fault;

    /// <summary>The problem document's type without its prefix, <c>rejectedIdentifier</c>; empty when there was none.</summary>
    public string Type { get; init; } = "";

    public int Status { get; init; }

    /// <summary>The authority asks not to be asked before this has passed.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Of <see cref="AcmeFault.Validation"/>: the names that were not proven.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];
}
