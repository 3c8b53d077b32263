using System.Buffers;
using System.Text;

namespace Weir.Proxy.Routes.Text;

/// <summary>
/// Form-decoding of query text while it is compared, without a copy: <c>%XX</c> is a byte, <c>+</c> a space, and a <c>%</c>
/// that no two hex digits follow stands for itself, as browsers and most origins read it.
/// </summary>
internal static class PercentText
{
    private static readonly SearchValues<byte> Coded = SearchValues.Create("%+"u8);

    public static bool DecodedEquals(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> expected)
        => DecodedStartsWith(raw, expected, out var rest) && rest.IsEmpty;

    public static bool DecodedStartsWith(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> prefix) => DecodedStartsWith(raw, prefix, out _);

    /// <summary>Decodes into <paramref name="destination"/>, which must be as long as <paramref name="raw"/>; the bytes written.</summary>
    public static int Decode(ReadOnlySpan<byte> raw, Span<byte> destination)
    {
        var written = 0;
        while (!raw.IsEmpty)
        {
            var plain = raw.IndexOfAny(Coded);
            if (plain < 0) plain = raw.Length;
            raw[..plain].CopyTo(destination[written..]);
            written += plain;
            raw = raw[plain..];
            if (!raw.IsEmpty) destination[written++] = Next(ref raw);
        }

        return written;
    }

    /// <summary>Percent-encodes what is not unreserved, for printing an example request.</summary>
    public static string Encode(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            if (IsUnreserved(b)) result.Append((char)b);
            else result.Append('%').Append(b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }

        return result.ToString();
    }

    /// <summary>RFC 3986 §2.3.</summary>
    public static bool IsUnreserved(int c) => c < 128 && (char.IsAsciiLetterOrDigit((char)c) || c is '-' or '.' or '_' or '~');

    /// <summary>The byte of two hex digits, or -1.</summary>
    public static int Hex(int high, int low)
        => char.IsAsciiHexDigit((char)high) && char.IsAsciiHexDigit((char)low) ? (Digit(high) << 4) | Digit(low) : -1;

    private static int Digit(int c) => c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;

    private static bool DecodedStartsWith(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> prefix, out ReadOnlySpan<byte> rest)
    {
        foreach (var expected in prefix)
        {
            if (raw.IsEmpty || Next(ref raw) != expected)
            {
                rest = raw;
                return false;
            }
        }

        rest = raw;
        return true;
    }

    private static byte Next(ref ReadOnlySpan<byte> raw)
    {
        var first = raw[0];
        if (first == '%' && raw.Length >= 3 && Hex(raw[1], raw[2]) is >= 0 and var value)
        {
            raw = raw[3..];
            return (byte)value;
        }

        raw = raw[1..];
        return first == '+' ? (byte)' ' : first;
    }
}
