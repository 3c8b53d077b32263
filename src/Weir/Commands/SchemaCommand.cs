using System.CommandLine;
using Weir.Config.Schema;
using Weir.Output;
using Weir.Running;

namespace Weir.Commands;

/// <summary><c>weir schema</c>: the JSON schema of weir.yaml, for editors.</summary>
internal static class SchemaCommand
{
    public static Command Make(Terminal terminal)
    {
        var command = new Command("schema", "Print the JSON schema of weir.yaml, for editors: weir schema > weir.schema.json.");
        command.SetAction(_ => terminal.Output.WriteLine(ConfigSchema.Generate(ConfigFile.Factories).TrimEnd()));
        return command;
    }
}
