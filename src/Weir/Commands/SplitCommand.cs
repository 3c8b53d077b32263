using System.CommandLine;
using System.Text.Json;
using Weir.Control;
using Weir.Output;

namespace Weir.Commands;

/// <summary><c>weir split ROUTE ARM=WEIGHT…</c>: the weights of a split at run time; without any, those that there are.</summary>
internal static class SplitCommand
{
    public static Command Make(Terminal terminal)
    {
        var route = new Argument<string>("route") { Description = "The route's name." };
        var weights = new Argument<string[]>("arm=weight") { Description = "New weights of arms, or shares of the whole (canary=10%). Without any the weights are shown.", Arity = ArgumentArity.ZeroOrMore };
        var common = new OverlayCommand(terminal);
        return new ControlOptions(terminal).Make("split", "Show the weights of a split, or change them now, past reloads and restarts.", [route, weights, common.For, common.Undo], async (client, json, parsed) =>
        {
            var query = new List<string>();
            foreach (var text in parsed.GetValue(weights) ?? [])
            {
                var at = text.IndexOf('=');
                if (at <= 0) return common.Complain($"'{text}' is not arm=weight");
                query.Add($"arm.{Uri.EscapeDataString(text[..at])}={Uri.EscapeDataString(text[(at + 1)..])}");
            }

            var isReset = parsed.GetValue(common.Undo);
            if (isReset && query.Count > 0) return common.Complain("either weights (canary=10) or --reset");
            var path = "split/" + Uri.EscapeDataString(parsed.GetValue(route)!);
            if (isReset || query.Count > 0) return await common.RunAsync(client, json, parsed, path, [], isReset ? null : query);
            if (parsed.GetValue(common.For) is not null) return common.Complain("--for is for weights, and none is given");
            return await ShowAsync(terminal, client, json, "/v1/overlay/" + path);
        });
    }

    private static async Task<int> ShowAsync(Terminal terminal, ControlClient client, bool json, string path)
    {
        if (await client.CallAsync(HttpMethod.Get, path, ControlJson.Default.SplitView) is not { } split) return ExitCodes.Failed;
        if (json) terminal.Output.WriteLine(JsonSerializer.Serialize(split, ControlJson.Default.SplitView));
        else terminal.Output.WriteLine($"{OverlayCommand.Shares(split)}\n{(split.Changed is { } changed ? "changed at run time: " + changed.Text : "as the file says")}");
        return ExitCodes.Done;
    }
}
