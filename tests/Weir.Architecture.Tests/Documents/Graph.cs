namespace Weir.Architecture.Tests.Documents;

/// <summary>Who may use whom, by name.</summary>
internal static class Graph
{
    /// <summary>A way round, or null.</summary>
    public static string? Cycle(IReadOnlyDictionary<string, HashSet<string>> edges)
    {
        var done = new HashSet<string>();
        return edges.Keys.Select(n => Cycle(edges, n, [], done)).FirstOrDefault(static c => c is not null);
    }

    private static string? Cycle(IReadOnlyDictionary<string, HashSet<string>> edges, string name, List<string> path, HashSet<string> done)
    {
        if (path.Contains(name)) return string.Join(" → ", path.SkipWhile(n => n != name).Append(name));
        if (done.Contains(name)) return null;
        path.Add(name);
        foreach (var next in edges.GetValueOrDefault(name) ?? [])
            if (Cycle(edges, next, path, done) is { } found) return found;
        path.RemoveAt(path.Count - 1);
        done.Add(name);
        return null;
    }
}
