using System.Buffers.Text;
using System.Diagnostics;

namespace Weir.Http.Addresses;

/// <summary>
/// IP addresses as text, strictly: four decimal octets without leading zeros, or RFC 4291 §2.2 without a zone. The framework's
/// parser takes "1", "0x7f.1" and "010.0.0.1" too, which peers read differently from one another.
/// </summary>
public static class IpText
{
    /// <summary>Room that <see cref="Format"/> needs.</summary>
    public const int MaxLength = 45;

    public static bool TryParse(ReadOnlySpan<byte> text, out IpValue value)
    {
        if (text.Contains((byte)':')) return TryParseV6(text, out value);
        var parsed = TryParseV4(text, out var v4);
        value = parsed ? IpValue.FromV4(v4) : default;
        return parsed;
    }

    public static bool TryParseV4(ReadOnlySpan<byte> text, out uint value)
    {
        value = 0;
        var at = 0;
        for (var octet = 0; octet < 4; octet++)
        {
            if (octet > 0 && (at == text.Length || text[at++] != (byte)'.')) return false;
            var start = at;
            uint number = 0;
            while (at < text.Length && at - start < 3 && char.IsAsciiDigit((char)text[at])) number = (number * 10) + text[at++] - '0';
            if (at == start || number > 255 || (at - start > 1 && text[start] == (byte)'0')) return false;
            value = (value << 8) | number;
        }

        return at == text.Length;
    }

    /// <summary>Without brackets. A mapped address comes out as the IPv4 address that it is.</summary>
    public static bool TryParseV6(ReadOnlySpan<byte> text, out IpValue value)
    {
        value = default;
        UInt128 bits = 0;
        var groups = 0;
        var gap = -1;
        var at = 0;
        if (text.StartsWith("::"u8))
        {
            gap = 0;
            at = 2;
        }

        while (at < text.Length)
        {
            var start = at;
            uint group = 0;
            while (at < text.Length && at - start < 4 && char.IsAsciiHexDigit((char)text[at])) group = (group << 4) | HexValue(text[at++]);
            if (at < text.Length && text[at] == (byte)'.')
            {
                // The last 32 bits in dotted form.
                if (groups > 6 || !TryParseV4(text[start..], out var v4)) return false;
                bits = (bits << 32) | v4;
                groups += 2;
                at = text.Length;
                break;
            }

            if (at == start || groups == 8) return false;
            bits = (bits << 16) | group;
            groups++;
            if (at == text.Length) break;
            if (text[at++] != (byte)':' || at == text.Length) return false;
            if (text[at] != (byte)':') continue;
            if (gap >= 0) return false;
            gap = groups;
            at++;
        }

        if (gap < 0 ? groups != 8 : groups > 7) return false;
        if (gap >= 0)
        {
            // What came behind the gap stays at the right; what came before moves to the left.
            var behind = 16 * (groups - gap);
            var low = behind == 0 ? 0 : bits & (UInt128.MaxValue >> (128 - behind));
            var high = gap == 0 ? 0 : bits >> behind << (128 - (16 * gap));
            bits = high | low;
        }

        value = new IpValue(bits);
        return true;
    }

    /// <summary>Writes the address, IPv6 without brackets and compressed by RFC 5952; the length.</summary>
    public static int Format(IpValue value, Span<byte> to)
    {
        Debug.Assert(to.Length >= MaxLength);
        var at = 0;
        if (value.IsV4)
        {
            for (var shift = 24; shift >= 0; shift -= 8)
            {
                Utf8Formatter.TryFormat((byte)(value.V4 >> shift), to[at..], out var digits);
                at += digits;
                if (shift > 0) to[at++] = (byte)'.';
            }

            return at;
        }

        var (gapStart, gapEnd) = LongestZeros(value.Bits);
        for (var i = 0; i < 8; i++)
        {
            if (i == gapStart)
            {
                to[at++] = (byte)':';
                to[at++] = (byte)':';
                i = gapEnd - 1;
                continue;
            }

            if (i > 0 && i != gapEnd) to[at++] = (byte)':';
            Utf8Formatter.TryFormat(Group(value.Bits, i), to[at..], out var digits, 'x');
            at += digits;
        }

        return at;
    }

    internal static uint HexValue(byte digit) => digit <= '9' ? digit - (uint)'0' : (digit | 0x20u) - 'a' + 10;

    private static ushort Group(UInt128 bits, int index) => (ushort)(bits >> (112 - (16 * index)));

    // RFC 5952 §4.2: the longest run of two or more zero groups, the first of equals.
    private static (int Start, int End) LongestZeros(UInt128 bits)
    {
        int bestStart = -1, bestEnd = -1, start = 0;
        for (var i = 0; i <= 8; i++)
        {
            if (i < 8 && Group(bits, i) == 0) continue;
            if (i - start >= 2 && i - start > bestEnd - bestStart) (bestStart, bestEnd) = (start, i);
            start = i + 1;
        }

        return (bestStart, bestEnd);
    }
}
