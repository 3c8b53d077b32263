using System.Buffers.Binary;

namespace Weir.Http.Http2.Hpack;

/// <summary>Writes Huffman-encoded strings, RFC 7541 §5.2.</summary>
internal static class HuffmanEncoder
{
    /// <summary>Bytes of the text when encoded.</summary>
    public static int Length(ReadOnlySpan<byte> text)
    {
        var lengths = HuffmanCode.Lengths;
        long bits = 0;
        foreach (var b in text) bits += lengths[b];
        return (int)((bits + 7) / 8);
    }

    /// <summary><paramref name="to"/> is exactly <see cref="Length"/> long.</summary>
    public static void Encode(ReadOnlySpan<byte> text, Span<byte> to)
    {
        var codes = HuffmanCode.Codes;
        var lengths = HuffmanCode.Lengths;
        ulong bits = 0;
        var (count, at) = (0, 0);
        foreach (var b in text)
        {
            int length = lengths[b];
            bits = (bits << length) | codes[b];
            count += length;
            if (count < 32) continue;
            count -= 32;
            BinaryPrimitives.WriteUInt32BigEndian(to[at..], (uint)(bits >> count));
            at += sizeof(uint);
        }

        for (; count >= 8; count -= 8) to[at++] = (byte)(bits >> (count - 8));
        // The padding is the start of the end of string: ones.
        if (count > 0) to[at] = (byte)((bits << (8 - count)) | (0xFFu >> count));
    }
}
