using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Weir.Control;
using Weir.Output;

namespace Weir.Commands;

/// <summary><c>weir drain</c>: asks the running Weir to finish what it has and stop, as SIGTERM does; <c>weir drain ENDPOINT</c> takes an endpoint out.</summary>
internal static class DrainCommand
{
    public static Command Make(Terminal terminal)
    {
        var endpoint = new Argument<string?>("endpoint") { Description = "Its URL as configured, or host:port. Without it all of weir is drained, and stops.", Arity = ArgumentArity.ZeroOrOne };
        var common = new OverlayCommand(terminal);
        return new ControlOptions(terminal).Make("drain", "Have the running weir send an endpoint nothing new, until --undo or for a time; or have it finish what is in flight, then stop.", [endpoint, common.Cluster, common.For, common.Undo], async (client, json, parsed) =>
        {
            var undo = parsed.GetValue(common.Undo);
            if (parsed.GetValue(endpoint) is { } one) return await common.RunAsync(client, json, parsed, "drain", one, undo ? null : []);
            // Never to be taken for a wish to stop.
            if (parsed.GetValue(common.Cluster) is not null || parsed.GetValue(common.For) is not null || undo) return common.Complain("--cluster, --for and --undo are for an endpoint, and none is named");
            return await StopAsync(terminal, client, json);
        });
    }

    private static async Task<int> StopAsync(Terminal terminal, ControlClient client, bool json)
    {
        if (await client.CallAsync(HttpMethod.Post, "/v1/drain", ControlJson.Default.DrainView) is not { } drain) return ExitCodes.CannotRun;
        terminal.Output.WriteLine(json
            ? JsonSerializer.Serialize(drain, ControlJson.Default.DrainView)
            : $"draining; stops within {drain.TimeoutSeconds.ToString(CultureInfo.InvariantCulture)} s");
        return ExitCodes.Done;
    }
}
