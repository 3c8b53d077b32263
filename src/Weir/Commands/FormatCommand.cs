using System.CommandLine;
using Weir.Config.Formatting;
using Weir.Output;

namespace Weir.Commands;

/// <summary><c>weir fmt</c>: the canonical layout of configuration files, in place.</summary>
internal static class FormatCommand
{
    public static Command Make(Terminal terminal)
    {
        var files = new Argument<string[]>("files") { Description = "Files to format. Default ./weir.yaml.", Arity = ArgumentArity.ZeroOrMore, DefaultValueFactory = static _ => ["weir.yaml"] };
        var check = new Option<bool>("--check") { Description = "Change nothing; exit code 1 and the names when a file is not formatted." };
        var command = new Command("fmt", "Format configuration files in place. Comments and the order of keys stay.") { files, check };
        command.SetAction(parsed => parsed.GetValue(files)!.Max(file => Format(terminal, file, parsed.GetValue(check))));
        return command;
    }

    private static int Format(Terminal terminal, string file, bool check)
    {
        var path = Path.Combine(terminal.Folder, file);
        if (!File.Exists(path))
        {
            terminal.Complain(Directory.Exists(path) ? $"{file}: cannot-format: is a folder (name its files: {file.TrimEnd('/')}/*.yaml)" : $"{file}: cannot-format: there is no such file");
            return ExitCodes.CannotRun;
        }

        try
        {
            var result = YamlFormatter.Format(File.ReadAllText(path), file);
            if (result.Problem is { } problem)
            {
                terminal.Complain(problem.ToString());
                return problem.IsError ? ExitCodes.Failed : ExitCodes.Done;
            }

            if (!result.IsChanged) return ExitCodes.Done;
            terminal.Output.WriteLine(file);
            if (check) return ExitCodes.Failed;
            Replace(path, result.Text);
            return ExitCodes.Done;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            terminal.Complain($"{file}: cannot-format: {failure.Message}");
            return ExitCodes.CannotRun;
        }
    }

    // A running Weir may be watching: it must never see half a file.
    private static void Replace(string path, string text)
    {
        var target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        var beside = target + ".fmt";
        File.WriteAllText(beside, text);
        File.SetUnixFileMode(beside, File.GetUnixFileMode(target));
        File.Move(beside, target, overwrite: true);
    }
}
