using System.Buffers;
using Weir.Http.Targets;

namespace Weir.Sdk.Text;

/// <summary>
/// The encoding of query parameters, WHATWG URL §5.1: <c>%XX</c> is a byte, <c>+</c> is a space; a '%' that no two hex digits follow stands for itself.
/// </summary>
public static class FormText
{
    private static readonly SearchValues<byte> Encoded = SearchValues.Create("%+"u8);

    /// <summary>There is something to decode.</summary>
    public static bool IsEncoded(ReadOnlySpan<byte> text) => text.ContainsAny(Encoded);

    /// <summary>Decodes; how many bytes were written. The destination is as long as the text at least.</summary>
    public static int Decode(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        var written = 0;
        while (!text.IsEmpty)
        {
            var plain = text.IndexOfAny(Encoded);
            if (plain < 0) plain = text.Length;
            text[..plain].CopyTo(destination[written..]);
            written += plain;
            text = text[plain..];
            if (!text.IsEmpty) destination[written++] = Next(ref text);
        }

        return written;
    }

    /// <summary>Decodes unless there is more than the destination holds.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> destination, out int written)
    {
        for (written = 0; !text.IsEmpty && written < destination.Length; written++) destination[written] = Next(ref text);
        return text.IsEmpty;
    }

    /// <summary>The text, decoded, equals the value.</summary>
    public static bool EqualsDecoded(ReadOnlySpan<byte> text, ReadOnlySpan<byte> value) => StartsWithDecoded(ref text, value) && text.IsEmpty;

    /// <summary>The text, decoded, starts with the value.</summary>
    public static bool StartsWithDecoded(ReadOnlySpan<byte> text, ReadOnlySpan<byte> value) => StartsWithDecoded(ref text, value);

    /// <summary>Unreserved bytes (RFC 3986 §2.3) stand for themselves; everything else must be written as %XX.</summary>
    public static bool IsUnreserved(byte value) => PathText.IsUnreserved(value);

    private static bool StartsWithDecoded(ref ReadOnlySpan<byte> text, ReadOnlySpan<byte> value)
    {
        foreach (var expected in value)
            if (text.IsEmpty || Next(ref text) != expected) return false;
        return true;
    }

    private static byte Next(ref ReadOnlySpan<byte> text)
    {
        var first = text[0];
        if (first == '%' && text.Length >= 3 && char.IsAsciiHexDigit((char)text[1]) && char.IsAsciiHexDigit((char)text[2]))
        {
            var value = (Hex(text[1]) << 4) | Hex(text[2]);
            text = text[3..];
            return (byte)value;
        }

        text = text[1..];
        return first == '+' ? (byte)' ' : first;
    }

    private static int Hex(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
