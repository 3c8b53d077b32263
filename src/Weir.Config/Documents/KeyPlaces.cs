using Weir.Config.Diagnostics;

namespace Weir.Config.Documents;

/// <summary>Finds a key that is given twice in one mapping, or in two files' parts of one. Names both places.</summary>
internal sealed class KeyPlaces(DiagnosticBag problems)
{
    private const int IndexedFrom = 12;

    private readonly List<ScalarNode> _keys = [];
    private Dictionary<string, ScalarNode>? _index;

    /// <summary>False after the duplicate was reported, at its second place.</summary>
    public bool Add(ScalarNode key)
    {
        var first = Find(key.Value);
        if (first is null)
        {
            _keys.Add(key);
            _index?.Add(key.Value, key);
            return true;
        }

        var where = first.File == key.File ? $"line {first.Line}" : $"{first.File.Name}:{first.Line}:{first.Column}";
        problems.Error(key, "duplicate-key", $"'{key.Value}' is given twice", $"first in {where}");
        return false;
    }

    private ScalarNode? Find(string name)
    {
        if (_index is null && _keys.Count >= IndexedFrom) _index = _keys.ToDictionary(k => k.Value, StringComparer.Ordinal);
        return _index is null ? _keys.Find(k => k.Value == name) : _index.GetValueOrDefault(name);
    }
}
