using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Weir.Control;
using Weir.Output;

namespace Weir.Commands;

/// <summary><c>weir drain</c>: asks the running Weir to finish what it has and stop, as SIGTERM does.</summary>
internal static class DrainCommand
{
    public static Command Make(Terminal terminal)
        => new ControlOptions(terminal).Make("drain", "Have the running weir finish what is in flight, then stop.", async (client, json) =>
        {
            if (await client.CallAsync(HttpMethod.Post, "/v1/drain", ControlJson.Default.DrainView) is not { } drain) return ExitCodes.CannotRun;
            terminal.Output.WriteLine(json
                ? JsonSerializer.Serialize(drain, ControlJson.Default.DrainView)
                : $"draining; stops within {drain.TimeoutSeconds.ToString(CultureInfo.InvariantCulture)} s");
            return ExitCodes.Done;
        });
}
