using System.Text;
using Weir.Http.Addresses;

namespace Weir.Http.Forwarding;

/// <summary>What a proxy that is believed said of a connection, kept for as long as that lives. Immutable.</summary>
public sealed class ProxyAnnouncement
{
    private readonly byte[] _extensions;
    private readonly byte[] _uniqueId;

    /// <summary>From a header that names a client and was parsed at the start of these bytes.</summary>
    public ProxyAnnouncement(ReadOnlySpan<byte> bytes, in ProxyHeader header)
    {
        Source = header.Source!.Value;
        SourcePort = header.SourcePort;
        Destination = header.Destination!.Value;
        DestinationPort = header.DestinationPort;
        var said = bytes[header.ExtensionsStart..header.Length];
        HasChecksum = Has(said, ProxyExtension.Crc32C);
        _extensions = Kept(said);
        _uniqueId = TextOf(Find(_extensions, ProxyExtension.UniqueId));
    }

    /// <summary>The client.</summary>
    public IpValue Source { get; }

    /// <summary>The client's port.</summary>
    public int SourcePort { get; }

    /// <summary>Where the client connected to.</summary>
    public IpValue Destination { get; }

    /// <summary>The port that the client connected to.</summary>
    public int DestinationPort { get; }

    /// <summary>The header had a checksum.</summary>
    public bool HasChecksum { get; }

    /// <summary>The extensions that describe the client and its connection, as they came. Not those that are the header's own.</summary>
    public ReadOnlySpan<byte> Extensions => _extensions;

    /// <summary>The host that the client asked for, or empty.</summary>
    public ReadOnlySpan<byte> Authority => Find(_extensions, ProxyExtension.Authority);

    /// <summary>The protocol that was agreed upon in the client's TLS, or empty.</summary>
    public ReadOnlySpan<byte> Alpn => Find(_extensions, ProxyExtension.Alpn);

    /// <summary>The connection's id, or empty: as it came when it is visible ASCII, else in hexadecimal.</summary>
    public ReadOnlySpan<byte> UniqueId => _uniqueId;

    // Padding, checksums and what is true of one machine alone (a network namespace) end here; so does what nobody knows the meaning of.
    private static byte[] Kept(ReadOnlySpan<byte> said)
    {
        if (said.IsEmpty) return [];
        Span<byte> kept = stackalloc byte[ProxyHeader.MaxLength];
        var length = 0;
        for (var reader = new ProxyExtensionReader(said); reader.MoveNext();)
        {
            var isKept = reader.Type is ProxyExtension.Alpn or ProxyExtension.Authority or ProxyExtension.UniqueId or ProxyExtension.Ssl
                or >= ProxyExtension.CustomFirst and <= ProxyExtension.CustomLast;
            if (!isKept) continue;
            reader.Whole.CopyTo(kept[length..]);
            length += reader.Whole.Length;
        }

        return kept[..length].ToArray();
    }

    private static bool Has(ReadOnlySpan<byte> extensions, ProxyExtension type)
    {
        for (var reader = new ProxyExtensionReader(extensions); reader.MoveNext();)
            if (reader.Type == type) return true;
        return false;
    }

    private static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> extensions, ProxyExtension type)
    {
        for (var reader = new ProxyExtensionReader(extensions); reader.MoveNext();)
            if (reader.Type == type) return reader.Value;
        return default;
    }

    private static byte[] TextOf(ReadOnlySpan<byte> id)
        => id.ContainsAnyExceptInRange((byte)'!', (byte)'~') ? Encoding.ASCII.GetBytes(Convert.ToHexStringLower(id)) : id.ToArray();
}
