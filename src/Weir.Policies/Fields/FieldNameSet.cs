using System.Text;
using Weir.Http.Fields;
using Weir.Sdk.Policies;

namespace Weir.Policies.Fields;

/// <summary>
/// Names of fields, and beginnings of names (<c>X-Internal-*</c>), to be looked for in one walk over a head: known fields by
/// their id, others among the names of their length. Immutable.
/// </summary>
internal sealed class FieldNameSet
{
    private const int LongestBucket = 64;

    private readonly bool[] _known = new bool[256];
    private readonly byte[][]?[] _byLength = new byte[LongestBucket + 1][][];
    private readonly byte[][] _beginnings;

    public FieldNameSet(IEnumerable<string> names)
    {
        var all = names.Distinct(StringComparer.OrdinalIgnoreCase).Select(n => n.ToLowerInvariant()).ToArray();
        _beginnings = [.. all.Where(n => n.EndsWith('*')).Select(n => Encoding.ASCII.GetBytes(n[..^1]))];
        foreach (var name in all.Where(n => !n.EndsWith('*')).Select(Encoding.ASCII.GetBytes))
        {
            var id = KnownFields.Find(name);
            if (id != KnownField.Other) _known[(int)id] = true;
            else if (name.Length > LongestBucket) _beginnings = [.. _beginnings, name];
            else _byLength[name.Length] = [.. _byLength[name.Length] ?? [], name];
        }

        IsEmpty = all.Length == 0;
    }

    public bool IsEmpty { get; }

    /// <summary>Removes every field of the set. Fields that policies cannot edit stay, whatever a beginning says.</summary>
    public void RemoveFrom(FieldTable fields)
    {
        for (var i = 0; i < fields.Count; i++)
            if (Has(fields, i)) fields.RemoveAt(i);
    }

    private bool Has(FieldTable fields, int position)
    {
        var id = fields.Id(position);
        if (id == KnownField.Removed || EditableFields.IsReserved(id)) return false;
        if (id != KnownField.Other && _known[(int)id]) return true;
        var name = fields.Name(position);
        if (id == KnownField.Other && name.Length <= LongestBucket && _byLength[name.Length] is { } candidates)
        {
            foreach (var candidate in candidates)
                if (Ascii.EqualsIgnoreCase(name, candidate)) return true;
        }

        foreach (var beginning in _beginnings)
            if (name.Length >= beginning.Length && Ascii.EqualsIgnoreCase(name[..beginning.Length], beginning)) return true;
        return false;
    }
}
