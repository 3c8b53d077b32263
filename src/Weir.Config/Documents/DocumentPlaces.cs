using System.Globalization;

namespace Weir.Config.Documents;

/// <summary>
/// From a document path, <c>routes.orders.match.path[0]</c>, to its place in the files. Walks the tree when asked, so it costs
/// nothing when nothing is wrong. Names may hold dots: of the keys that the path could mean, the longest that exists is taken.
/// </summary>
internal sealed class DocumentPlaces(MappingNode root)
{
    /// <summary>The place of the path, or of its nearest ancestor. A column counts inside the scalar, where that is exact.</summary>
    public (SourceFile File, int Line, int Column) Find(string path, int column = -1)
    {
        ConfigNode at = root;
        ConfigNode place = root;
        var rest = path.AsSpan();
        while (rest.Length > 0 && Step(ref at, ref place, ref rest))
        {
        }

        if (column < 0 || at is not ScalarNode { IsExact: true } scalar) return (place.File, place.Line, place.Column);
        return (scalar.File, scalar.Line, scalar.Column + DocumentReader.InnerColumn(scalar, Math.Min(column, scalar.Value.Length)));
    }

    /// <summary>Something other than null is written under this key of the root, or of the mapping at a path.</summary>
    public bool Has(string path, string key) => At(path) is MappingNode mapping && mapping.TryGet(key, out var entry) && entry.Value is not ScalarNode { IsNull: true };

    /// <summary>The scalar that is written under this key of the mapping at a path, unless a variable in it has no value.</summary>
    public string? Text(string path, string key) => At(path) is MappingNode mapping && mapping.TryGet(key, out var entry) && entry.Value is ScalarNode { IsBroken: false } scalar ? scalar.Value : null;

    /// <summary>The names under a top-level key, as written, whether or not they could be read.</summary>
    public MappingNode? Names(string key) => root.TryGet(key, out var entry) ? entry.Value as MappingNode : null;

    private ConfigNode? At(string path)
    {
        ConfigNode at = root;
        ConfigNode place = root;
        var rest = path.AsSpan();
        while (rest.Length > 0 && Step(ref at, ref place, ref rest))
        {
        }

        return rest.Length == 0 ? at : null;
    }

    private static bool Step(ref ConfigNode at, ref ConfigNode place, ref ReadOnlySpan<char> rest)
    {
        if (rest[0] == '.') rest = rest[1..];
        if (at is SequenceNode list) return Item(list, ref at, ref place, ref rest);
        if (at is not MappingNode mapping) return false;
        for (var end = rest.Length; end > 0; end = rest[..end].LastIndexOfAny('.', '['))
        {
            if (!mapping.TryGet(rest[..end].ToString(), out var entry)) continue;
            // Of a scalar the value is what is wrong; of a mapping or list, the line where it is named.
            (at, place) = (entry.Value, entry.Value is ScalarNode { IsNull: false } ? entry.Value : entry.Key);
            rest = rest[end..];
            return true;
        }

        return false;
    }

    private static bool Item(SequenceNode list, ref ConfigNode at, ref ConfigNode place, ref ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOf(']');
        if (rest.IsEmpty || rest[0] != '[' || end < 0) return false;
        if (!int.TryParse(rest[1..end], NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index >= list.Items.Count) return false;
        (at, place) = (list.Items[index], list.Items[index]);
        rest = rest[(end + 1)..];
        return true;
    }
}
