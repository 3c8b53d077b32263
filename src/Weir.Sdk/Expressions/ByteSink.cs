using System.Buffers;
using System.Buffers.Text;

namespace Weir.Sdk.Expressions;

/// <summary>
/// Takes bytes up to a limit: first into the caller's span, usually on the stack, then into a pooled array. Call
/// <see cref="Dispose"/> when done with <see cref="Written"/>; forgetting it costs a pooled array, nothing more.
/// </summary>
public ref struct ByteSink
{
    private readonly int _limit;
    private Span<byte> _room;
    private byte[]? _rented;
    private int _length;

    /// <summary>A sink that starts in <paramref name="first"/> and takes <paramref name="limit"/> bytes at most.</summary>
    public ByteSink(Span<byte> first, int limit = ExpressionLimits.OutputLength)
    {
        _room = first;
        _limit = limit;
    }

    /// <summary>Bytes taken so far.</summary>
    public readonly int Length => _length;

    /// <summary>What was taken so far; dies with the next write.</summary>
    public readonly ReadOnlySpan<byte> Written => _room[.._length];

    /// <summary>Takes all of the text, or nothing and false when the limit would be passed.</summary>
    public bool TryWrite(scoped ReadOnlySpan<byte> text)
    {
        if (!TryReserve(text.Length)) return false;
        text.CopyTo(_room[_length..]);
        _length += text.Length;
        return true;
    }

    /// <summary>Takes one byte.</summary>
    public bool TryWrite(byte value)
    {
        if (!TryReserve(1)) return false;
        _room[_length++] = value;
        return true;
    }

    /// <summary>Takes a number in decimal.</summary>
    public bool TryWriteNumber(long number)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(number, digits, out var length);
        return TryWrite(digits[..length]);
    }

    /// <summary>Forgets what was taken; keeps the room.</summary>
    public void Clear() => _length = 0;

    /// <summary>Gives the pooled array back.</summary>
    public void Dispose()
    {
        if (_rented is not null) ArrayPool<byte>.Shared.Return(_rented);
        _rented = null;
        _room = default;
        _length = 0;
    }

    private bool TryReserve(int more)
    {
        if (more > _limit - _length) return false;
        if (more <= _room.Length - _length) return true;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + more, Math.Min(_room.Length * 2, _limit)));
        Written.CopyTo(larger);
        if (_rented is not null) ArrayPool<byte>.Shared.Return(_rented);
        _room = _rented = larger;
        return true;
    }
}
