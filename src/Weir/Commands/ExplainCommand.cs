using System.CommandLine;
using Weir.Control;
using Weir.Explaining;
using Weir.Output;
using Weir.Running;
using Weir.Running.Overlays;

namespace Weir.Commands;

/// <summary><c>weir explain METHOD URL</c>: where a request would go, and why. Offline.</summary>
internal static class ExplainCommand
{
    public static Command Make(Terminal terminal)
    {
        var method = new Argument<string>("method") { Description = "GET, POST, …" };
        var url = new Argument<string>("url") { Description = "http://host[:port]/path?query; a path alone, or *, is asked of localhost." };
        var headers = new Option<string[]>("--header", "-H") { Description = "A field of the request, 'Name: value'. May be given several times.", HelpName = "field", DefaultValueFactory = static _ => [] };
        var client = new Option<string?>("--client") { Description = "The address that the connection comes from. Default 127.0.0.1.", HelpName = "address" };
        var listener = new Option<string?>("--listener") { Description = "The listener. Default: that on the URL's port, else the first.", HelpName = "name" };
        var live = new Option<bool>("--live") { Description = "With the endpoints, and their states, of the weir that runs this configuration." };
        var config = ConfigOption.Make();
        var json = new Option<bool>("--json") { Description = "As one JSON object." };
        var command = new Command("explain", "Say where a request would go, and why every other route loses. Nothing is sent.") { method, url, headers, client, listener, live, config, json };
        command.SetAction(async parsed =>
        {
            var question = Question.Parse(parsed.GetValue(method)!, parsed.GetValue(url)!, parsed.GetValue(headers)!, parsed.GetValue(client), parsed.GetValue(listener), out var problem);
            if (question is null)
            {
                terminal.Complain($"weir: usage: {problem}");
                return ExitCodes.CannotRun;
            }

            return await RunAsync(terminal, question, parsed.GetValue(config), parsed.GetValue(json), parsed.GetValue(live));
        });
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, Question question, string? given, bool json, bool live)
    {
        if (ConfigOption.Find(given, terminal) is not { } path) return ExitCodes.CannotRun;
        var load = ConfigFile.Load(path, terminal.Environment);
        // What a Weir on this machine was told at run time holds for it too.
        var overlay = load.IsValid ? ConfigFile.OverlayOf(load.Config, terminal).State : OverlayState.Empty;
        await using var trial = ConfigFile.Try(load.Overlaid(c => OverlayChanges.Apply(c, overlay)));
        foreach (var diagnostic in trial.Diagnostics.Where(d => d.IsError)) terminal.Complain(diagnostic.ToString());
        if (trial.Snapshot is not { } snapshot) return ExitCodes.Failed;
        if (question.ChooseListener(snapshot.Config) is not { } listener)
        {
            terminal.Complain(question.Listener is null ? $"{path}: no-listener: there is no listener of HTTP" : $"{path}: no-listener: there is no listener of HTTP called '{question.Listener}'");
            return ExitCodes.CannotRun;
        }

        trial.Override(overlay.Overrides());
        IReadOnlyList<ClusterView> running = [];
        if (live)
        {
            using var client = ControlClient.Find(terminal, null, path);
            if (client is null || await client.CallAsync(HttpMethod.Get, "/v1/clusters", ControlJson.Default.IReadOnlyListClusterView) is not { } clusters) return ExitCodes.CannotRun;
            running = clusters;
            trial.Follow(clusters.ToDictionary(static c => c.Name, static c => LiveClusters.Seen(c), StringComparer.Ordinal));
        }

        var explanation = LiveClusters.With(Explainer.Explain(snapshot, question, listener), running);
        var changes = OverlayEntries.Of(overlay, snapshot.Config);
        explanation = explanation with { Changes = [.. changes.Where(c => c.Kind is "drain" or "weight" ? explanation.Cluster is { } cluster && (c.Cluster ?? cluster.Name) == cluster.Name : c.Name == explanation.Route)] };
        if (json) terminal.Output.WriteLine(JsonText.Of(explanation, CommandJson.Default.Explanation));
        else ExplanationText.Write(explanation, terminal);
        return ExitCodes.Done;
    }
}
