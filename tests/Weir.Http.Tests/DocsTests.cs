using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Weir.Http.Tests;

/// <summary>docs/http1.md names refusals that exist, and none of those that the parsers give is missing there.</summary>
public sealed class DocsTests
{
    [Fact]
    public void The_refusals_of_the_document_are_those_of_the_parsers()
    {
        var rows = File.ReadAllLines(Path.Combine(Root(), "docs/http1.md")).Where(l => l.StartsWith("| ", StringComparison.Ordinal));
        var named = rows.SelectMany(r => Regex.Matches(r.Split(" | ")[^1], "`([a-z0-9-]+)`").Select(m => m.Groups[1].Value)).ToHashSet();
        var known = Enum.GetValues<Refusal>().ToDictionary(r => Kebab(r.ToString()));
        named.ShouldAllBe(name => known.ContainsKey(name));

        // Paths have their own page, and the end of a body is seen by the connection.
        Refusal[] elsewhere = [Refusal.BadPathEncoding, Refusal.PathEscapesRoot, Refusal.UnexpectedEndOfBody];
        Enum.GetValues<Refusal>().Where(r => r is > Refusal.None and <= Refusal.UnexpectedEndOfBody)
            .Except(elsewhere).Select(r => Kebab(r.ToString())).Except(named).ShouldBeEmpty();
    }

    private static string Root([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../.."));

    private static string Kebab(string name) => Regex.Replace(name, "(?<!^)([A-Z])", "-$1").ToLowerInvariant();
}
