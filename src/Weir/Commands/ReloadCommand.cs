using System.CommandLine;
using System.Globalization;
using Weir.Control;
using Weir.Output;

namespace Weir.Commands;

/// <summary><c>weir reload</c>: asks the running Weir to read its configuration again, and waits for what comes of it.</summary>
internal static class ReloadCommand
{
    public static Command Make(Terminal terminal)
        => new ControlOptions(terminal).Make("reload", "Have the running weir read its configuration again. Exit code 1 when it is refused.", (client, json) => RunAsync(terminal, client, json));

    private static async Task<int> RunAsync(Terminal terminal, ControlClient client, bool json)
    {
        if (await client.CallAsync(HttpMethod.Post, "/v1/reload", ControlJson.Default.ReloadView) is not { } reload) return ExitCodes.CannotRun;
        var version = reload.Version.ToString(CultureInfo.InvariantCulture);
        if (json)
        {
            terminal.Output.WriteLine(JsonText.Of(reload, ControlJson.Default.ReloadView));
        }
        else
        {
            foreach (var diagnostic in reload.Diagnostics) terminal.Complain(diagnostic);
            if (!reload.Applied) terminal.Complain($"reload-refused: configuration {version} stays in force");
            else terminal.Output.WriteLine(reload.Changed ? $"configuration {version} is in force" : $"nothing changed: configuration {version} stays in force");
            foreach (var change in reload.Changes) terminal.Output.WriteLine("  " + change);
        }

        return reload.Applied ? ExitCodes.Done : ExitCodes.Failed;
    }
}
