using System.CommandLine;
using Weir.Output;

namespace Weir.Commands;

/// <summary><c>weir split ROUTE ARM=WEIGHT…</c>: the weights of a split at run time.</summary>
internal static class SplitCommand
{
    public static Command Make(Terminal terminal)
    {
        var route = new Argument<string>("route") { Description = "The route's name." };
        var weights = new Argument<string[]>("arm=weight") { Description = "New weights of arms; those that are not named keep theirs.", Arity = ArgumentArity.ZeroOrMore };
        var common = new OverlayCommand(terminal);
        return new ControlOptions(terminal).Make("split", "Change the weights of a split now, past reloads and restarts.", [route, weights, common.For, common.Undo], async (client, json, parsed) =>
        {
            var query = new List<string>();
            foreach (var text in parsed.GetValue(weights) ?? [])
            {
                var at = text.IndexOf('=');
                if (at <= 0) return common.Complain($"'{text}' is not arm=weight");
                query.Add($"arm.{Uri.EscapeDataString(text[..at])}={Uri.EscapeDataString(text[(at + 1)..])}");
            }

            var isReset = parsed.GetValue(common.Undo);
            if (isReset == query.Count > 0) return common.Complain("either weights (canary=10) or --reset");
            return await common.RunAsync(client, json, parsed, "split/" + Uri.EscapeDataString(parsed.GetValue(route)!), [], isReset ? null : query);
        });
    }
}
