using System.Globalization;
using Weir.Tests;
using Xunit.Abstractions;

namespace Weir.Scenarios.Faults.Fixture;

/// <summary>
/// One line for each fault, which docs/faults.md must have. With WEIR_FIGURES, the path of that page, the line stands in for the one of
/// that fault in its table: <c>make faults</c>.
/// </summary>
internal static class Figures
{
    private static readonly Lock Writing = new();

    public static bool IsOn => !string.IsNullOrEmpty(Given);

    private static string? Given => Environment.GetEnvironmentVariable("WEIR_FIGURES");

    /// <param name="output">Of the test.</param>
    /// <param name="fault">With what the operator wrote, which line it is.</param>
    /// <param name="run">That is finished.</param>
    public static void Record(ITestOutputHelper output, string fault, FaultRun run)
    {
        var failed = run.All.Failed.GroupBy(static s => s.What).OrderByDescending(static g => g.Count()).Select(static g => $"{g.Key} × {g.Count()}");
        var said = run.All.Failed.Count == 0 ? "nothing" : string.Join(", ", failed);
        Record(output, fault, run.Configuration, [said, Number(run.All.Count), Number(run.All.Failed.Count), Number(run.Retried), $"{run.Before}", $"{run.During}", $"{run.After}", run.Out, run.Back]);
    }

    public static void Record(ITestOutputHelper output, string fault, string configuration, string[] figures)
    {
        var key = $"| {fault} | {configuration} |";
        var line = $"{key} {string.Join(" | ", figures)} | {Environment.GetEnvironmentVariable("WEIR_COMMIT") ?? "–"} |";
        output.WriteLine(line);
        var page = IsOn ? Given! : Path.Combine(Repository.Root, "docs", "faults.md");
        lock (Writing)
        {
            var lines = File.ReadAllLines(page);
            var at = Array.FindIndex(lines, l => l.StartsWith(key, StringComparison.Ordinal));
            at.ShouldBeGreaterThanOrEqualTo(0, $"{page} has no line for {key}");
            if (!IsOn) return;
            lines[at] = line;
            File.WriteAllLines(page, lines);
        }
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
