using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Weir.Config.Binding;
using Weir.Control;
using Weir.Output;

namespace Weir.Commands;

/// <summary>What commands share that change the running Weir past reloads and restarts.</summary>
internal sealed class OverlayCommand(Terminal terminal)
{
    public Option<string?> For { get; } = new("--for") { Description = "Take it back after so long: 90s, 30m, 1h30m.", HelpName = "time" };

    public Option<bool> Undo { get; } = new("--undo", "--reset") { Description = "As configured again." };

    /// <summary>Takes a change back, or makes it when <paramref name="query"/> is there, and says what is changed then. The exit code.</summary>
    public async Task<int> RunAsync(ControlClient client, bool json, ParseResult parsed, string what, IReadOnlyList<string> target, IReadOnlyList<string>? query)
        => CodeOf(await AskAsync(client, json, parsed, what, target, query));

    /// <summary>The same for who goes on with the answer; null, after a complaint, when there is none.</summary>
    public async Task<OverlayView?> AskAsync(ControlClient client, bool json, ParseResult parsed, string what, IReadOnlyList<string> target, IReadOnlyList<string>? query)
    {
        List<string> all = [.. target, .. query ?? []];
        if (parsed.GetValue(For) is { } time)
        {
            if (query is null) return Wrong("--for is for what is changed, not for what is taken back");
            if (TryTime(time, out var length) is { } problem) return Wrong("--for: " + problem);
            all.Add(string.Create(CultureInfo.InvariantCulture, $"seconds={Math.Ceiling(length.TotalSeconds)}"));
        }

        var path = $"/v1/overlay{(what.Length > 0 ? "/" + what : "")}{(all.Count > 0 ? "?" + string.Join('&', all) : "")}";
        if (await client.CallAsync(query is null ? HttpMethod.Delete : HttpMethod.Post, path, ControlJson.Default.OverlayView) is not { } view) return null;
        if (json) terminal.Output.WriteLine(JsonSerializer.Serialize(view, ControlJson.Default.OverlayView));
        else if (!view.Done) terminal.Complain($"not-changed: {view.Problem}");
        else Show(view);
        return view;
    }

    public static int CodeOf(OverlayView? view) => view is null ? ExitCodes.CannotRun : view.Done ? ExitCodes.Done : ExitCodes.Failed;

    /// <summary>The reason when it is no time; null when it is.</summary>
    public static string? TryTime(string text, out TimeSpan time)
        => Units.TryDuration(text, out time) is null && time > TimeSpan.Zero ? null : $"'{text}' is not a time: whole numbers, each with its unit d, h, m, s or ms, such as 90s, 30m or 1h30m";

    /// <summary>Of a split, for people.</summary>
    public static string Shares(SplitView split)
    {
        var format = split.Arms.All(static a => a.Share is 0 or >= 0.1 and <= 99.9 or 100) ? "0.#" : "0.##";
        return $"{split.Route}: {string.Join(", ", split.Arms.Select(a => $"{a.Name} {a.Share.ToString(format, CultureInfo.InvariantCulture)}%"))} (weights {string.Join(' ', split.Arms.Select(static a => string.Create(CultureInfo.InvariantCulture, $"{a.Name}={a.Weight}")))})";
    }

    public int Complain(string message)
    {
        terminal.Complain("weir: usage: " + message);
        return ExitCodes.CannotRun;
    }

    private OverlayView? Wrong(string message)
    {
        Complain(message);
        return null;
    }

    private void Show(OverlayView view)
    {
        if (view.TakenBack is { Count: > 0 }) terminal.Output.WriteLine("taken back:");
        foreach (var entry in view.TakenBack ?? []) terminal.Output.WriteLine("  " + entry.Text);
        if (view.Split is { } split) terminal.Output.WriteLine(Shares(split));
        if (view.Endpoints is { Count: > 1 } several) terminal.Output.WriteLine($"{several.Count} endpoints: {string.Join(", ", several.Select(static e => $"{e.Url} of {e.Cluster}"))}");
        terminal.Output.WriteLine(view.Overlay.Count == 0 ? "in force: what the file says" : "in force, beside what the file says:");
        foreach (var entry in view.Overlay) terminal.Output.WriteLine("  " + entry.Text);
        foreach (var warning in view.Warnings ?? []) terminal.Complain("warning: " + warning);
    }
}
