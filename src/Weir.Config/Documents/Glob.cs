using System.IO.Enumeration;

namespace Weir.Config.Documents;

/// <summary>Files by pattern: <c>*</c> and <c>?</c> within a name, <c>**</c> for any folders. Hidden names need their dot written, as in a shell.</summary>
internal static class Glob
{
    private const int MaxDepth = 32;

    public static bool IsPattern(string path) => path.AsSpan().ContainsAny('*', '?');

    /// <summary>Full paths, sorted, so that the order of reading does not depend on the file system.</summary>
    public static IReadOnlyList<string> Expand(string folder, string pattern)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        var root = Path.IsPathRooted(pattern) ? "/" : folder;
        Walk(root, pattern.Split('/', StringSplitOptions.RemoveEmptyEntries), 0, 0, found);
        return [.. found];
    }

    /// <summary>The folder below which everything that could match lies.</summary>
    public static string BaseFolder(string folder, string pattern)
    {
        var path = Path.IsPathRooted(pattern) ? "/" : folder;
        foreach (var part in pattern.Split('/', StringSplitOptions.RemoveEmptyEntries).SkipLast(1))
        {
            if (IsPattern(part)) break;
            path = Path.Combine(path, part);
        }

        return Path.GetFullPath(path);
    }

    private static void Walk(string folder, string[] parts, int at, int depth, SortedSet<string> found)
    {
        if (depth > MaxDepth || !Directory.Exists(folder)) return;
        var part = parts[at];
        var last = at == parts.Length - 1;
        if (part == "**")
        {
            if (!last) Walk(folder, parts, at + 1, depth, found);
            else Add(folder, "*", found);
            foreach (var inner in Names(folder, "*", true)) Walk(inner, parts, at, depth + 1, found);
        }
        else if (last)
        {
            Add(folder, part, found);
        }
        else if (IsPattern(part))
        {
            foreach (var inner in Names(folder, part, true)) Walk(inner, parts, at + 1, depth + 1, found);
        }
        else
        {
            Walk(Path.Combine(folder, part), parts, at + 1, depth + 1, found);
        }
    }

    private static void Add(string folder, string pattern, SortedSet<string> found)
    {
        foreach (var file in Names(folder, pattern, false)) found.Add(Path.GetFullPath(file));
    }

    private static IEnumerable<string> Names(string folder, string pattern, bool folders)
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(folder).Where(e => Matches(Path.GetFileName(e), pattern) && (folders ? Directory.Exists(e) : File.Exists(e)))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static bool Matches(string name, string pattern)
        => (name[0] != '.' || pattern[0] == '.') && FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);
}
