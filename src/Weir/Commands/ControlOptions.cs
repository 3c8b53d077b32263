using System.CommandLine;
using Weir.Control;
using Weir.Output;

namespace Weir.Commands;

/// <summary>What every command that talks to a running Weir takes.</summary>
internal sealed class ControlOptions(Terminal terminal)
{
    private readonly Option<string?> _config = ConfigOption.Make();
    private readonly Option<string?> _socket = new("--socket") { Description = "The control socket. Default: that of the configuration.", HelpName = "path" };

    public Option<bool> Json { get; } = new("--json") { Description = "The answer as JSON." };

    public Command Make(string name, string description, Func<ControlClient, bool, Task<int>> run)
        => Make(name, description, [], [], (client, json, _) => run(client, json));

    public Command Make(string name, string description, Argument[] arguments, Option[] options, Func<ControlClient, bool, ParseResult, Task<int>> run)
    {
        var command = new Command(name, description) { _config, _socket, Json };
        foreach (var argument in arguments) command.Add(argument);
        foreach (var option in options) command.Add(option);
        command.SetAction(async parsed =>
        {
            var given = parsed.GetValue(_config);
            var config = given is null ? ConfigOption.Usual(terminal) : ConfigOption.Find(given, terminal);
            if (given is not null && config is null) return ExitCodes.CannotRun;
            using var client = ControlClient.Find(terminal, parsed.GetValue(_socket), config);
            return client is null ? ExitCodes.CannotRun : await run(client, parsed.GetValue(Json), parsed);
        });
        return command;
    }
}
