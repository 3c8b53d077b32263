using System.Text.RegularExpressions;
using Weir.Tests.Commands;

namespace Weir.Tests.Docs;

/// <summary>What docs/explain.md shows is what the command prints.</summary>
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
    public void ThePageShowsSome() => Shown().Count.ShouldBeGreaterThan(3);
}
