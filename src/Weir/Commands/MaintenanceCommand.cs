using System.CommandLine;
using Weir.Output;

namespace Weir.Commands;

/// <summary><c>weir maintenance ROUTE on|off|reset</c>: maintenance at run time.</summary>
internal static class MaintenanceCommand
{
    public static Command Make(Terminal terminal)
    {
        var route = new Argument<string>("route") { Description = "The route's name." };
        var wanted = new Argument<string?>("on|off|reset") { Description = "reset: what the file says; --reset and --undo too.", Arity = ArgumentArity.ZeroOrOne };
        wanted.AcceptOnlyFromAmong("on", "off", "reset");
        var common = new OverlayCommand(terminal);
        return new ControlOptions(terminal).Make("maintenance", "Put a route under maintenance, or open it, past reloads and restarts.", [route, wanted, common.For, common.Undo], async (client, json, parsed) =>
        {
            if (parsed.GetValue(wanted) is null != parsed.GetValue(common.Undo)) return common.Complain("one of on, off and reset");
            IReadOnlyList<string>? query = parsed.GetValue(wanted) switch
            {
                "on" => ["on=true"],
                "off" => ["on=false"],
                _ => null,
            };
            return await common.RunAsync(client, json, parsed, "maintenance/" + Uri.EscapeDataString(parsed.GetValue(route)!), [], query);
        });
    }
}
