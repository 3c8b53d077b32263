using System.Buffers;
using System.Text;

namespace Weir.AccessLog;

/// <summary>Makes wire text harmless: no byte that a client sends can end a field, a line, or drive a terminal.</summary>
internal static class LogEscaping
{
    private static readonly SearchValues<byte> Plain = SearchValues.Create([.. Enumerable.Range(0x20, 0x5F).Select(static b => (byte)b).Where(static b => b is not ((byte)'"' or (byte)'\\'))]);

    /// <summary>The content of a JSON string, RFC 8259 §7; needs up to six times the length. How many bytes.</summary>
    public static int Json(ReadOnlySpan<byte> text, Span<byte> room)
    {
        var at = 0;
        while (true)
        {
            at += CopyPlain(ref text, room[at..]);
            if (text.IsEmpty) return at;
            var value = text[0];
            if (value >= 0x80)
            {
                // Decoding says how long the piece is, valid or not; one that is not becomes U+FFFD.
                Rune.DecodeFromUtf8(text, out var rune, out var length);
                at += IsHarmless(rune) ? rune.EncodeToUtf8(room[at..]) : Unicode(rune.Value, room[at..]);
                text = text[length..];
                continue;
            }

            at += value switch
            {
                (byte)'"' or (byte)'\\' => Pair(value, room[at..]),
                (byte)'\n' => Pair((byte)'n', room[at..]),
                (byte)'\r' => Pair((byte)'r', room[at..]),
                (byte)'\t' => Pair((byte)'t', room[at..]),
                _ => Unicode(value, room[at..]),
            };
            text = text[1..];
        }
    }

    /// <summary>Text in a line of text: <c>\xHH</c> for what is not plain ASCII. Needs up to four times the length.</summary>
    public static int Hex(ReadOnlySpan<byte> text, Span<byte> room)
    {
        var at = 0;
        while (true)
        {
            at += CopyPlain(ref text, room[at..]);
            if (text.IsEmpty) return at;
            room[at++] = (byte)'\\';
            room[at++] = (byte)'x';
            room[at++] = Digit(text[0] >> 4);
            room[at++] = Digit(text[0] & 15);
            text = text[1..];
        }
    }

    private static int CopyPlain(ref ReadOnlySpan<byte> text, Span<byte> room)
    {
        var plain = text.IndexOfAnyExcept(Plain);
        if (plain < 0) plain = text.Length;
        text[..plain].CopyTo(room);
        text = text[plain..];
        return plain;
    }

    // C1 controls drive terminals, and the two separators end lines for JavaScript.
    private static bool IsHarmless(Rune rune) => rune.Value is > 0x9F and not (0x2028 or 0x2029);

    private static int Pair(byte value, Span<byte> room)
    {
        room[0] = (byte)'\\';
        room[1] = value;
        return 2;
    }

    private static int Unicode(int value, Span<byte> room)
    {
        room[0] = (byte)'\\';
        room[1] = (byte)'u';
        for (var i = 0; i < 4; i++) room[2 + i] = Digit((value >> (12 - (4 * i))) & 15);
        return 6;
    }

    private static byte Digit(int value) => "0123456789abcdef"u8[value];
}
