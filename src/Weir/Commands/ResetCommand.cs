using System.CommandLine;
using Weir.Output;

namespace Weir.Commands;

/// <summary><c>weir reset --all</c>: what the file says, and nothing beside it.</summary>
internal static class ResetCommand
{
    public static Command Make(Terminal terminal)
    {
        var all = new Option<bool>("--all") { Description = "All that is changed at run time." };
        var common = new OverlayCommand(terminal);
        return new ControlOptions(terminal).Make("reset", "Take back all that is changed at run time: drains, weights, splits and maintenance.", [all], async (client, json, parsed) => parsed.GetValue(all)
            ? await common.RunAsync(client, json, parsed, "", [], null)
            : common.Complain("--all takes back all that is changed at run time; one change: weir drain, weight, split or maintenance with --undo"));
    }
}
