namespace Weir.Sdk.Text;

/// <summary>
/// The encoding of query parameters, WHATWG URL §5.1: <c>%XX</c> is a byte, <c>+</c> is a space; a '%' that no two hex digits follow stands for itself.
/// </summary>
public static class FormText
{
    private static readonly System.Buffers.SearchValues<byte> Encoded = System.Buffers.SearchValues.Create("%+"u8);

    /// <summary>There is something to decode.</summary>
    public static bool IsEncoded(ReadOnlySpan<byte> text) => text.ContainsAny(Encoded);

    /// <summary>Decodes; how many bytes were written. The destination is as long as the text at least.</summary>
    public static int Decode(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        var length = 0;
        for (var i = 0; i < text.Length; length++) destination[length] = Next(text, ref i);
        return length;
    }

    /// <summary>The text, decoded, equals the value.</summary>
    public static bool EqualsDecoded(ReadOnlySpan<byte> text, ReadOnlySpan<byte> value)
    {
        if (!IsEncoded(text)) return text.SequenceEqual(value);
        var at = 0;
        for (var i = 0; i < text.Length; at++)
            if (at >= value.Length || Next(text, ref i) != value[at]) return false;
        return at == value.Length;
    }

    /// <summary>Unreserved bytes (RFC 3986 §2.3) stand for themselves; everything else must be written as %XX.</summary>
    public static bool IsUnreserved(byte value) => char.IsAsciiLetterOrDigit((char)value) || value is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~';

    private static byte Next(ReadOnlySpan<byte> text, ref int i)
    {
        var b = text[i++];
        if (b == '+') return (byte)' ';
        if (b != '%' || i + 1 >= text.Length || !char.IsAsciiHexDigit((char)text[i]) || !char.IsAsciiHexDigit((char)text[i + 1])) return b;
        var value = (Hex(text[i]) << 4) | Hex(text[i + 1]);
        i += 2;
        return (byte)value;
    }

    private static int Hex(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
