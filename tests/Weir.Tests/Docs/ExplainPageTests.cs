using System.Text.RegularExpressions;
using Weir.Tests.Commands;

namespace Weir.Tests.Docs;

/// <summary>What docs/explain.md and the README show is what the command prints.</summary>
public class ExplainPageTests
{
    public static TheoryData<string, string> Shown()
    {
        var data = new TheoryData<string, string>();
        foreach (Match block in Regex.Matches(Repository.Read("docs/explain.md"), @"^```text\n\$ weir (explain .+)\n((?:.*\n)*?)```", RegexOptions.Multiline)) data.Add(block.Groups[1].Value, block.Groups[2].Value);
        return data;
    }

    [Theory, MemberData(nameof(Shown))]
    public async Task ThePageShowsWhatIsPrinted(string command, string output)
    {
        using var shell = new Shell();
        shell.Environment["STATE_DIRECTORY"] = shell.Folder;
        shell.Write("weir.yaml", Regex.Match(Repository.Read("docs/explain.md"), @"^```yaml\n((?:.*\n)*?)```", RegexOptions.Multiline).Groups[1].Value);
        (await shell.RunAsync([.. Regex.Matches(command, "\"([^\"]*)\"|\\S+").Select(static m => m.Groups[1].Success ? m.Groups[1].Value : m.Value)])).ShouldBe(0, shell.Error);
        shell.Output.ShouldBe(output);
    }

    [Fact]
    public async Task TheReadmeShowsWhatIsPrinted()
    {
        var readme = Repository.Read("README.md");
        var block = Regex.Match(readme, @"^    \$ out/weir (explain .+)\n((?:    .*\n)+)", RegexOptions.Multiline);
        using var shell = new Shell();
        shell.Environment["STATE_DIRECTORY"] = shell.Folder;
        shell.Write("weir.yaml", Regex.Matches(readme[..block.Index], @"^```yaml\n((?:.*\n)*?)```", RegexOptions.Multiline)[^1].Groups[1].Value);
        // The folder is the shell's own, not the process's.
        (await shell.RunAsync(block.Groups[1].Value.Replace(" -c weir.yaml", "", StringComparison.Ordinal).Split(' '))).ShouldBe(0, shell.Error);
        shell.Output.ShouldBe(Regex.Replace(block.Groups[2].Value, "^    ", "", RegexOptions.Multiline));
    }

    [Fact]
    public void ThePageShowsSome() => Shown().Count.ShouldBeGreaterThan(3);
}
