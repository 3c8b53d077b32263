using System.Text.RegularExpressions;
using Weir.AccessLog;
using Weir.Commands;
using Weir.Output;

namespace Weir.Tests.Docs;

/// <summary>Documents that list what the program has are held against it.</summary>
public class DocsTests
{
    [Fact]
    public void TheAccessLogsFieldsAreAllListed()
        => Names("docs/access-log.md", "^\\| `([a-z0-9_.]+)` \\|").ShouldBe(LogFields.All.Select(static f => f.Name), ignoreOrder: true);

    [Fact]
    public void EveryCommandHasASection()
    {
        using var terminal = new Terminal(TextWriter.Null, TextWriter.Null);
        Names("docs/cli.md", "^## weir ([a-z]+)").ShouldBe(CommandLine.Root(terminal).Subcommands.Select(static c => c.Name), ignoreOrder: true);
    }

    [Fact]
    public void EveryOptionIsInItsCommandsSection()
    {
        using var terminal = new Terminal(TextWriter.Null, TextWriter.Null);
        var sections = Regex.Split(Repository.Read("docs/cli.md"), "^## ", RegexOptions.Multiline);
        foreach (var command in CommandLine.Root(terminal).Subcommands)
        {
            var section = sections.Single(s => Regex.IsMatch(s, $"^weir {command.Name}\\b"));
            foreach (var option in command.Options) section.ShouldContain(option.Name, customMessage: $"weir {command.Name}");
        }
    }

    private static List<string> Names(string document, string pattern)
        => [.. Regex.Matches(Repository.Read(document), pattern, RegexOptions.Multiline).Select(static m => m.Groups[1].Value)];
}
