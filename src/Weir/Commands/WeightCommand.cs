using System.CommandLine;
using System.Globalization;
using Weir.Output;

namespace Weir.Commands;

/// <summary><c>weir weight ENDPOINT N</c>: an endpoint's share at run time.</summary>
internal static class WeightCommand
{
    public static Command Make(Terminal terminal)
    {
        var endpoint = new Argument<string>("endpoint") { Description = "Its URL as configured, or host:port." };
        var weight = new Argument<int?>("weight") { Description = "0 to 1000.", Arity = ArgumentArity.ZeroOrOne };
        var common = new EndpointCommand(terminal);
        return new ControlOptions(terminal).Make("weight", "Give an endpoint of the running weir another weight, until --undo.", [endpoint, weight, common.Cluster, common.Undo], async (client, json, parsed) =>
        {
            var given = parsed.GetValue(weight);
            if (given is null != parsed.GetValue(common.Undo))
            {
                terminal.Complain("weir: usage: either a weight or --undo");
                return ExitCodes.CannotRun;
            }

            var (method, more) = given is { } number ? (HttpMethod.Put, "&weight=" + number.ToString(CultureInfo.InvariantCulture)) : (HttpMethod.Delete, "");
            return await common.RunAsync(client, method, "weight", parsed.GetValue(endpoint)!, parsed.GetValue(common.Cluster), more, json);
        });
    }
}
