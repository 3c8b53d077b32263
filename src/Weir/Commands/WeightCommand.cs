using System.CommandLine;
using Weir.Output;

namespace Weir.Commands;

/// <summary><c>weir weight ENDPOINT N</c>: an endpoint's share at run time.</summary>
internal static class WeightCommand
{
    public static Command Make(Terminal terminal)
    {
        var endpoint = new Argument<string>("endpoint") { Description = "Its URL as configured, or host:port." };
        var weight = new Argument<string?>("weight") { Description = "0 to 1000.", Arity = ArgumentArity.ZeroOrOne };
        var common = new OverlayCommand(terminal);
        return new ControlOptions(terminal).Make("weight", "Give an endpoint of the running weir another weight, until --undo or for a time.", [endpoint, weight, common.Cluster, common.For, common.Undo], async (client, json, parsed) =>
        {
            var given = parsed.GetValue(weight);
            if (given is null != parsed.GetValue(common.Undo)) return common.Complain("either a weight or --undo");
            return await common.RunAsync(client, json, parsed, "weight", parsed.GetValue(endpoint)!, given is null ? null : ["weight=" + Uri.EscapeDataString(given)]);
        });
    }
}
