using Weir.Proxy.Wire;
using Weir.Reactor.Buffers;

namespace Weir.Proxy.Mirroring;

/// <summary>
/// What was read of a request's body and its copy has not sent yet, in the order in which it came: a ring of the loop's buffers, none of them
/// held while it is empty. LoopState; reused.
/// </summary>
internal sealed class BodyRing(BufferPool buffers, MirrorPairs memory)
{
    private Lease[] _parts = new Lease[4];
    private int _first;
    private int _count;
    private int _given;

    /// <summary>Bytes that were added and not taken; a piece is taken when the next is asked for.</summary>
    public int Length { get; private set; }

    /// <summary>Copies a piece to the end. False: more than <paramref name="window"/> would be waiting, or the loop's memory for this is used up. Where nothing waits a piece has room, however large it came.</summary>
    public bool TryAdd(BodyPiece piece, int window)
    {
        if (Length > 0 && piece.Length > window - Length) return false;
        for (var data = piece.Span; !data.IsEmpty;)
        {
            if ((_count == 0 || Last.Room == 0) && !TryAppend(data.Length)) return false;
            ref var last = ref Last;
            var part = data[..Math.Min(data.Length, last.Room)];
            part.CopyTo(last.Free);
            last.End += part.Length;
            Length += part.Length;
            data = data[part.Length..];
        }

        return true;
    }

    /// <summary>What comes next, valid until the next call; false when nothing is here.</summary>
    public unsafe bool TryRead(out BodyPiece piece)
    {
        piece = default;
        Take();
        if (_count == 0) return false;
        ref var first = ref _parts[_first];
        piece = new BodyPiece(first.Pointer + first.Start, first.Available);
        _given = first.Available;
        return true;
    }

    /// <summary>Gives everything back. Nobody may be using a piece.</summary>
    public void Release()
    {
        while (_count > 0) Drop();
        Length = _given = 0;
    }

    private ref Lease Last => ref _parts[(_first + _count - 1) & (_parts.Length - 1)];

    private void Take()
    {
        if (_given == 0) return;
        ref var first = ref _parts[_first];
        first.Consume(_given);
        Length -= _given;
        _given = 0;
        if (first.Available == 0) Drop();
    }

    private void Drop()
    {
        memory.Bytes -= _parts[_first].Capacity;
        buffers.Return(ref _parts[_first]);
        _first = (_first + 1) & (_parts.Length - 1);
        _count--;
    }

    private bool TryAppend(int expected)
    {
        var size = BufferPool.SizeFor(Math.Min(expected, BufferPool.Capacity(BufferSize.Medium)));
        if (memory.Bytes + BufferPool.Capacity(size) > MirrorPairs.Limit) return false;
        if (_count == _parts.Length) Grow();
        _count++;
        Last = buffers.Rent(size);
        memory.Bytes += Last.Capacity;
        return true;
    }

    // Sixteen of 72 KiB hold a usual window; it grows to the most that a mirror of this process allows.
    private void Grow()
    {
        var parts = new Lease[_parts.Length * 4];
        for (var i = 0; i < _count; i++) parts[i] = _parts[(_first + i) & (_parts.Length - 1)];
        (_parts, _first) = (parts, 0);
    }
}
