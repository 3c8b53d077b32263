namespace Weir.Sdk.Expressions.Nodes;

/// <summary>
/// A thread's room for text that an evaluation has to make: a stack of bytes, and characters for one regex at a time.
/// Evaluations do not suspend, so one per thread is enough; a nested evaluation stacks on top.
/// </summary>
internal sealed class Scratch
{
    private const int FirstLength = 4096;
    private const int KeptLength = 64 * 1024;

    [ThreadStatic] private static Scratch? t_current;

    private byte[] _bytes = new byte[FirstLength];
    private char[] _chars = new char[FirstLength];
    private int _used;

    public static Scratch Current => t_current ??= new Scratch();

    public int Used => _used;

    /// <summary>Bytes that stay valid until <see cref="ReleaseTo"/>; growing leaves earlier ones where they are.</summary>
    public bool TryTake(int length, out Span<byte> bytes)
    {
        if (length > ExpressionLimits.ScratchLength - _used)
        {
            bytes = default;
            return false;
        }

        if (_used + length > _bytes.Length) _bytes = new byte[Math.Max(_used + length, _bytes.Length * 2)];
        bytes = _bytes.AsSpan(_used, length);
        _used += length;
        return true;
    }

    /// <summary>Characters that stay valid until the next call.</summary>
    public Span<char> Characters(int length)
    {
        if (length > _chars.Length) _chars = new char[Math.Max(length, _chars.Length * 2)];
        return _chars.AsSpan(0, length);
    }

    public void ReleaseTo(int mark)
    {
        _used = mark;
        if (mark != 0) return;
        if (_bytes.Length > KeptLength) _bytes = new byte[FirstLength];
        if (_chars.Length > KeptLength) _chars = new char[FirstLength];
    }
}
