using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Weir.Docs.Tests;

/// <summary>The pages of the repository, and what is in them.</summary>
internal static partial class Pages
{
    public static string Root { get; } = Find();

    /// <summary>Every page for readers, as paths from the root.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. Directory.EnumerateFiles(Root, "*.md").Concat(Folder("docs", "*.md")).Concat(Folder("examples", "*.md")).Concat(Folder("src", "README.md")).Concat(Folder("bench", "README.md"))
            .Select(static path => Path.GetRelativePath(Root, path)).Order(StringComparer.Ordinal),
    ];

    public static string Text(string page) => File.ReadAllText(Path.Combine(Root, page));

    /// <summary>Code blocks with what stands behind their opening fence, and their first line's number.</summary>
    public static IEnumerable<(string Kind, string Text, int Line)> Blocks(string page)
        => Block().Matches(Text(page)).Select(m => (m.Groups["kind"].Value, m.Groups["text"].Value, Text(page).AsSpan(0, m.Index).Count('\n') + 2));

    /// <summary>The rows of a table whose header line begins so, as cells.</summary>
    public static IEnumerable<string[]> Rows(string page, string header)
        => Text(page).Split('\n').SkipWhile(l => !l.StartsWith(header, StringComparison.Ordinal)).Skip(2).TakeWhile(static l => l.StartsWith('|'))
            .Select(static l => l.Trim().Trim('|').Split(" | ").Select(static c => c.Trim()).ToArray());

    public static IEnumerable<string> Folder(string folder, string pattern)
        => Directory.Exists(Path.Combine(Root, folder))
            ? Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories).Where(static f => !f.Contains("/bin/") && !f.Contains("/obj/"))
            : [];

    private static string Find([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../.."));

    [GeneratedRegex("^```(?<kind>[^\n]*)\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
