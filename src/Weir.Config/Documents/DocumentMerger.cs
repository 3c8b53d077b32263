using Weir.Config.Diagnostics;

namespace Weir.Config.Documents;

/// <summary>
/// Several files' roots to one. Mappings under the same top-level key are put together; a name, or a top-level scalar or list,
/// that is given in two files is an error that names both places. <c>version</c> may stand in each, the same everywhere.
/// <c>include</c> has done its work by now and is left out.
/// </summary>
internal static class DocumentMerger
{
    public static MappingNode Merge(IReadOnlyList<MappingNode> roots, DiagnosticBag problems)
    {
        var byKey = new OrderedDictionary<string, List<MappingEntry>>(StringComparer.Ordinal);
        foreach (var entry in roots.SelectMany(r => r.Entries).Where(e => e.Key.Value != "include"))
        {
            if (byKey.TryGetValue(entry.Key.Value, out var list)) list.Add(entry);
            else byKey.Add(entry.Key.Value, [entry]);
        }

        var merged = byKey.Select(pair => pair.Value.Count == 1 ? pair.Value[0] : MergeOne(pair.Value, problems)).ToList();
        var first = roots[0];
        return new MappingNode(first.File, first.Line, first.Column, first.EndLine, first.EndColumn, merged);
    }

    private static MappingEntry MergeOne(List<MappingEntry> parts, DiagnosticBag problems)
    {
        var first = parts[0];
        if (first.Key.Value == "version" && parts.TrueForAll(p => p.Value is ScalarNode s && first.Value is ScalarNode f && s.Value == f.Value)) return first;
        var top = new KeyPlaces(problems);
        var inner = new KeyPlaces(problems);
        var entries = new List<MappingEntry>();
        foreach (var part in parts)
        {
            if (part.Value is not MappingNode || first.Value is not MappingNode) top.Add(part.Key);
            else entries.AddRange(((MappingNode)part.Value).Entries.Where(e => inner.Add(e.Key)));
        }

        if (first.Value is not MappingNode) return first;
        return first with { Value = new MappingNode(first.Value.File, first.Value.Line, first.Value.Column, first.Value.EndLine, first.Value.EndColumn, entries) };
    }
}
