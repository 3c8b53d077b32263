using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weir.Proxy.Routes.Text;

/// <summary>
/// Hash of a span of bytes, eight at a time. Not keyed: the tables it serves hold only names from the configuration, so a
/// client can choose what it looks up but cannot make a table's chains longer than the operator's own names made them.
/// </summary>
internal static class TextHash
{
    private const ulong Multiplier = 0x9E3779B97F4A7C15;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Of(ReadOnlySpan<byte> text)
    {
        var hash = (ulong)text.Length * Multiplier;
        if (text.Length >= 8)
        {
            // The last eight bytes may overlap those before; a length that differs is told apart by the start value.
            for (var i = 0; i <= text.Length - 8; i += 8) hash = Mix(hash ^ MemoryMarshal.Read<ulong>(text[i..]));
            hash = Mix(hash ^ MemoryMarshal.Read<ulong>(text[^8..]));
        }
        else if (text.Length >= 4)
        {
            hash = Mix(hash ^ (MemoryMarshal.Read<uint>(text) | ((ulong)MemoryMarshal.Read<uint>(text[^4..]) << 32)));
        }
        else if (text.Length > 0)
        {
            hash = Mix(hash ^ (text[0] | ((ulong)text[text.Length / 2] << 8) | ((ulong)text[^1] << 16)));
        }

        return (uint)(hash ^ (hash >> 32));
    }

    /// <summary>The hash of a text within a scope (a trie node, a host).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint InScope(uint textHash, int scope)
    {
        var mixed = (textHash + ((ulong)(uint)scope << 32)) * Multiplier;
        return (uint)(mixed >> 32);
    }

    private static ulong Mix(ulong value)
    {
        value *= Multiplier;
        return value ^ (value >> 29);
    }
}
