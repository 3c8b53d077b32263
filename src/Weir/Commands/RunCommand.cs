using System.CommandLine;
using Weir.Logging;
using Weir.Output;
using Weir.Running;

namespace Weir.Commands;

/// <summary><c>weir run</c>.</summary>
internal static class RunCommand
{
    public static Command Make(Terminal terminal)
    {
        var config = ConfigOption.Make();
        var command = new Command("run", "Run in the foreground.") { config };
        command.SetAction(parsed => RunAsync(terminal, parsed.GetValue(config)));
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, string? given)
    {
        if (ConfigOption.Find(given, terminal) is not { } path) return ExitCodes.CannotRun;
        return await Runner.RunAsync(new InstanceSettings
        {
            ConfigPath = path,
            Terminal = terminal,
            Log = new ProgramLog(terminal.Error, TimeProvider.System),
            Notify = SystemdNotify.FromEnvironment(),
        });
    }
}
