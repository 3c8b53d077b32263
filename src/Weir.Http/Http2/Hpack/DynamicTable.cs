using System.Diagnostics;
using System.Runtime.InteropServices;
using Weir.Http.Fields;

namespace Weir.Http.Http2.Hpack;

/// <summary>
/// The dynamic table of one direction, RFC 7541 §2.3.2 and §4: a ring of entries over one array of text. Text is appended, and
/// moved to the front when the array's end is reached; both arrays grow with what they hold, up to a small multiple of the
/// capacity. LoopState of a connection. Position 0 is the newest entry.
/// </summary>
internal sealed class DynamicTable
{
    /// <summary>What an entry costs beyond its text. RFC 7541 §4.1.</summary>
    public const int EntryCost = 32;

    private const int FirstSlots = 16;
    private const int FirstText = 512;

    private Slot[] _slots = [];
    private uint[] _hashes = [];
    private byte[] _text = [];
    private int _textEnd;
    private int _newest;

    /// <summary>Entries.</summary>
    public int Count { get; private set; }

    /// <summary>Text and cost of all entries.</summary>
    public int Size { get; private set; }

    /// <summary>What <see cref="Size"/> may be.</summary>
    public int Capacity { get; private set; }

    public HpackField this[int position]
    {
        get
        {
            Debug.Assert((uint)position < (uint)Count);
            ref readonly var slot = ref _slots[SlotAt(position)];
            return new HpackField(Text(slot.Start, slot.NameLength), Text(slot.Start + slot.NameLength, slot.ValueLength), slot.Id, slot.Pseudo, slot.Marks);
        }
    }

    /// <summary>Sets the capacity, and evicts what it has no room for. RFC 7541 §4.3.</summary>
    public void Resize(int capacity)
    {
        Capacity = capacity;
        Evict(capacity);
    }

    public void Clear() => Evict(0);

    /// <summary>
    /// Adds an entry; one that is larger than the table empties it. RFC 7541 §4.4. The name may be that of an entry here, even of
    /// one that has to go; the value may not.
    /// </summary>
    public void Add(scoped in HpackField field, uint hash = 0)
    {
        var length = field.Name.Length + field.Value.Length;
        if (length + EntryCost > Capacity)
        {
            Clear();
            return;
        }

        // Room is made before anything is evicted, so that a name from here is moved with the rest.
        var nameStart = OffsetOf(field.Name);
        var moved = MakeRoom(length);
        var name = nameStart < 0 ? field.Name : _text.AsSpan(nameStart - moved, field.Name.Length);
        var start = _textEnd;
        name.CopyTo(_text.AsSpan(start));
        field.Value.CopyTo(_text.AsSpan(start + name.Length));

        Evict(Capacity - length - EntryCost);
        if (Count == _slots.Length) GrowSlots();
        _newest = (_newest + 1) & (_slots.Length - 1);
        _slots[_newest] = new Slot(start, field.Name.Length, field.Value.Length, field.Id, field.Pseudo, field.Marks);
        _hashes[_newest] = hash;
        _textEnd = start + length;
        Size += length + EntryCost;
        Count++;
    }

    /// <summary>The position of an entry with this hash and text, or -1.</summary>
    public int Find(uint hash, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        for (var from = 0; ; from++)
        {
            from = FindHash(hash, from);
            if (from < 0) return -1;
            var field = this[from];
            if (field.Value.SequenceEqual(value) && field.Name.SequenceEqual(name)) return from;
        }
    }

    /// <summary>The newest position with this name, or -1.</summary>
    public int FindName(ReadOnlySpan<byte> name, KnownField id)
    {
        for (var i = 0; i < Count; i++)
        {
            ref readonly var slot = ref _slots[SlotAt(i)];
            if (slot.Id == id && slot.NameLength == name.Length && Text(slot.Start, slot.NameLength).SequenceEqual(name)) return i;
        }

        return -1;
    }

    // Slots from the newest backwards: down to the ring's start, then from its end.
    private int FindHash(uint hash, int from)
    {
        while (from < Count)
        {
            var slot = SlotAt(from);
            var length = Math.Min(slot + 1, Count - from);
            var found = _hashes.AsSpan(slot + 1 - length, length).LastIndexOf(hash);
            if (found >= 0) return from + (length - 1 - found);
            from += length;
        }

        return -1;
    }

    private int SlotAt(int position) => (_newest - position) & (_slots.Length - 1);

    private ReadOnlySpan<byte> Text(int start, int length) => _text.AsSpan(start, length);

    private int OffsetOf(ReadOnlySpan<byte> text)
        => text.Overlaps(_text, out var offset) ? -offset : -1;

    private void Evict(int size)
    {
        while (Size > size)
        {
            ref readonly var oldest = ref _slots[SlotAt(Count - 1)];
            Size -= oldest.NameLength + oldest.ValueLength + EntryCost;
            Count--;
        }

        if (Count == 0) _textEnd = 0;
    }

    // How far the text was moved towards the front.
    private int MakeRoom(int length)
    {
        if (_textEnd + length <= _text.Length) return 0;
        var start = Count == 0 ? _textEnd : _slots[SlotAt(Count - 1)].Start;
        var live = _textEnd - start;
        var from = _text;
        // A third of the array free after a move keeps moves rare.
        var wanted = (live + length) * 3 / 2;
        if (wanted > _text.Length)
        {
            var size = Math.Max(FirstText, _text.Length);
            while (size < wanted) size *= 2;
            _text = new byte[size];
        }

        Buffer.BlockCopy(from, start, _text, 0, live);
        for (var i = 0; i < Count; i++) _slots[SlotAt(i)].Start -= start;
        _textEnd = live;
        return start;
    }

    private void GrowSlots()
    {
        var slots = new Slot[Math.Max(FirstSlots, _slots.Length * 2)];
        var hashes = new uint[slots.Length];
        for (var i = 0; i < Count; i++)
        {
            slots[Count - 1 - i] = _slots[SlotAt(i)];
            hashes[Count - 1 - i] = _hashes[SlotAt(i)];
        }

        (_slots, _hashes, _newest) = (slots, hashes, Count - 1);
    }

    [StructLayout(LayoutKind.Auto)]
    private record struct Slot(int Start, int NameLength, int ValueLength, KnownField Id, PseudoField Pseudo, FieldMarks Marks);
}
