using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weir.Http.Fields;

/// <summary>A piece of text in a <see cref="TextArena"/>. A negative offset (its complement) lies in the arena's own part.</summary>
public readonly record struct TextSlice(int Offset, int Length)
{
    public bool IsEmpty => Length == 0;

    /// <summary>A part of this slice.</summary>
    public TextSlice Slice(int start, int length)
    {
        Debug.Assert((uint)start <= (uint)Length && (uint)length <= (uint)(Length - start));
        return new TextSlice(Offset >= 0 ? Offset + start : ~(~Offset + start), length);
    }
}

/// <summary>
/// The bytes of a message head: the wire part is the receive buffer that the head was parsed in (not owned; the caller keeps
/// it alive until <see cref="Reset"/>), the own part takes what is added later. Loop-confined.
/// Hazard: a span taken from here dies with <see cref="Reset"/>, and spans of the own part die with the next append.
/// </summary>
public sealed unsafe class TextArena : IDisposable
{
    private const int FirstCapacity = 1024;

    private byte* _wire;
    private int _wireLength;
    private byte* _own;
    private int _ownCapacity;
    private int _ownLength;

    /// <summary>Bytes that may be appended at most; more is refused. Default 128 KiB.</summary>
    public int MaxAppended { get; init; } = 128 * 1024;

    public int Appended => _ownLength;

    /// <summary>The text of a slice.</summary>
    public ReadOnlySpan<byte> this[TextSlice slice]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (slice.Offset >= 0)
            {
                Debug.Assert(slice.Offset + slice.Length <= _wireLength);
                return new ReadOnlySpan<byte>(_wire + slice.Offset, slice.Length);
            }

            Debug.Assert(~slice.Offset + slice.Length <= _ownLength);
            return new ReadOnlySpan<byte>(_own + ~slice.Offset, slice.Length);
        }
    }

    /// <summary>The wire holds these two as one line just as a writer would write it: "name: value" and CRLF.</summary>
    internal bool IsWireLine(TextSlice name, TextSlice value)
    {
        var colon = name.Offset + name.Length;
        var end = value.Offset + value.Length;
        return name.Offset >= 0 && value.Offset == colon + 2 && end + 2 <= _wireLength
            && _wire[colon] == (byte)':' && _wire[colon + 1] == (byte)' ' && _wire[end] == (byte)'\r' && _wire[end + 1] == (byte)'\n';
    }

    /// <summary>
    /// Makes a receive buffer the wire part; offsets count from its start. For parsers only: a writer copies slices of the wire part
    /// unchecked, so whoever makes them has checked every byte by <see cref="FieldRules"/>.
    /// </summary>
    public void Attach(byte* wire, int length)
    {
        _wire = wire;
        _wireLength = length;
    }

    /// <summary>Appends text, which may be a view of this arena; false when <see cref="MaxAppended"/> would be passed.</summary>
    public bool TryAppend(ReadOnlySpan<byte> text, out TextSlice slice)
    {
        var own = OwnOffset(text);
        if (!TryReserve(text.Length, out slice)) return false;
        Copy(text, own, slice);
        return true;
    }

    /// <summary>Appends two texts, either of which may be a view of this arena; both or none.</summary>
    public bool TryAppend(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, out TextSlice firstSlice, out TextSlice secondSlice)
    {
        var (firstOwn, secondOwn) = (OwnOffset(first), OwnOffset(second));
        if (!TryReserve(first.Length + second.Length, out var both))
        {
            firstSlice = secondSlice = default;
            return false;
        }

        Copy(first, firstOwn, firstSlice = both.Slice(0, first.Length));
        Copy(second, secondOwn, secondSlice = both.Slice(first.Length, second.Length));
        return true;
    }

    /// <summary>Appends room for text that the caller writes by <see cref="Writable"/>.</summary>
    public bool TryReserve(int length, out TextSlice slice)
    {
        if (length > MaxAppended - _ownLength)
        {
            slice = default;
            return false;
        }

        if (_ownLength + length > _ownCapacity) Grow(_ownLength + length);
        slice = new TextSlice(~_ownLength, length);
        _ownLength += length;
        return true;
    }

    /// <summary>Makes a text longer: in place when it was appended last, else as a copy at the end.</summary>
    internal bool TryExtend(TextSlice text, ReadOnlySpan<byte> more, out TextSlice longer)
    {
        var own = OwnOffset(more);
        var isLast = text.Offset < 0 && ~text.Offset + text.Length == _ownLength;
        if (!TryReserve(isLast ? more.Length : text.Length + more.Length, out longer)) return false;
        if (isLast) longer = new TextSlice(text.Offset, text.Length + more.Length);
        else this[text].CopyTo(Writable(longer));
        Copy(more, own, longer.Slice(text.Length, more.Length));
        return true;
    }

    /// <summary>Gives back the end of the last reservation.</summary>
    public TextSlice Shrink(TextSlice last, int length)
    {
        Debug.Assert(last.Offset < 0 && ~last.Offset + last.Length == _ownLength && length <= last.Length);
        _ownLength -= last.Length - length;
        return new TextSlice(last.Offset, length);
    }

    /// <summary>The bytes of a slice of the own part, to write to.</summary>
    public Span<byte> Writable(TextSlice slice)
    {
        Debug.Assert(slice.Offset < 0);
        return new Span<byte>(_own + ~slice.Offset, slice.Length);
    }

    /// <summary>Forgets all text. A large own part is given back.</summary>
    public void Reset()
    {
        _wire = null;
        _wireLength = 0;
        _ownLength = 0;
        if (_ownCapacity > 16 * FirstCapacity) Free();
    }

    public void Dispose() => Free();

    // Where the text lies in the own part, which a reservation may move; -1 for text from elsewhere.
    private int OwnOffset(ReadOnlySpan<byte> text)
    {
        fixed (byte* start = text) return start >= _own && start < _own + _ownLength ? (int)(start - _own) : -1;
    }

    private void Copy(ReadOnlySpan<byte> text, int own, TextSlice to)
        => (own < 0 ? text : new ReadOnlySpan<byte>(_own + own, text.Length)).CopyTo(Writable(to));

    private void Free()
    {
        NativeMemory.Free(_own);
        _own = null;
        _ownCapacity = 0;
        _ownLength = 0;
    }

    private void Grow(int needed)
    {
        var capacity = Math.Max(FirstCapacity, _ownCapacity);
        while (capacity < needed) capacity *= 2;
        _own = (byte*)NativeMemory.Realloc(_own, (nuint)capacity);
        _ownCapacity = capacity;
    }
}
