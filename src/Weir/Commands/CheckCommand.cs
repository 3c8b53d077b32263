using System.CommandLine;
using Weir.Config.Diagnostics;
using Weir.Config.Records;
using Weir.Output;
using Weir.Running;

namespace Weir.Commands;

/// <summary><c>weir check</c>: everything that a start would check, but for binding.</summary>
internal static class CheckCommand
{
    public static Command Make(Terminal terminal)
    {
        var config = ConfigOption.Make();
        var json = new Option<bool>("--json") { Description = "The verdict and every diagnostic as one JSON object on standard output." };
        var command = new Command("check", "Check the configuration. Exit code 0: valid, 1: invalid, 2: cannot be checked. Also: weir -t.") { config, json };
        command.SetAction(parsed => RunAsync(terminal, parsed.GetValue(config), parsed.GetValue(json)));
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, string? given, bool json)
    {
        if (ConfigOption.Find(given, terminal) is not { } path) return ExitCodes.CannotRun;
        await using var trial = ConfigFile.Try(path, terminal, out var load);
        if (json) terminal.Output.WriteLine(JsonText.Of(Verdict(path, load.Digest, trial.Snapshot is not null, trial.Diagnostics), CommandJson.Default.CheckView));
        else foreach (var diagnostic in trial.Diagnostics) terminal.Complain(diagnostic.ToString());
        if (trial.Snapshot is null) return ExitCodes.Failed;
        if (!json) terminal.Output.WriteLine($"{path}: {terminal.Good("ok")} ({Summary(load.Config!)})");
        return ExitCodes.Done;
    }

    private static string Summary(WeirConfig config)
        => $"{Count(config.Listeners.Count, "listener")}, {Count(config.Routes.Count, "route")}, {Count(config.Clusters.Count, "cluster")}";

    private static string Count(int number, string what) => number == 1 ? $"1 {what}" : $"{number} {what}s";

    private static CheckView Verdict(string path, string digest, bool valid, IEnumerable<ConfigDiagnostic> diagnostics)
        => new(valid, path, digest, [.. diagnostics.Select(static d => new DiagnosticView(
            d.IsError ? "error" : "warning", d.File, d.Line, d.Column, d.Code, d.Message, d.Hint))]);
}
