using System.Text.RegularExpressions;

namespace Weir.Docs.Tests;

/// <summary>Links between pages lead somewhere.</summary>
public sealed partial class LinkTests
{
    [Fact]
    public void Links_lead_to_what_is_there()
        => Pages.All.SelectMany(static page => Link().Matches(Pages.Text(page)).Select(m => (page, to: m.Groups["to"].Value)))
            .Where(static l => !l.to.Contains("://") && !l.to.StartsWith("mailto:", StringComparison.Ordinal))
            .Where(static l => !Exists(l.page, l.to)).Select(static l => $"{l.page}: {l.to}").ShouldBeEmpty();

    [Fact]
    public void Every_page_of_docs_is_linked_from_the_readme()
    {
        var links = Link().Matches(Pages.Text("README.md")).Select(static m => m.Groups["to"].Value.Split('#')[0]).ToHashSet();
        Pages.All.Where(static p => p.StartsWith("docs/", StringComparison.Ordinal)).Except(links).ShouldBeEmpty();
    }

    private static bool Exists(string page, string to)
    {
        var parts = to.Split('#');
        var target = parts[0].Length == 0 ? page : Path.GetRelativePath(Pages.Root, Path.GetFullPath(parts[0], Path.Combine(Pages.Root, Path.GetDirectoryName(page)!)));
        if (!Path.Exists(Path.Combine(Pages.Root, target))) return false;
        return parts.Length == 1 || Heading().Matches(Pages.Text(target)).Any(h => Anchor(h.Groups["text"].Value) == parts[1]);
    }

    // As the usual renderers make them.
    private static string Anchor(string heading) => NotInAnchor().Replace(heading.Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"\]\((?<to>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("[^a-z0-9 _-]")]
    private static partial Regex NotInAnchor();
}
