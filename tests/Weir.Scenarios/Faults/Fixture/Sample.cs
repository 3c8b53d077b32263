namespace Weir.Scenarios.Faults.Fixture;

/// <summary>What became of one request.</summary>
/// <param name="Due">When it was to be sent, on the clock of its load.</param>
/// <param name="Took">From then on, so that nothing hides behind a request that waits.</param>
/// <param name="Path">What was asked for.</param>
/// <param name="Kind">What can be told of the answer.</param>
/// <param name="Status">Of the answer; 0 if it was not whole.</param>
/// <param name="Name">The refusal that the answer names, if it does.</param>
internal readonly record struct Sample(TimeSpan Due, TimeSpan Took, string Path, SampleKind Kind, int Status, string? Name)
{
    public bool IsGood => Kind == SampleKind.Whole && Status == 200;

    /// <summary>For a list of what failed.</summary>
    public string What => Kind == SampleKind.Whole ? $"{Status}{(Name is null ? "" : " " + Name)}" : Kind.ToString().ToLowerInvariant();
}

/// <summary>What a client can tell of an answer.</summary>
internal enum SampleKind
{
    /// <summary>To its end; one with 200 is byte by byte what origins send.</summary>
    Whole,

    /// <summary>It began and broke off, and the client saw that it did.</summary>
    Broken,

    /// <summary>Not a byte came before the connection ended, or in all of a client's patience.</summary>
    Missing,

    /// <summary>It looked whole and was not.</summary>
    Wrong,
}
