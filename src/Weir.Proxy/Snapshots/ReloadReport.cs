using Weir.Proxy.Model;

namespace Weir.Proxy.Snapshots;

/// <summary>What changed of one kind of thing, by name.</summary>
public sealed record Change(string Kind, IReadOnlyList<string> Added, IReadOnlyList<string> Removed, IReadOnlyList<string> Changed, int Kept);

/// <summary>What a reload kept and what it changed.</summary>
public sealed record ReloadReport(IReadOnlyList<Change> Changes)
{
    public static ReloadReport Nothing { get; } = new([]);

    /// <summary>One line for each kind of which there is or was something.</summary>
    public IEnumerable<string> Lines
    {
        get
        {
            foreach (var change in Changes)
            {
                var parts = new List<string>();
                if (change.Added.Count > 0) parts.Add($"{change.Added.Count} added ({Names(change.Added)})");
                if (change.Removed.Count > 0) parts.Add($"{change.Removed.Count} removed ({Names(change.Removed)})");
                if (change.Changed.Count > 0) parts.Add($"{change.Changed.Count} changed ({Names(change.Changed)})");
                if (parts.Count == 0 && change.Kept == 0) continue;
                parts.Add($"{change.Kept} kept");
                yield return $"{change.Kind}: {string.Join(", ", parts)}";
            }
        }
    }

    internal static ReloadReport Compare(Snapshot? before, Snapshot after, IEnumerable<string> bound)
    {
        var old = before?.Digests;
        var now = after.Digests;
        return new ReloadReport([
            Compare("listeners", old?.Listeners, now.Listeners),
            Compare("policies", old?.Policies, now.Policies),
            Compare("routes", old?.Routes, now.Routes),
            Compare("clusters", old?.Clusters, now.Clusters),
            new Change("listening sockets", [.. bound], [], [], after.Listeners.Count - bound.Count()),
        ]);
    }

    private static Change Compare(string kind, IReadOnlyDictionary<string, string>? before, IReadOnlyDictionary<string, string> after)
    {
        before ??= new Dictionary<string, string>();
        var added = after.Keys.Where(n => !before.ContainsKey(n)).ToList();
        var removed = before.Keys.Where(n => !after.ContainsKey(n)).ToList();
        var changed = after.Where(p => before.TryGetValue(p.Key, out var old) && old != p.Value).Select(static p => p.Key).ToList();
        return new Change(kind, added, removed, changed, after.Count - added.Count - changed.Count);
    }

    private static string Names(IReadOnlyList<string> names)
        => names.Count <= 8 ? string.Join(' ', names) : string.Join(' ', names.Take(8)) + $" and {names.Count - 8} more";
}
