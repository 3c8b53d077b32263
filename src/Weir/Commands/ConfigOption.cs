using System.CommandLine;
using Weir.Output;

namespace Weir.Commands;

/// <summary>Where a command finds the configuration: <c>-c</c>, else ./weir.yaml, else /etc/weir/weir.yaml.</summary>
internal static class ConfigOption
{
    private const string Here = "weir.yaml";
    private const string Installed = "/etc/weir/weir.yaml";

    public static Option<string?> Make() => new("--config", "-c")
    {
        Description = $"The configuration: a file, or a folder of *.yaml. Default ./{Here}, then {Installed}.",
        HelpName = "path",
    };

    /// <summary>The path as it is to be shown in diagnostics; null, after a complaint, when there is none.</summary>
    public static string? Find(string? given, Terminal terminal)
    {
        if (given is not null)
        {
            var path = Path.Combine(terminal.Folder, given);
            if (Exists(path)) return terminal.Folder == "." ? given : path;
            terminal.Complain($"{given}: no-config: there is no such file or folder");
            return null;
        }

        if (Usual(terminal) is { } usual) return usual;
        terminal.Complain($"no-config: there is neither ./{Here} nor {Installed} (name one with -c)");
        return null;
    }

    /// <summary>The one that is taken when none is given; null when there is none.</summary>
    public static string? Usual(Terminal terminal)
    {
        var here = terminal.Folder == "." ? Here : Path.Combine(terminal.Folder, Here);
        return File.Exists(here) ? here : File.Exists(Installed) ? Installed : null;
    }

    private static bool Exists(string path) => File.Exists(path) || Directory.Exists(path);
}
