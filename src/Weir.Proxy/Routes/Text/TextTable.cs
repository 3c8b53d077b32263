using System.Runtime.CompilerServices;

namespace Weir.Proxy.Routes.Text;

/// <summary>
/// From (scope, text) to a number: open addressing over one array of structs, looked up by a span and its hash without making
/// a string. Filled by the builder alone, then shared by all loops; a lookup writes nothing.
/// </summary>
internal sealed class TextTable
{
    private readonly TextPool _pool;
    private Slot[] _slots;
    private int _mask;

    public TextTable(TextPool pool, int expected)
    {
        _pool = pool;
        _slots = new Slot[CapacityFor(expected)];
        _mask = _slots.Length - 1;
    }

    public int Count { get; private set; }

    /// <summary>Length of the longest text: anything longer is not here, which spares hashing what a hostile client sends.</summary>
    public int LongestText { get; private set; }

    /// <summary>Where the text of the last <see cref="GetOrAdd"/> that added one lies in the pool.</summary>
    public int LastAdded { get; private set; }

    /// <summary>The number, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(int scope, uint textHash, ReadOnlySpan<byte> text)
    {
        var slots = _slots;
        var hash = TextHash.InScope(textHash, scope);
        for (var i = hash & (uint)_mask; ; i = (i + 1) & (uint)_mask)
        {
            ref readonly var slot = ref slots[i];
            if (slot.ValuePlusOne == 0) return -1;
            if (slot.Hash == hash && slot.Scope == scope && text.SequenceEqual(_pool[slot.Offset, slot.Length])) return slot.ValuePlusOne - 1;
        }
    }

    /// <summary>The number that is there, else <paramref name="value"/> after adding it.</summary>
    public int GetOrAdd(int scope, ReadOnlySpan<byte> text, int value)
    {
        var textHash = TextHash.Of(text);
        var found = Find(scope, textHash, text);
        if (found >= 0) return found;

        // At most half full: probes stay short whatever is asked for.
        if ((Count + 1) * 2 > _slots.Length) Grow();
        LastAdded = _pool.Add(text);
        Insert(new Slot(TextHash.InScope(textHash, scope), scope, LastAdded, text.Length, value + 1));
        Count++;
        LongestText = Math.Max(LongestText, text.Length);
        return value;
    }

    private static int CapacityFor(int expected)
    {
        var capacity = 16;
        while (capacity < expected * 2) capacity *= 2;
        return capacity;
    }

    private void Insert(Slot slot)
    {
        var i = slot.Hash & (uint)_mask;
        while (_slots[i].ValuePlusOne != 0) i = (i + 1) & (uint)_mask;
        _slots[i] = slot;
    }

    private void Grow()
    {
        var old = _slots;
        _slots = new Slot[old.Length * 2];
        _mask = _slots.Length - 1;
        foreach (ref readonly var slot in old.AsSpan())
            if (slot.ValuePlusOne != 0) Insert(slot);
    }

    private readonly record struct Slot(uint Hash, int Scope, int Offset, int Length, int ValuePlusOne);
}
