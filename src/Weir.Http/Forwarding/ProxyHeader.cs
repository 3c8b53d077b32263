using System.Buffers.Binary;
using System.Buffers.Text;
using System.Net;
using System.Numerics;
using Weir.Http.Addresses;

namespace Weir.Http.Forwarding;

/// <summary>What parsing a header of the PROXY protocol came to.</summary>
public enum ProxyHeaderOutcome : byte
{
    /// <summary>More bytes are needed.</summary>
    NeedMore,

    /// <summary>There is a header.</summary>
    Done,

    /// <summary>These bytes are none, or break its rules.</summary>
    Bad,
}

/// <summary>
/// The header in which a proxy says whom a connection is from, before everything else (the PROXY protocol, versions 1 and 2, by its
/// specification of HAProxy). Whether it is believed is for the caller to know.
/// </summary>
/// <param name="Length">Its bytes; what follows is the connection's own.</param>
/// <param name="Source">The client's address; null when the proxy speaks for itself (health checks) or does not know.</param>
/// <param name="SourcePort">The client's port.</param>
/// <param name="Destination">Where the client connected to; null when <paramref name="Source"/> is.</param>
/// <param name="DestinationPort">Its port.</param>
/// <param name="ExtensionsStart">Where its extensions (TLVs) begin; <paramref name="Length"/> when it has none.</param>
public readonly record struct ProxyHeader(int Length, IpValue? Source, int SourcePort, IpValue? Destination, int DestinationPort, int ExtensionsStart)
{
    /// <summary>The most that is read: room for every address and for the extensions (TLVs) that are in use. Longer is bad.</summary>
    public const int MaxLength = 2048;

    private const int MaxText = 107;
    internal const int Fixed = 16;

    internal static ReadOnlySpan<byte> Signature => [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    /// <summary>Parses at the start of a connection's bytes.</summary>
    public static ProxyHeaderOutcome TryParse(ReadOnlySpan<byte> bytes, out ProxyHeader header)
    {
        header = default;
        if (bytes.IsEmpty) return ProxyHeaderOutcome.NeedMore;
        return bytes[0] == Signature[0] ? ParseBinary(bytes, ref header) : ParseText(bytes, ref header);
    }

    // "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n", one space each.
    private static ProxyHeaderOutcome ParseText(ReadOnlySpan<byte> bytes, ref ProxyHeader header)
    {
        var prefix = "PROXY "u8;
        if (!bytes[..Math.Min(bytes.Length, prefix.Length)].SequenceEqual(prefix[..Math.Min(bytes.Length, prefix.Length)])) return ProxyHeaderOutcome.Bad;
        var end = bytes[..Math.Min(bytes.Length, MaxText)].IndexOf((byte)'\n');
        if (end < 0) return bytes.Length < MaxText ? ProxyHeaderOutcome.NeedMore : ProxyHeaderOutcome.Bad;
        if (end < prefix.Length || bytes[end - 1] != '\r') return ProxyHeaderOutcome.Bad;
        var line = bytes[prefix.Length..(end - 1)];
        if (line.SequenceEqual("UNKNOWN"u8) || line.StartsWith("UNKNOWN "u8))
        {
            header = Unknown(end + 1);
            return ProxyHeaderOutcome.Done;
        }

        Span<Range> parts = stackalloc Range[5];
        if (!TrySplit(line, parts)) return ProxyHeaderOutcome.Bad;
        var isV6 = line[parts[0]].SequenceEqual("TCP6"u8);
        if (!isV6 && !line[parts[0]].SequenceEqual("TCP4"u8)) return ProxyHeaderOutcome.Bad;
        if (!TryAddress(line[parts[1]], isV6, out var source) || !TryAddress(line[parts[2]], isV6, out var destination)) return ProxyHeaderOutcome.Bad;
        if (!TryPort(line[parts[3]], out var port) || !TryPort(line[parts[4]], out var destinationPort)) return ProxyHeaderOutcome.Bad;
        header = new ProxyHeader(end + 1, source, port, destination, destinationPort, end + 1);
        return ProxyHeaderOutcome.Done;
    }

    private static ProxyHeaderOutcome ParseBinary(ReadOnlySpan<byte> bytes, ref ProxyHeader header)
    {
        var here = Math.Min(bytes.Length, Signature.Length);
        if (!bytes[..here].SequenceEqual(Signature[..here])) return ProxyHeaderOutcome.Bad;
        if (bytes.Length < Fixed) return ProxyHeaderOutcome.NeedMore;
        var (version, command) = (bytes[12] >> 4, bytes[12] & 0xF);
        var length = Fixed + BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]);
        if (version != 2 || command > 1 || length > MaxLength) return ProxyHeaderOutcome.Bad;
        if (bytes.Length < length) return ProxyHeaderOutcome.NeedMore;
        var body = bytes[Fixed..length];
        var addresses = (bytes[13] >> 4) switch { 0 => 0, 1 => 12, 2 => 36, 3 => 216, _ => -1 };
        // 0: the proxy speaks for itself, and whatever else is said is to be passed over.
        var isLocal = command == 0;
        if (!isLocal && (addresses < 0 || (bytes[13] & 0xF) > 1 || body.Length < addresses)) return ProxyHeaderOutcome.Bad;
        if (!isLocal && !AreExtensionsRight(bytes[..length], Fixed + addresses)) return ProxyHeaderOutcome.Bad;
        header = isLocal || addresses is 0 or 216 ? Unknown(length) : OfAddresses(body[..addresses], length);
        return ProxyHeaderOutcome.Done;
    }

    private static ProxyHeader Unknown(int length) => new(length, null, 0, null, 0, length);

    // Two addresses and then two ports.
    private static ProxyHeader OfAddresses(ReadOnlySpan<byte> body, int length)
    {
        var size = (body.Length - 4) / 2;
        var ports = body[(2 * size)..];
        return new ProxyHeader(length, IpValue.FromBytes(body[..size]), BinaryPrimitives.ReadUInt16BigEndian(ports),
            IpValue.FromBytes(body[size..(2 * size)]), BinaryPrimitives.ReadUInt16BigEndian(ports[2..]), Fixed + body.Length);
    }

    // Type, length, value, one after the other. Of these only the checksum is of use here: over the whole header, itself taken for zero.
    private static bool AreExtensionsRight(ReadOnlySpan<byte> whole, int at)
    {
        while (at < whole.Length)
        {
            if (whole.Length - at < 3) return false;
            var length = BinaryPrimitives.ReadUInt16BigEndian(whole[(at + 1)..]);
            if (whole.Length - at - 3 < length) return false;
            if (whole[at] == (byte)ProxyExtension.Crc32C && (length != 4 || Crc32C(whole, at + 3) != BinaryPrimitives.ReadUInt32BigEndian(whole[(at + 3)..]))) return false;
            at += 3 + length;
        }

        return true;
    }

    /// <summary>The checksum of a whole header, four bytes of which count as zero.</summary>
    internal static uint Crc32C(ReadOnlySpan<byte> bytes, int zeros)
    {
        var crc = uint.MaxValue;
        for (var i = 0; i < bytes.Length; i++) crc = BitOperations.Crc32C(crc, i >= zeros && i < zeros + 4 ? (byte)0 : bytes[i]);
        return ~crc;
    }

    private static bool TrySplit(ReadOnlySpan<byte> line, Span<Range> parts)
    {
        var from = 0;
        for (var i = 0; i < parts.Length; i++)
        {
            var space = line[from..].IndexOf((byte)' ');
            var isLast = i == parts.Length - 1;
            if ((space < 0) != isLast) return false;
            parts[i] = from..(isLast ? line.Length : from + space);
            from += space + 1;
        }

        return true;
    }

    private static bool TryAddress(ReadOnlySpan<byte> text, bool isV6, out IpValue value)
    {
        value = default;
        foreach (var c in text)
            if (!char.IsAsciiHexDigit((char)c) && c is not ((byte)'.' or (byte)':')) return false;
        if (!IPAddress.TryParse(text, out var address)) return false;
        var isRight = isV6 ? address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 : address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork && text.Count((byte)'.') == 3;
        value = IpValue.From(address);
        return isRight;
    }

    private static bool TryPort(ReadOnlySpan<byte> text, out int port)
        => Utf8Parser.TryParse(text, out port, out var used) && used == text.Length && port is >= 0 and <= 65_535 && (text.Length == 1 || text[0] is >= (byte)'1' and <= (byte)'9');
}
