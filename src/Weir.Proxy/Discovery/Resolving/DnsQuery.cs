using System.Buffers.Binary;

namespace Weir.Proxy.Discovery.Resolving;

/// <summary>Writes questions (RFC 1035 §4.1, EDNS0 by RFC 6891).</summary>
internal static class DnsQuery
{
    /// <summary>What a datagram may be: what passes everywhere without being cut into pieces (DNS flag day 2020).</summary>
    public const int Datagram = 1232;

    /// <summary>The longest question.</summary>
    public const int Most = 12 + 255 + 4 + 11;

    /// <summary>Its length; 0 when the name is none.</summary>
    public static int Write(Span<byte> into, ushort id, string name, DnsType type)
    {
        into[..12].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(into, id);
        // Recursion desired.
        into[2] = 1;
        into[5] = 1;
        into[11] = 1;
        var at = 12;
        foreach (var label in name.Split('.'))
        {
            if (label.Length is 0 or > 63 || at + label.Length + 2 > 12 + 255) return 0;
            into[at++] = (byte)label.Length;
            foreach (var c in label)
            {
                if (c is <= ' ' or > '~') return 0;
                into[at++] = (byte)c;
            }
        }

        into[at++] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(into[at..], (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(into[(at + 2)..], 1);
        at += 4;
        // The root, OPT, the size that is taken, no flags, no options.
        into[at] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(into[(at + 1)..], (ushort)DnsType.Opt);
        BinaryPrimitives.WriteUInt16BigEndian(into[(at + 3)..], Datagram);
        into.Slice(at + 5, 6).Clear();
        return at + 11;
    }
}
