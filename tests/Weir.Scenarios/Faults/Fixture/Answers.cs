namespace Weir.Scenarios.Faults.Fixture;

/// <summary>What every origin answers.</summary>
internal static class Answers
{
    public static string Body { get; } = string.Concat(Enumerable.Range(0, 100).Select(static i => $"line {i} of what an origin says."));
}
