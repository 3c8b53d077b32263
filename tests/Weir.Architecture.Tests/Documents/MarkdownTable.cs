namespace Weir.Architecture.Tests.Documents;

/// <summary>A table of ARCHITECTURE.md, found by its header line.</summary>
internal static class MarkdownTable
{
    /// <summary>The first two cells of each row, each a list of words without what marks them.</summary>
    public static IReadOnlyList<string[][]> Rows(string header)
    {
        var page = Repository.Text("ARCHITECTURE.md");
        var start = page.IndexOf(header, StringComparison.Ordinal);
        start.ShouldBeGreaterThan(0, $"ARCHITECTURE.md has no table \"{header}\"");
        return [.. page[start..].Split('\n').Skip(2).TakeWhile(static l => l.StartsWith('|')).Select(static l => l.Trim().Trim('|').Split('|').Take(2).Select(Words).ToArray())];
    }

    private static string[] Words(string cell) => cell.Split([' ', ',', '`'], StringSplitOptions.RemoveEmptyEntries);
}
