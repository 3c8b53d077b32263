using System.CommandLine;
using Weir.Config.Printing;
using Weir.Output;
using Weir.Running;
using Weir.Running.Overlays;

namespace Weir.Commands;

/// <summary><c>weir print</c>: the whole configuration with every default, secrets hidden.</summary>
internal static class PrintCommand
{
    public static Command Make(Terminal terminal)
    {
        var option = ConfigOption.Make();
        var json = new Option<bool>("--json") { Description = "As JSON instead of YAML." };
        var command = new Command("print", "Print the whole configuration with every default filled in. Secrets are hidden.") { option, json };
        command.SetAction(parsed =>
        {
            if (ConfigOption.Find(parsed.GetValue(option), terminal) is not { } path) return ExitCodes.CannotRun;
            var load = ConfigFile.Load(path, terminal.Environment);
            foreach (var diagnostic in load.Diagnostics) terminal.Complain(diagnostic.ToString());
            if (!load.IsValid) return ExitCodes.Failed;
            // What a Weir on this machine was told at run time holds for it too.
            var overlay = ConfigFile.OverlayOf(load.Config, terminal);
            var config = overlay.Over(load).Config!;
            var changes = OverlayEntries.Of(overlay.State, config);
            if (parsed.GetValue(json))
            {
                // JSON has no comments.
                terminal.Output.Write(ConfigPrinter.ToJson(config));
                foreach (var change in changes) terminal.Complain("changed at run time: " + change.Text);
                return ExitCodes.Done;
            }

            terminal.Output.Write(ConfigPrinter.ToYaml(config));
            if (load.Config.State == StatePath.Auto) terminal.Output.WriteLine($"# state: {StatePath.Auto} is {Path.GetDirectoryName(overlay.Path)}");
            if (changes.Count > 0) terminal.Output.WriteLine($"# changed at run time, in {overlay.Path}:");
            foreach (var change in changes) terminal.Output.WriteLine("#   " + change.Text);
            return ExitCodes.Done;
        });
        return command;
    }
}
