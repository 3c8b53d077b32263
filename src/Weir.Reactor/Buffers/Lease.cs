namespace Weir.Reactor.Buffers;

/// <summary>
/// A buffer on loan from its loop's <see cref="BufferPool"/>, with what is filled so far: bytes
/// [<see cref="Start"/>, <see cref="End"/>) are data. A value type with one owner: pass it by ref, and return it exactly once.
/// </summary>
public unsafe struct Lease
{
    internal Lease(byte* pointer, BufferSize size)
    {
        Pointer = pointer;
        Size = size;
        Start = End = 0;
    }

    public readonly byte* Pointer;

    public readonly BufferSize Size;

    /// <summary>Where unread data begins.</summary>
    public int Start;

    /// <summary>Where data ends and room begins.</summary>
    public int End;

    /// <summary>No buffer is held.</summary>
    public readonly bool IsEmpty => Pointer is null;

    public readonly int Capacity => Pointer is null ? 0 : BufferPool.Capacity(Size);

    /// <summary>Unread bytes.</summary>
    public readonly int Available => End - Start;

    /// <summary>Bytes that can still be added at the end.</summary>
    public readonly int Room => Capacity - End;

    public readonly ReadOnlySpan<byte> Data => new(Pointer + Start, End - Start);

    public readonly Span<byte> Free => new(Pointer + End, Room);

    /// <summary>Marks bytes as read.</summary>
    public void Consume(int bytes)
    {
        Start += bytes;
        System.Diagnostics.Debug.Assert(Start <= End);
    }
}
