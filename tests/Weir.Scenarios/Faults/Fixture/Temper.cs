namespace Weir.Scenarios.Faults.Fixture;

/// <summary>What a <see cref="FaultyOrigin"/> does with requests.</summary>
internal enum Temper
{
    Serves,

    /// <summary>Resets the connection in the middle of the body, one by a length and one in chunks in turn.</summary>
    ResetsInTheBody,

    /// <summary>Answers every other request with 500.</summary>
    FailsHalf,
}
