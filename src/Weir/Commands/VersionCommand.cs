using System.CommandLine;
using Weir.Output;

namespace Weir.Commands;

/// <summary><c>weir version</c>.</summary>
internal static class VersionCommand
{
    public static Command Make(Terminal terminal)
    {
        var command = new Command("version", "Print the version.");
        command.SetAction(_ => terminal.Output.WriteLine(ProgramVersion.Line));
        return command;
    }
}
