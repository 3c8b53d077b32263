using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Weir.Control;
using Weir.Output;

namespace Weir.Commands;

/// <summary><c>weir split</c> and <c>weir maintenance</c>: changes at run time, which survive reloads and restarts.</summary>
internal static class OverlayCommands
{
    private static readonly (string Unit, int Seconds)[] Units = [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)];

    public static Command Split(Terminal terminal)
    {
        var route = new Argument<string>("route") { Description = "The route's name." };
        var weights = new Argument<string[]>("arm=weight") { Description = "New weights of arms; those that are not named keep theirs.", Arity = ArgumentArity.ZeroOrMore };
        var reset = new Option<bool>("--reset") { Description = "Have what the file says again." };
        var time = For();
        return new ControlOptions(terminal).Make("split", "Change the weights of a split now, past reloads and restarts.", [route, weights, time, reset], async (client, json, parsed) =>
        {
            var query = new List<string>();
            foreach (var text in parsed.GetValue(weights) ?? [])
            {
                var at = text.IndexOf('=');
                if (at <= 0) return Complain(terminal, $"'{text}' is not arm=weight");
                query.Add($"arm.{Uri.EscapeDataString(text[..at])}={Uri.EscapeDataString(text[(at + 1)..])}");
            }

            var isReset = parsed.GetValue(reset);
            if (isReset == query.Count > 0) return Complain(terminal, "either weights (canary=10) or --reset");
            return await RunAsync(terminal, client, json, isReset, "split/" + Uri.EscapeDataString(parsed.GetValue(route)!), query, parsed.GetValue(time));
        });
    }

    public static Command Maintenance(Terminal terminal)
    {
        var route = new Argument<string>("route") { Description = "The route's name." };
        var wanted = new Argument<string>("on|off|reset") { Description = "reset: what the file says." };
        wanted.AcceptOnlyFromAmong("on", "off", "reset");
        var time = For();
        return new ControlOptions(terminal).Make("maintenance", "Put a route under maintenance, or open it, past reloads and restarts.", [route, wanted, time], (client, json, parsed) =>
        {
            var isReset = parsed.GetValue(wanted) == "reset";
            List<string> query = isReset ? [] : [parsed.GetValue(wanted) == "on" ? "on=true" : "on=false"];
            return RunAsync(terminal, client, json, isReset, "maintenance/" + Uri.EscapeDataString(parsed.GetValue(route)!), query, parsed.GetValue(time));
        });
    }

    private static Option<string?> For() => new("--for") { Description = "Take it back after so long: 30m.", HelpName = "time" };

    private static async Task<int> RunAsync(Terminal terminal, ControlClient client, bool json, bool isReset, string what, List<string> query, string? time)
    {
        if (time is not null)
        {
            var (unit, seconds) = Array.Find(Units, u => time.EndsWith(u.Unit, StringComparison.Ordinal));
            if (unit is null || !int.TryParse(time.AsSpan(0, time.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count is < 1 or > 10_000) return Complain(terminal, $"'{time}' is not a time such as 30m");
            query.Add(string.Create(CultureInfo.InvariantCulture, $"seconds={count * seconds}"));
        }

        var path = $"/v1/overlay/{what}{(query.Count > 0 ? "?" + string.Join('&', query) : "")}";
        if (await client.CallAsync(isReset ? HttpMethod.Delete : HttpMethod.Post, path, ControlJson.Default.OverlayView) is not { } view) return ExitCodes.CannotRun;
        if (json) terminal.Output.WriteLine(JsonSerializer.Serialize(view, ControlJson.Default.OverlayView));
        else if (!view.Done) terminal.Complain($"not-changed: {view.Problem}");
        else terminal.Output.WriteLine(view.Overlay.Count == 0 ? "in force: what the file says" : "in force, beside what the file says:");
        if (!json && view.Done)
            foreach (var line in view.Overlay) terminal.Output.WriteLine("  " + line);
        return view.Done ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static int Complain(Terminal terminal, string message)
    {
        terminal.Complain("weir: usage: " + message);
        return ExitCodes.CannotRun;
    }
}
