using System.CommandLine;
using Weir.Config.Diagnostics;
using Weir.Output;

namespace Weir.Commands;

/// <summary>The commands of the program. What is not understood gets help on standard error and exit code 2.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args, Terminal terminal)
    {
        var root = Root(terminal);
        var parsed = root.Parse(WithAliases(args), new ParserConfiguration { ResponseFileTokenReplacer = null });
        // Signals are the running instance's own business, so none is taken here.
        var output = new InvocationConfiguration { Output = terminal.Output, Error = terminal.Error, ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false };
        if (parsed.Errors.Count > 0 || parsed.Action is null)
        {
            if (args.Length > 0) Complain(parsed, terminal);
            var help = root.Parse([.. Names(parsed.CommandResult), "--help"]);
            output.Output = args.Length == 0 ? terminal.Output : terminal.Error;
            help.Invoke(output);
            return args.Length == 0 ? ExitCodes.Done : ExitCodes.CannotRun;
        }

        return await parsed.InvokeAsync(output);
    }

    internal static RootCommand Root(Terminal terminal)
    {
        var root = new RootCommand("Weir: reverse proxy, load balancer and gateway. Signals of a running weir: HUP reload, QUIT and TERM drain and stop, INT stop, USR1 reopen logs.")
        {
            RunCommand.Make(terminal),
            CheckCommand.Make(terminal),
            PrintCommand.Make(terminal),
            FormatCommand.Make(terminal),
            RoutesCommand.Make(terminal),
            ExplainCommand.Make(terminal),
            SchemaCommand.Make(terminal),
            StatusCommand.Make(terminal),
            ReloadCommand.Make(terminal),
            DrainCommand.Make(terminal),
            WeightCommand.Make(terminal),
            SplitCommand.Make(terminal),
            MaintenanceCommand.Make(terminal),
            ResetCommand.Make(terminal),
            TrustCommand.Make(terminal),
            DemoCommand.Make(terminal),
            VersionCommand.Make(terminal),
        };
        foreach (var option in root.Options.OfType<VersionOption>().ToList()) root.Options.Remove(option);
        return root;
    }

    // A word that is not known is the one thing wrong, whatever else the parser misses for it.
    private static void Complain(ParseResult parsed, Terminal terminal)
    {
        if (parsed.UnmatchedTokens.Count == 0)
            foreach (var error in parsed.Errors) terminal.Complain($"weir: usage: {error.Message}");
        var known = parsed.CommandResult.Command.Subcommands.Select(static c => c.Name).Concat(parsed.CommandResult.Command.Options.Select(static o => o.Name)).ToList();
        foreach (var token in parsed.UnmatchedTokens)
        {
            if (token == "undrain" && parsed.CommandResult.Command is RootCommand)
            {
                terminal.Complain("weir: usage: 'undrain' is not known here: weir drain ENDPOINT --undo brings an endpoint back");
                return;
            }

            var isConfig = known.Contains("--config") && (token.EndsWith(".yaml", StringComparison.Ordinal) || token.EndsWith(".yml", StringComparison.Ordinal));
            var near = isConfig ? $"-c {token}" : new Suggestion().Closest(token, known);
            terminal.Complain($"weir: usage: '{token}' is not known here{(near is null ? "" : $" (did you mean '{near}'?)")}");
        }
    }

    // What users of other proxies type.
    private static string[] WithAliases(string[] args) => args switch
    {
        ["-t", .. var rest] => ["check", .. rest],
        ["-v" or "-V" or "--version", ..] => ["version"],
        _ => args,
    };

    private static Stack<string> Names(System.CommandLine.Parsing.CommandResult command)
    {
        var names = new Stack<string>();
        for (System.CommandLine.Parsing.SymbolResult? at = command; at is System.CommandLine.Parsing.CommandResult { Command: not RootCommand } known; at = at.Parent)
            names.Push(known.Command.Name);
        return names;
    }
}
