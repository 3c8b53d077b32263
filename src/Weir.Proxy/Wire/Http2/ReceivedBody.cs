using Weir.Reactor.Buffers;

namespace Weir.Proxy.Wire.Http2;

/// <summary>
/// The bytes of a stream's body that came and were not asked for yet: at most its window. A buffer is held while there are bytes in it,
/// or while the one who asked may still look at them. LoopState.
/// </summary>
internal sealed class ReceivedBody(BufferPool buffers)
{
    private Lease[] _parts = new Lease[2];
    private int _first;
    private int _count;

    /// <summary>Bytes that can be taken.</summary>
    public int Length { get; private set; }

    /// <param name="data">Copied.</param>
    /// <param name="expected">How much may follow, as far as is known: a small body takes a small buffer.</param>
    public void Add(ReadOnlySpan<byte> data, long expected)
    {
        Length += data.Length;
        while (!data.IsEmpty)
        {
            if (_count == 0 || Last.Room == 0) Append(Math.Max(expected, data.Length));
            ref var last = ref Last;
            var piece = data[..Math.Min(data.Length, last.Room)];
            piece.CopyTo(last.Free);
            last.End += piece.Length;
            data = data[piece.Length..];
        }
    }

    /// <summary>The next bytes, valid until this is called again. The piece before goes back. Empty when there is none.</summary>
    public unsafe BodyPiece Take()
    {
        if (_count > 0 && _parts[_first].Available == 0) ReturnFirst();
        if (_count == 0) return default;
        ref var first = ref _parts[_first];
        var piece = new BodyPiece(first.Pointer + first.Start, first.Available);
        Length -= piece.Length;
        first.Consume(piece.Length);
        return piece;
    }

    public void Release()
    {
        while (_count > 0) ReturnFirst();
        Length = 0;
    }

    private ref Lease Last => ref _parts[(_first + _count - 1) % _parts.Length];

    private void Append(long expected)
    {
        if (_count == _parts.Length) Grow();
        _count++;
        Last = buffers.Rent(expected <= BufferPool.Capacity(BufferSize.Tiny) ? BufferSize.Tiny : BufferSize.Small);
    }

    private void ReturnFirst()
    {
        buffers.Return(ref _parts[_first]);
        _first = (_first + 1) % _parts.Length;
        _count--;
    }

    private void Grow()
    {
        var larger = new Lease[_parts.Length * 2];
        for (var i = 0; i < _count; i++) larger[i] = _parts[(_first + i) % _parts.Length];
        (_parts, _first) = (larger, 0);
    }
}
