using System.Text.RegularExpressions;
using Weir.Architecture.Tests.Documents;

namespace Weir.Architecture.Tests;

/// <summary>What ARCHITECTURE.md names is there.</summary>
public sealed partial class NameTests
{
    // Types of the runtime that the page speaks of.
    private static readonly string[] Others = ["HttpClient", "SynchronizationContext", "AsyncLocal", "Weir"];

    [Fact]
    public void Types_in_backquotes_exist()
    {
        var types = new[] { "src", "bench" }.SelectMany(Repository.Sources).SelectMany(static f => Declaration().Matches(Repository.Text(f))).Select(static m => m.Groups["name"].Value).ToHashSet();
        types.UnionWith([.. Others, .. RoomTable.Rooms.Keys]);
        Quoted().Select(static q => TypeWord().Match(q)).Where(static m => m.Success).Select(static m => m.Groups["name"].Value).Where(n => !types.Contains(n)).Distinct().ShouldBeEmpty();
    }

    [Fact]
    public void Paths_in_backquotes_exist()
        => Quoted().Where(static q => PathWord().IsMatch(q)).Where(static q => !Exists(q.TrimEnd('/'))).ShouldBeEmpty();

    [Fact]
    public void Namespaces_follow_folders()
    {
        var wrong = Repository.Sources("src").Where(static f => Namespace().Match(Repository.Text(f)) is { Success: true } given && given.Groups["name"].Value != Path.GetDirectoryName(f)!["src/".Length..].Replace('/', '.'));
        wrong.ShouldBeEmpty();
    }

    // From the root, or from src/Weir.Proxy, where most of the page is about.
    private static bool Exists(string path) => new[] { "", "src", "src/Weir.Proxy" }.Any(from => Path.Exists(Path.Combine(Repository.Root, from, path)));

    private static IEnumerable<string> Quoted() => CodeSpan().Matches(CodeBlock().Replace(Repository.Text("ARCHITECTURE.md"), "")).Select(static m => m.Groups["text"].Value);

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex("`(?<text>[^`\n]+)`")]
    private static partial Regex CodeSpan();

    // A type, or a member behind its type.
    [GeneratedRegex(@"^(?<name>[A-Z]+[a-z][A-Za-z0-9]*)(\.[A-Z]\w+)?$")]
    private static partial Regex TypeWord();

    [GeneratedRegex(@"^[\w.*-]*(/[\w.*-]+)+/?$|^\w+\.(cs|md)$")]
    private static partial Regex PathWord();

    [GeneratedRegex(@"\b(?:class|struct|interface|enum|record|delegate)\s+(?:struct\s+|class\s+)?(?<name>[A-Z]\w+)")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
