using System.Buffers.Binary;

namespace Weir.Http.Forwarding;

/// <summary>Kinds of extensions (TLVs) in a header of the PROXY protocol, version 2.</summary>
public enum ProxyExtension : byte
{
    /// <summary>The protocol that was agreed upon in the client's TLS.</summary>
    Alpn = 0x01,

    /// <summary>The host that the client asked for, as a rule in its TLS.</summary>
    Authority = 0x02,

    /// <summary>A checksum of the header.</summary>
    Crc32C = 0x03,

    /// <summary>The connection's id, any bytes.</summary>
    UniqueId = 0x05,

    /// <summary>The client's TLS: extensions in an extension.</summary>
    Ssl = 0x20,

    /// <summary>From here to <see cref="CustomLast"/> they mean what proxy and origin agreed upon.</summary>
    CustomFirst = 0xE0,

    /// <summary>The last of the custom ones.</summary>
    CustomLast = 0xEF,
}

/// <summary>Extensions one after the other: type, length, value. Their lengths were checked when the header was parsed.</summary>
internal ref struct ProxyExtensionReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public ProxyExtension Type { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Type, length and value.</summary>
    public ReadOnlySpan<byte> Whole { get; private set; }

    public bool MoveNext()
    {
        if (_rest.IsEmpty) return false;
        Whole = _rest[..(3 + BinaryPrimitives.ReadUInt16BigEndian(_rest[1..]))];
        Type = (ProxyExtension)Whole[0];
        Value = Whole[3..];
        _rest = _rest[Whole.Length..];
        return true;
    }
}
