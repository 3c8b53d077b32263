using Weir.Reactor.Buffers;

namespace Weir.Proxy.Wire;

/// <summary>
/// Bytes of a body that came and were not asked for yet, in their order: a ring of the loop's buffers. One is held while there are bytes in
/// it, or while the one who asked may still look at them. LoopState; reused.
/// </summary>
/// <param name="buffers">The loop's.</param>
/// <param name="largest">No larger buffers are taken; a small body takes a small one.</param>
/// <param name="memory">What this and its like may hold together; null when something else bounds it.</param>
internal sealed class BodyRing(BufferPool buffers, BufferSize largest, BodyMemory? memory = null)
{
    private Lease[] _parts = [];
    private int _first;

    /// <summary>Bytes that can be taken.</summary>
    public int Length { get; private set; }

    /// <summary>Of those that were taken last: they stay here until the next are asked for.</summary>
    public int Given { get; private set; }

    /// <summary>Buffers with bytes that can be taken, while none was.</summary>
    public int Parts { get; private set; }

    private ref Lease Last => ref _parts[(_first + Parts - 1) & (_parts.Length - 1)];

    /// <param name="data">Copied. False: there was no memory for all of it.</param>
    /// <param name="expected">How much may follow, with this, as far as is known.</param>
    public bool TryAdd(ReadOnlySpan<byte> data, long expected = 0)
    {
        while (!data.IsEmpty)
        {
            if ((Parts == 0 || Last.Room == 0) && !TryAppend(Math.Max(expected, data.Length))) return false;
            ref var last = ref Last;
            var piece = data[..Math.Min(data.Length, last.Room)];
            piece.CopyTo(last.Free);
            last.End += piece.Length;
            Length += piece.Length;
            data = data[piece.Length..];
        }

        return true;
    }

    /// <summary>The next bytes, valid until this is called again. The piece before goes back. Empty when there is none.</summary>
    public BodyPiece Take()
    {
        Given = 0;
        if (Parts > 0 && _parts[_first].Available == 0) Drop();
        if (Parts == 0) return default;
        var piece = Part(0);
        _parts[_first].Consume(piece.Length);
        Length -= piece.Length;
        Given = piece.Length;
        return piece;
    }

    /// <summary>A part of what can be taken, which stays.</summary>
    public unsafe BodyPiece Part(int index)
    {
        ref var part = ref _parts[(_first + index) & (_parts.Length - 1)];
        return new BodyPiece(part.Pointer + part.Start, part.Available);
    }

    /// <summary>Gives everything back. Nobody may be using a piece.</summary>
    public void Release()
    {
        while (Parts > 0) Drop();
        Length = Given = 0;
    }

    private bool TryAppend(long expected)
    {
        var size = BufferPool.SizeFor((int)Math.Min(expected, BufferPool.Capacity(largest)));
        if (memory is not null && !memory.TryTake(BufferPool.Capacity(size))) return false;
        if (Parts == _parts.Length) Grow();
        Parts++;
        Last = buffers.Rent(size);
        return true;
    }

    private void Drop()
    {
        memory?.Return(_parts[_first].Capacity);
        buffers.Return(ref _parts[_first]);
        _first = (_first + 1) & (_parts.Length - 1);
        Parts--;
    }

    // To the most that a body of this process takes.
    private void Grow()
    {
        var larger = new Lease[Math.Max(4, _parts.Length * 2)];
        for (var i = 0; i < Parts; i++) larger[i] = _parts[(_first + i) & (_parts.Length - 1)];
        (_parts, _first) = (larger, 0);
    }
}
