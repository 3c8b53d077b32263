using System.Text;
using Weir.Load.Measure;

namespace Weir.Load.Report;

/// <summary>A run in Markdown; a single scenario of it is what the terminal shows.</summary>
internal static class MarkdownReport
{
    public static string Of(RunReport run)
    {
        var text = new StringBuilder($"# Side by side, {run.Machine.Time:yyyy-MM-dd HH:mm}, commit {run.Machine.Commit}\n\n");
        if (run.Settings.Smoke)
            text.Append("A smoke run: it shows that the measuring works, and nothing else.\n\n");
        text.Append($"- Machine: {run.Machine.Cpu}, {run.Machine.Cores} cores, Linux {run.Machine.Kernel}, load average at the start {run.Machine.LoadAverage}\n");
        text.Append($"- Proxy alone on CPU {run.Settings.ProxyCpu}; origin and load on CPU {run.Settings.LoadCpu}; loopback\n");
        text.Append($"- {run.Settings.Rounds} rounds of {run.Settings.Seconds} s, interleaved ABBA, after {run.Settings.WarmUp} s of warm-up; medians, and medians of per-round ratios\n");
        foreach (string missing in run.Missing)
            text.Append($"- Not there: {missing}\n");

        text.Append('\n');
        var peers = new TextTable(3, "peer", "version", "set up");
        foreach (PeerLine peer in run.Peers)
            peers.Add(peer.Name, peer.Version, peer.Setup);
        text.Append(peers).Append('\n');

        Bar[] bars = [.. run.Scenarios.SelectMany(s => s.Bars)];
        if (bars.Length > 0)
        {
            text.Append("## Verdicts\n\n");
            var table = new TextTable(3, "scenario", "what", "verdict", "measured", "bar", "aim");
            foreach (ScenarioResult scenario in run.Scenarios)
            {
                foreach (Bar bar in scenario.Bars)
                    table.Add(scenario.Name, bar.What, Say(bar.Verdict), $"{bar.Value:0.###}", $"≤ {bar.Limit:0.###}", bar.Aim is { } aim ? $"{aim:0.##}" : "");
            }

            text.Append(table).Append('\n');
        }

        foreach (ScenarioResult scenario in run.Scenarios)
            text.Append(Of(scenario)).Append('\n');
        return text.ToString();
    }

    public static string Of(ScenarioResult scenario)
    {
        var text = new StringBuilder($"## {scenario.Name}: {scenario.Title}\n\n{scenario.Setting}\n\n");
        var table = new TextTable(1, [scenario.Name, .. scenario.Columns.Select(c => c.Heading)]);
        foreach (Row row in scenario.Rows)
            table.Add([row.Entrant, .. scenario.Columns.Select(c => double.IsFinite(row.Values[c.Key]) ? row.Values[c.Key].ToString(c.Format) : "–")]);
        text.Append(table).Append('\n');

        if (scenario.Ratios.Count > 0)
        {
            var ratios = new TextTable(1, "ratio of CPU per request", "median", "middle half", "min–max", "rounds");
            foreach (Ratio r in scenario.Ratios)
                ratios.Add($"{r.Subject} / {r.Other}", $"{r.Spread.Median:0.000}", $"{r.Spread.Q1:0.000}–{r.Spread.Q3:0.000}", $"{r.Spread.Min:0.000}–{r.Spread.Max:0.000}", $"{r.Spread.Count}");
            text.Append(ratios).Append('\n');
        }

        foreach (Bar bar in scenario.Bars)
            text.Append($"**{Say(bar.Verdict)}**: {bar.What}: {bar.Value:0.###}, bar ≤ {bar.Limit:0.###}{(bar.Aim is { } aim ? $", aim {aim:0.##}" : "")}\n\n");
        foreach (string note in scenario.Notes)
            text.Append($"- {note}\n");
        return text.ToString();
    }

    private static string Say(Verdict verdict) => verdict switch
    {
        Verdict.Holds => "holds",
        Verdict.Fails => "fails",
        Verdict.Undecided => "undecided",
        _ => "not judged",
    };
}
