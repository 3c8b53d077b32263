namespace Weir.Config.Documents;

/// <summary>
/// A node of the parsed document. Lines and columns count from 1. Immutable once read. Aliased nodes are shared, so the tree
/// is a graph without cycles; <see cref="Size"/> counts it as if it were written out.
/// </summary>
internal abstract class ConfigNode(SourceFile file, int line, int column, int endLine, int endColumn)
{
    public SourceFile File { get; } = file;

    public int Line { get; } = line;

    public int Column { get; } = column;

    public int EndLine { get; } = endLine;

    public int EndColumn { get; } = endColumn;

    /// <summary>Nodes in it, itself included, aliases written out.</summary>
    public long Size { get; init; } = 1;

    /// <summary>For messages: "a mapping".</summary>
    public abstract string Description { get; }
}

/// <summary>A list.</summary>
internal sealed class SequenceNode(SourceFile file, int line, int column, int endLine, int endColumn, IReadOnlyList<ConfigNode> items)
    : ConfigNode(file, line, column, endLine, endColumn)
{
    public IReadOnlyList<ConfigNode> Items { get; } = items;

    public override string Description => "a list";
}

/// <summary>A key and its value.</summary>
internal readonly record struct MappingEntry(ScalarNode Key, ConfigNode Value);

/// <summary>A mapping in the order of the file, keys distinct.</summary>
internal sealed class MappingNode(SourceFile file, int line, int column, int endLine, int endColumn, IReadOnlyList<MappingEntry> entries)
    : ConfigNode(file, line, column, endLine, endColumn)
{
    private const int IndexedFrom = 12;

    private Dictionary<string, int>? _index;

    public IReadOnlyList<MappingEntry> Entries { get; } = entries;

    public override string Description => "a mapping";

    /// <summary>The entry under a key; linear for small mappings, indexed for large ones.</summary>
    public bool TryGet(string key, out MappingEntry entry)
    {
        if (Entries.Count >= IndexedFrom) return TryGetIndexed(key, out entry);
        foreach (var candidate in Entries)
        {
            if (candidate.Key.Value != key) continue;
            entry = candidate;
            return true;
        }

        entry = default;
        return false;
    }

    private bool TryGetIndexed(string key, out MappingEntry entry)
    {
        if (_index is null)
        {
            _index = new Dictionary<string, int>(Entries.Count, StringComparer.Ordinal);
            for (var i = 0; i < Entries.Count; i++) _index.TryAdd(Entries[i].Key.Value, i);
        }

        var found = _index.TryGetValue(key, out var at);
        entry = found ? Entries[at] : default;
        return found;
    }
}
