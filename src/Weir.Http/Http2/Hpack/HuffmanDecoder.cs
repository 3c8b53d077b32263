using System.Buffers.Binary;
using System.Diagnostics;

namespace Weir.Http.Http2.Hpack;

/// <summary>
/// Decodes one Huffman-encoded string, in as many pieces as it comes in. Common symbols take one look-up of nine bits; longer
/// codes are found by the range of their length. RFC 7541 §5.2.
/// </summary>
internal struct HuffmanDecoder
{
    private const int LookupBits = 9;

    // Length in the high byte, symbol in the low one; 0 for the start of a longer code.
    private static readonly ushort[] Short = MakeShort();

    // For each length past the look-up: the first code behind it, aligned to 30 bits, and where its symbols begin.
    private static readonly uint[] Ends = new uint[HuffmanCode.Longest + 1];
    private static readonly int[] Firsts = new int[HuffmanCode.Longest + 1];
    private static readonly ushort[] Symbols = MakeLong();

    // The bits not decoded yet stand at the top.
    private ulong _bits;
    private int _count;

    /// <summary>Bytes that a piece gives at most, with what is left from the piece before.</summary>
    public static int MaxDecoded(int length) => (length * 8 / 5) + 8;

    /// <summary>What is left is padding: fewer than eight bits, all of them ones.</summary>
    public readonly bool EndsWell => _count < 8 && _bits >> (64 - 8) == (0xFFu << (8 - _count) & 0xFF);

    /// <summary>How many bytes were written, or -1: the end of string stands in the text. <paramref name="to"/> has room for <see cref="MaxDecoded"/>.</summary>
    public int Decode(ReadOnlySpan<byte> input, Span<byte> to)
    {
        Debug.Assert(to.Length >= MaxDecoded(input.Length));
        var (bits, count, at, written) = (_bits, _count, 0, 0);
        // While there is a whole word: no code is longer than what is there.
        while (at + sizeof(ulong) <= input.Length)
        {
            // Bits past the count are those of the next bytes: putting them there again changes nothing.
            bits |= BinaryPrimitives.ReadUInt64BigEndian(input[at..]) >> count;
            at += (63 - count) >> 3;
            count |= 56;
            do
            {
                var entry = Short[(int)(bits >> (64 - LookupBits))];
                int length = entry >> 8;
                var symbol = entry & 0xFF;
                if (length == 0)
                {
                    length = FindLong((uint)(bits >> (64 - HuffmanCode.Longest)), out symbol);
                    if (symbol == HuffmanCode.EndOfString) return -1;
                }

                to[written++] = (byte)symbol;
                bits <<= length;
                count -= length;
            }
            while (count >= HuffmanCode.Longest);
        }

        while (true)
        {
            while (count <= 56 && at < input.Length)
            {
                bits |= (ulong)input[at++] << (56 - count);
                count += 8;
            }

            var wanted = at == input.Length ? 1 : HuffmanCode.Longest;
            while (count >= wanted)
            {
                var entry = Short[(int)(bits >> (64 - LookupBits))];
                int length = entry >> 8;
                var symbol = entry & 0xFF;
                if (length == 0) length = FindLong((uint)(bits >> (64 - HuffmanCode.Longest)), out symbol);
                if (length > count) break;
                if (symbol == HuffmanCode.EndOfString) return -1;
                to[written++] = (byte)symbol;
                bits <<= length;
                count -= length;
            }

            if (at < input.Length) continue;
            // A code is at most 30 bits, so what is left is less; the rest is cleared for the next piece to be put in.
            (_bits, _count) = (count == 0 ? 0 : bits & (ulong.MaxValue << (64 - count)), count);
            return written;
        }
    }

    private static int FindLong(uint code, out int symbol)
    {
        var length = LookupBits + 1;
        while (code >= Ends[length]) length++;
        symbol = Symbols[Firsts[length] + (int)((code - Start(length)) >> (HuffmanCode.Longest - length))];
        return length;
    }

    private static uint Start(int length) => Ends[length - 1];

    private static ushort[] MakeShort()
    {
        var table = new ushort[1 << LookupBits];
        for (var symbol = 0; symbol < HuffmanCode.EndOfString; symbol++)
        {
            int length = HuffmanCode.Lengths[symbol];
            if (length > LookupBits) continue;
            var first = (int)HuffmanCode.Codes[symbol] << (LookupBits - length);
            table.AsSpan(first, 1 << (LookupBits - length)).Fill((ushort)((length << 8) | symbol));
        }

        return table;
    }

    private static ushort[] MakeLong()
    {
        var symbols = new ushort[HuffmanCode.EndOfString + 1];
        var (count, end) = (0, 0u);
        for (var length = 1; length <= HuffmanCode.Longest; length++)
        {
            Firsts[length] = count;
            for (var symbol = 0; symbol < symbols.Length; symbol++)
            {
                if (HuffmanCode.Lengths[symbol] != length) continue;
                symbols[count++] = (ushort)symbol;
                end += 1u << (HuffmanCode.Longest - length);
            }

            Ends[length] = end;
        }

        return symbols;
    }
}
