using System.CommandLine;
using Weir.Config.Printing;
using Weir.Config.Records;
using Weir.Output;
using Weir.Running;
using Weir.Running.Overlays;

namespace Weir.Commands;

/// <summary><c>weir print</c>: the whole configuration with every default, secrets hidden.</summary>
internal static class PrintCommand
{
    public static Command Make(Terminal terminal)
    {
        var config = ConfigOption.Make();
        var json = new Option<bool>("--json") { Description = "As JSON instead of YAML." };
        var command = new Command("print", "Print the whole configuration with every default filled in. Secrets are hidden.") { config, json };
        command.SetAction(parsed =>
        {
            if (ConfigOption.Find(parsed.GetValue(config), terminal) is not { } path) return ExitCodes.CannotRun;
            var load = ConfigFile.Load(path, terminal.Environment);
            foreach (var diagnostic in load.Diagnostics) terminal.Complain(diagnostic.ToString());
            if (!load.IsValid) return ExitCodes.Failed;
            // What a Weir on this machine was told at run time holds for it too.
            var overlay = Overlay.Open(StatePath.Of(load.Config.State, terminal.Environment), TimeProvider.System, out var problem);
            if (problem is not null) terminal.Complain("overlay: " + problem);
            foreach (var change in OverlayChanges.Lines(overlay.State)) terminal.Complain("changed at run time: " + change);
            load = overlay.Over(load);
            if (load.Config is null) return ExitCodes.Failed;
            terminal.Output.Write(parsed.GetValue(json) ? ConfigPrinter.ToJson(load.Config) : ConfigPrinter.ToYaml(load.Config));
            // JSON has no comments; GET /v1/overlay/endpoints has it there.
            if (!parsed.GetValue(json)) Endpoints(load.Config, terminal);
            return ExitCodes.Done;
        });
        return command;
    }

    private static void Endpoints(WeirConfig config, Terminal terminal)
    {
        var overlay = new EndpointOverlay(StatePath.Of(config.State, terminal.Environment));
        if (overlay.Load() is { } problem) terminal.Complain($"{overlay.Path}: bad-overlay: {problem}");
        if (overlay.Endpoints.Count == 0) return;
        terminal.Output.WriteLine($"# changed at run time, in {overlay.Path}:");
        foreach (var entry in overlay.Endpoints) terminal.Output.WriteLine($"#   {entry}");
    }
}
