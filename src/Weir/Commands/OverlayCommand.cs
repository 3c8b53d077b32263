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
    public Option<string?> For { get; } = new("--for") { Description = "Take it back after so long: 30m.", HelpName = "time" };

    /// <summary>Of an endpoint.</summary>
    public Option<string?> Cluster { get; } = new("--cluster") { Description = "The cluster. Default: all that have the endpoint.", HelpName = "name" };

    public Option<bool> Undo { get; } = new("--undo", "--reset") { Description = "As configured again." };

    /// <summary>Takes a change back, or makes it when <paramref name="query"/> is there, and says what is changed then.</summary>
    public async Task<int> RunAsync(ControlClient client, bool json, ParseResult parsed, string what, IReadOnlyList<string> target, IReadOnlyList<string>? query)
    {
        List<string> all = [.. target, .. query ?? []];
        if (parsed.GetValue(For) is { } time)
        {
            if (query is null) return Complain("--for is for what is changed, not for what is taken back");
            if (Units.TryDuration(time, out var length) is not null || length == TimeSpan.Zero) return Complain($"'{time}' is not a time such as 30m");
            all.Add(string.Create(CultureInfo.InvariantCulture, $"seconds={Math.Ceiling(length.TotalSeconds)}"));
        }

        var path = $"/v1/overlay/{what}{(all.Count > 0 ? "?" + string.Join('&', all) : "")}";
        if (await client.CallAsync(query is null ? HttpMethod.Delete : HttpMethod.Post, path, ControlJson.Default.OverlayView) is not { } view) return ExitCodes.CannotRun;
        if (json) terminal.Output.WriteLine(JsonSerializer.Serialize(view, ControlJson.Default.OverlayView));
        else if (!view.Done) terminal.Complain($"not-changed: {view.Problem}");
        else Show(view);
        return view.Done ? ExitCodes.Done : ExitCodes.Failed;
    }

    /// <summary>The same for an endpoint, in <see cref="Cluster"/> or all that have it.</summary>
    public Task<int> RunAsync(ControlClient client, bool json, ParseResult parsed, string what, string endpoint, IReadOnlyList<string>? query)
    {
        List<string> target = ["endpoint=" + Uri.EscapeDataString(endpoint)];
        if (parsed.GetValue(Cluster) is { } cluster) target.Add("cluster=" + Uri.EscapeDataString(cluster));
        return RunAsync(client, json, parsed, what, target, query);
    }

    public int Complain(string message)
    {
        terminal.Complain("weir: usage: " + message);
        return ExitCodes.CannotRun;
    }

    private void Show(OverlayView view)
    {
        terminal.Output.WriteLine(view.Overlay.Count == 0 ? "in force: what the file says" : "in force, beside what the file says:");
        foreach (var entry in view.Overlay) terminal.Output.WriteLine("  " + entry.Text);
    }
}
