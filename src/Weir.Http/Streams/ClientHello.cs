using System.Buffers.Binary;

namespace Weir.Http.Streams;

/// <summary>What parsing the start of a connection came to.</summary>
public enum ClientHelloOutcome : byte
{
    /// <summary>More bytes are needed.</summary>
    NeedMore,

    /// <summary>There is a ClientHello.</summary>
    Done,

    /// <summary>These bytes are no TLS, or break its rules.</summary>
    NotTls,
}

/// <summary>
/// What a TLS client asks for in the clear: a server name and protocols (RFC 8446 §4.1.2, RFC 6066 §3, RFC 7301 §3.1). It may be spread
/// over several records. Nothing else of it is looked at: the endpoint judges it.
/// </summary>
public readonly ref struct ClientHello
{
    /// <summary>The most that is looked at: as a rule a hello has 500 to 2,000 bytes, with post-quantum keys.</summary>
    public const int MaxLength = 16 * 1024;

    private const int RecordHeader = 5;
    private const byte HandshakeRecord = 22;
    private const byte ClientHelloMessage = 1;
    private const ushort ServerNameExtension = 0;
    private const ushort AlpnExtension = 16;

    private ClientHello(ReadOnlySpan<byte> serverName, ReadOnlySpan<byte> protocols)
    {
        ServerName = serverName;
        Protocols = protocols;
    }

    /// <summary>As the client wrote it; empty when it asks for none.</summary>
    public ReadOnlySpan<byte> ServerName { get; }

    /// <summary>The list of ALPN: each protocol behind its length; empty when it offers none.</summary>
    public ReadOnlySpan<byte> Protocols { get; }

    /// <summary>Of a handshake that ended here: only the protocol that was agreed on is known, in a list with nothing else.</summary>
    public static ClientHello Agreed(ReadOnlySpan<byte> protocols) => new(default, protocols);

    /// <summary>The client offers this protocol.</summary>
    public bool Offers(ReadOnlySpan<byte> protocol)
    {
        for (var rest = Protocols; !rest.IsEmpty; rest = rest[(1 + rest[0])..])
        {
            if (rest.Length < 1 + rest[0]) return false;
            if (rest.Slice(1, rest[0]).SequenceEqual(protocol)) return true;
        }

        return false;
    }

    /// <summary>Parses the first bytes of a connection. <paramref name="scratch"/>, of <see cref="MaxLength"/>, is what the result points into.</summary>
    public static ClientHelloOutcome TryParse(ReadOnlySpan<byte> bytes, Span<byte> scratch, out ClientHello hello)
    {
        hello = default;
        var outcome = Gather(bytes, scratch, out var message);
        if (outcome != ClientHelloOutcome.Done) return outcome;
        return TryRead(message, out hello) ? ClientHelloOutcome.Done : ClientHelloOutcome.NotTls;
    }

    // The body of the message, without the frames of its records.
    private static ClientHelloOutcome Gather(ReadOnlySpan<byte> bytes, Span<byte> scratch, out ReadOnlySpan<byte> message)
    {
        message = default;
        var gathered = 0;
        while (true)
        {
            if (bytes.Length > 0 && bytes[0] != HandshakeRecord) return ClientHelloOutcome.NotTls;
            if (bytes.Length > 1 && bytes[1] != 3) return ClientHelloOutcome.NotTls;
            if (bytes.Length < RecordHeader) return ClientHelloOutcome.NeedMore;
            var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]);
            if (length == 0 || length > MaxLength) return ClientHelloOutcome.NotTls;
            var here = bytes.Slice(RecordHeader, Math.Min(length, bytes.Length - RecordHeader));
            if (here.Length > scratch.Length - gathered) return ClientHelloOutcome.NotTls;
            here.CopyTo(scratch[gathered..]);
            gathered += here.Length;
            if (gathered > 0 && scratch[0] != ClientHelloMessage) return ClientHelloOutcome.NotTls;
            if (gathered >= 4)
            {
                var wanted = 4 + (scratch[1] << 16 | scratch[2] << 8 | scratch[3]);
                if (wanted > scratch.Length) return ClientHelloOutcome.NotTls;
                if (gathered >= wanted)
                {
                    message = scratch[4..wanted];
                    return ClientHelloOutcome.Done;
                }
            }

            if (here.Length < length) return ClientHelloOutcome.NeedMore;
            bytes = bytes[(RecordHeader + length)..];
        }
    }

    private static bool TryRead(ReadOnlySpan<byte> message, out ClientHello hello)
    {
        hello = default;
        // Version, random, session id, cipher suites, compression methods.
        if (message.Length < 34) return false;
        var rest = message[34..];
        if (!TrySkip(ref rest, 1) || !TrySkip(ref rest, 2) || !TrySkip(ref rest, 1)) return false;
        if (rest.IsEmpty) return true;
        if (!TryTake(ref rest, 2, out var extensions)) return false;
        ReadOnlySpan<byte> name = default, protocols = default;
        while (!extensions.IsEmpty)
        {
            if (extensions.Length < 4) return false;
            var type = BinaryPrimitives.ReadUInt16BigEndian(extensions);
            extensions = extensions[2..];
            if (!TryTake(ref extensions, 2, out var data)) return false;
            if (type == ServerNameExtension && !TryReadName(data, out name)) return false;
            if (type == AlpnExtension && !TryTake(ref data, 2, out protocols)) return false;
        }

        hello = new ClientHello(name, protocols);
        return true;
    }

    // A list with one name of the kind "host"; of other kinds there are none.
    private static bool TryReadName(ReadOnlySpan<byte> data, out ReadOnlySpan<byte> name)
    {
        name = default;
        if (!TryTake(ref data, 2, out var list) || list.IsEmpty || list[0] != 0) return false;
        list = list[1..];
        return TryTake(ref list, 2, out name);
    }

    private static bool TrySkip(scoped ref ReadOnlySpan<byte> rest, int lengthBytes) => TryTake(ref rest, lengthBytes, out _);

    private static bool TryTake(scoped ref ReadOnlySpan<byte> rest, int lengthBytes, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (rest.Length < lengthBytes) return false;
        var length = lengthBytes == 1 ? rest[0] : BinaryPrimitives.ReadUInt16BigEndian(rest);
        if (rest.Length - lengthBytes < length) return false;
        taken = rest.Slice(lengthBytes, length);
        rest = rest[(lengthBytes + length)..];
        return true;
    }
}
