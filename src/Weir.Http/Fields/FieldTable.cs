using System.Diagnostics;
using System.Text;

namespace Weir.Http.Fields;

/// <summary>One field of a head. <see cref="Id"/> is <see cref="KnownField.Removed"/> for one that was taken out.</summary>
public readonly record struct Field(TextSlice Name, TextSlice Value, KnownField Id)
{
    /// <summary>The sender wants it in no table of a compressor, this side's neither. RFC 7541 §7.1.3.</summary>
    public bool IsSensitive { get; init; }
}

/// <summary>
/// The fields of one message in wire order: an offset table over a <see cref="TextArena"/>. Pooled with its exchange, loop-confined.
/// Removing leaves a hole, so that positions stay valid while they are walked; readers skip <see cref="KnownField.Removed"/>.
/// </summary>
public sealed class FieldTable(TextArena arena)
{
    private const int FirstCapacity = 32;
    private const int LastBit = 63;

    private Field[] _fields = new Field[FirstCapacity];
    private ulong _present;
    private ulong _repeated;

    /// <summary>Fields at most, holes included; adding more is refused. Default 1,000.</summary>
    public int MaxCount { get; set; } = 1000;

    /// <summary>Positions in use, holes included.</summary>
    public int Count { get; private set; }

    public TextArena Arena => arena;

    public Field this[int position] => _fields[position];

    internal ref readonly Field At(int position) => ref _fields[position];

    public ReadOnlySpan<byte> Name(int position) => arena[_fields[position].Name];

    public ReadOnlySpan<byte> Value(int position) => arena[_fields[position].Value];

    public KnownField Id(int position) => _fields[position].Id;

    public bool Has(KnownField id) => (_present & Bit(id)) != 0 && IndexOf(id) >= 0;

    /// <summary>The first position at or after <paramref name="from"/> with this field, or -1.</summary>
    public int IndexOf(KnownField id, int from = 0)
    {
        Debug.Assert(id > KnownField.Removed);
        if ((_present & Bit(id)) == 0) return -1;
        for (var i = from; i < Count; i++)
            if (_fields[i].Id == id) return i;
        return -1;
    }

    /// <summary>The first position at or after <paramref name="from"/> with this name in any case, or -1.</summary>
    public int IndexOf(ReadOnlySpan<byte> name, int from = 0)
    {
        var id = KnownFields.Find(name);
        if (id != KnownField.Other) return IndexOf(id, from);
        for (var i = from; i < Count; i++)
            if (_fields[i].Id == KnownField.Other && Ascii.EqualsIgnoreCase(Name(i), name)) return i;
        return -1;
    }

    /// <summary>The value of the first field of this kind; empty when there is none (see <see cref="Has"/>).</summary>
    public ReadOnlySpan<byte> Get(KnownField id)
    {
        var position = IndexOf(id);
        return position < 0 ? default : Value(position);
    }

    /// <summary>The value of the first field of this name; empty when there is none.</summary>
    public ReadOnlySpan<byte> Get(ReadOnlySpan<byte> name)
    {
        var position = IndexOf(name);
        return position < 0 ? default : Value(position);
    }

    /// <summary>How many fields of this kind there are.</summary>
    public int CountOf(KnownField id)
    {
        var count = 0;
        for (var i = IndexOf(id); i >= 0; i = IndexOf(id, i + 1)) count++;
        return count;
    }

    /// <summary>More than one field of this kind was added, whatever was removed since. For the guards, who look before anybody edits.</summary>
    internal bool SawSeveral(KnownField id)
    {
        Debug.Assert((int)id < LastBit, "The last bit is shared.");
        return (_repeated & Bit(id)) != 0;
    }

    /// <summary>Adds a field whose text is in the arena already. The parser's way in.</summary>
    public bool TryAdd(TextSlice name, TextSlice value, KnownField id)
    {
        if (Count >= MaxCount) return false;
        if (Count == _fields.Length) Array.Resize(ref _fields, Count * 2);
        _fields[Count++] = new Field(name, value, id);
        _repeated |= _present & Bit(id);
        _present |= Bit(id);
        return true;
    }

    /// <summary>Adds a field, whatever is there. False when a bound is passed. The caller vouches for valid text, which may be a view of another field.</summary>
    public bool TryAdd(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        => Count < MaxCount
            && arena.TryAppend(name, value, out var nameSlice, out var valueSlice)
            && TryAdd(nameSlice, valueSlice, KnownFields.Find(arena[nameSlice]));

    /// <summary>Replaces all fields of this name by one.</summary>
    public bool TrySet(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        // Added before the others are removed: the value may be a view of one of them.
        if (!TryAdd(name, value)) return false;
        name = Name(Count - 1);
        for (var i = IndexOf(name); i >= 0 && i < Count - 1; i = IndexOf(name, i + 1)) RemoveAt(i);
        return true;
    }

    /// <summary>Removes all fields of this name; how many they were.</summary>
    public int Remove(ReadOnlySpan<byte> name)
    {
        var removed = 0;
        for (var i = IndexOf(name); i >= 0; i = IndexOf(name, i + 1), removed++) RemoveAt(i);
        return removed;
    }

    /// <summary>Removes all fields of this kind; how many they were.</summary>
    public int Remove(KnownField id)
    {
        var removed = 0;
        for (var i = IndexOf(id); i >= 0; i = IndexOf(id, i + 1), removed++) RemoveAt(i);
        return removed;
    }

    /// <summary>Removes all fields of these kinds. Costs one test when none was ever added.</summary>
    public void Remove(FieldSet set)
    {
        if (!set.MayContain(_present)) return;
        for (var i = 0; i < Count; i++)
            if (set.Contains(_fields[i].Id)) RemoveAt(i);
    }

    /// <summary>Gives a field another value, which is in the arena already.</summary>
    internal void SetValue(int position, TextSlice value) => _fields[position] = _fields[position] with { Value = value };

    internal void MarkSensitive(int position) => _fields[position] = _fields[position] with { IsSensitive = true };

    public void RemoveAt(int position) => _fields[position] = _fields[position] with { Id = KnownField.Removed };

    /// <summary>Copies the table, holes included, so that <see cref="Replace"/> can bring it back.</summary>
    public void CopyTo(List<Field> saved)
    {
        saved.Clear();
        saved.AddRange(_fields.AsSpan(0, Count));
    }

    /// <summary>Puts back what <see cref="CopyTo"/> saved. The text must still be in the arena.</summary>
    public void Replace(List<Field> saved)
    {
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(saved).CopyTo(_fields);
        Count = saved.Count;
    }

    /// <summary>Adds the fields of another table, text and all; holes are left out. False when a bound is passed.</summary>
    public bool TryCopyFrom(FieldTable other)
    {
        for (var i = 0; i < other.Count; i++)
        {
            ref readonly var field = ref other.At(i);
            if (field.Id == KnownField.Removed) continue;
            if (Count >= MaxCount || !arena.TryAppend(other.Arena[field.Name], other.Arena[field.Value], out var name, out var value) || !TryAdd(name, value, field.Id)) return false;
            if (field.IsSensitive) MarkSensitive(Count - 1);
        }

        return true;
    }

    public void Reset()
    {
        Count = 0;
        _present = 0;
        _repeated = 0;
        if (_fields.Length > 8 * FirstCapacity) _fields = new Field[FirstCapacity];
    }

    // A hint only: never cleared by a removal, and kinds past 63 share the last bit.
    private static ulong Bit(KnownField id) => 1UL << Math.Min((int)id, LastBit);
}
