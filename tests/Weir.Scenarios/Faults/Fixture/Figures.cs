using System.Globalization;
using Xunit.Abstractions;

namespace Weir.Scenarios.Faults.Fixture;

/// <summary>
/// One line for each fault. With WEIR_FIGURES, the path of a page, the line stands in for the one of that fault in the page's table:
/// <c>make faults</c>.
/// </summary>
internal static class Figures
{
    private static readonly Lock Writing = new();

    private static string? Page => Environment.GetEnvironmentVariable("WEIR_FIGURES");

    public static bool IsOn => !string.IsNullOrEmpty(Page);

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
        if (!IsOn) return;
        lock (Writing)
        {
            var lines = File.ReadAllLines(Page!);
            var at = Array.FindIndex(lines, l => l.StartsWith(key, StringComparison.Ordinal));
            at.ShouldBeGreaterThanOrEqualTo(0, $"{Page} has no line for {key}");
            lines[at] = line;
            File.WriteAllLines(Page!, lines);
        }
    }

    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
