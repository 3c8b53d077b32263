namespace Weir.Http.Http2.Hpack;

internal enum IntegerStep : byte { More, Done, TooLarge }

/// <summary>
/// An integer with a prefix of some bits, RFC 7541 §5.1, read a byte at a time so that it may be split anywhere. Nothing in HPACK
/// needs more than 28 bits; what is larger, or padded with empty continuation bytes, is refused.
/// </summary>
internal struct HpackInteger
{
    /// <summary>Bytes that <see cref="TryWrite"/> needs at most.</summary>
    public const int MaxWritten = 6;

    private const int LastShift = 21;

    private int _shift;

    public int Value { get; private set; }

    /// <summary>The byte with the prefix. True: that is all of it.</summary>
    public bool Start(byte first, int prefixBits)
    {
        var mask = (1 << prefixBits) - 1;
        Value = first & mask;
        _shift = 0;
        return Value < mask;
    }

    /// <summary>A byte behind the prefix.</summary>
    public IntegerStep Next(byte b)
    {
        if (_shift > LastShift) return IntegerStep.TooLarge;
        Value += (b & 0x7F) << _shift;
        _shift += 7;
        return (b & 0x80) == 0 ? IntegerStep.Done : IntegerStep.More;
    }

    /// <summary>The bytes written; 0 when they do not fit.</summary>
    public static int TryWrite(Span<byte> to, byte pattern, int prefixBits, int value)
    {
        var mask = (1 << prefixBits) - 1;
        if (to.IsEmpty) return 0;
        if (value < mask)
        {
            to[0] = (byte)(pattern | value);
            return 1;
        }

        to[0] = (byte)(pattern | mask);
        var at = 1;
        for (value -= mask; ; value >>= 7)
        {
            if (at == to.Length) return 0;
            to[at++] = (byte)(value >= 0x80 ? (value & 0x7F) | 0x80 : value);
            if (value < 0x80) return at;
        }
    }
}
