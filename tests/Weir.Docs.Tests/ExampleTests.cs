using Weir.Config;
using Weir.Policies;
using Weir.Proxy.Inspection;

namespace Weir.Docs.Tests;

/// <summary>Every configuration that a page or an example shows is one that Weir takes.</summary>
public sealed class ExampleTests
{
    // Examples may show what the environment gives.
    private static readonly Dictionary<string, string> Variables = new() { ["ADMIN_TOKEN"] = "t0ken", ["STICKY_KEY"] = "0123456789abcdef" };

    public static TheoryData<string, string, string> Blocks()
    {
        var data = new TheoryData<string, string, string>();
        foreach (var page in Pages.All)
        {
            foreach (var (kind, text, line) in Pages.Blocks(page))
                if (kind == "yaml" && text.StartsWith("version: 1", StringComparison.Ordinal)) data.Add($"{page}:{line}", text, Path.GetDirectoryName(page)!);
        }

        foreach (var file in Pages.Folder("examples", "*.yaml").Select(static f => Path.GetRelativePath(Pages.Root, f)))
            if (File.ReadAllText(Path.Combine(Pages.Root, file)) is var text && text.Contains("version: 1")) data.Add(file, text, Path.GetDirectoryName(file)!);
        return data;
    }

    [Theory, MemberData(nameof(Blocks))]
    public async Task A_shown_configuration_is_valid(string name, string text, string folder)
    {
        var load = ConfigReader.LoadText(text, BuiltInPolicies.All, Variables.GetValueOrDefault, name, Path.Combine(Pages.Root, folder));
        load.Diagnostics.Select(static d => d.ToString()).ShouldBeEmpty();
        await using var trial = ConfigTrial.Of(load, BuiltInPolicies.All, static _ => []);
        trial.Diagnostics.Select(static d => d.ToString()).ShouldBeEmpty();
    }

    [Fact]
    public void The_pages_show_configurations() => Blocks().Count.ShouldBeGreaterThan(8);
}
