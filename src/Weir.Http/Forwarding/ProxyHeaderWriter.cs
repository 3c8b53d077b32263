using System.Buffers.Binary;
using System.Buffers.Text;
using Weir.Http.Addresses;

namespace Weir.Http.Forwarding;

/// <summary>From where to where a connection goes, as the client sees it.</summary>
public readonly record struct ProxyAddresses(IpValue Source, int SourcePort, IpValue Destination, int DestinationPort)
{
    /// <summary>Both are IPv4. One alone is written as IPv6, mapped (RFC 4291 §2.5.5.2): a header has one family.</summary>
    internal bool AreV4 => Source.IsV4 && Destination.IsV4;
}

/// <summary>
/// Writes the header in which a proxy says whom a connection is from. Version 1 is one call; version 2 begins with
/// <see cref="Begin"/>, has extensions added, and ends with <see cref="End"/>.
/// </summary>
public ref struct ProxyHeaderWriter(Span<byte> to)
{
    /// <summary>Room for any header: every extension that came in, and two more of at most 255 bytes each.</summary>
    public const int MaxLength = ProxyHeader.MaxLength + 1024;

    private readonly Span<byte> _to = to;
    private int _length;

    /// <summary>Version 1, whole. Null: the client is not known.</summary>
    public static int WriteText(Span<byte> to, ProxyAddresses? addresses)
    {
        if (addresses is not { } known)
        {
            "PROXY UNKNOWN\r\n"u8.CopyTo(to);
            return 15;
        }

        var at = Put(to, 0, known.AreV4 ? "PROXY TCP4 "u8 : "PROXY TCP6 "u8);
        at = Put(to, at, known.Source, known.AreV4);
        to[at++] = (byte)' ';
        at = Put(to, at, known.Destination, known.AreV4);
        to[at++] = (byte)' ';
        at = Put(to, at, known.SourcePort);
        to[at++] = (byte)' ';
        at = Put(to, at, known.DestinationPort);
        return Put(to, at, "\r\n"u8);
    }

    /// <summary>Version 2. Null: the client is not known, and the proxy speaks for itself (LOCAL); no extension may follow.</summary>
    public void Begin(ProxyAddresses? addresses)
    {
        ProxyHeader.Signature.CopyTo(_to);
        _length = ProxyHeader.Fixed;
        _to[12] = addresses is null ? (byte)0x20 : (byte)0x21;
        _to[13] = 0;
        if (addresses is not { } known) return;
        _to[13] = known.AreV4 ? (byte)0x11 : (byte)0x21;
        Put(known.Source, known.AreV4);
        Put(known.Destination, known.AreV4);
        BinaryPrimitives.WriteUInt16BigEndian(_to[_length..], (ushort)known.SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(_to[(_length + 2)..], (ushort)known.DestinationPort);
        _length += 4;
    }

    /// <summary>An extension; none when its value is empty or longer than 255 bytes, which no name and no protocol is.</summary>
    public void Add(ProxyExtension type, scoped ReadOnlySpan<byte> value)
    {
        if (value.Length is 0 or > 255) return;
        _to[_length] = (byte)type;
        BinaryPrimitives.WriteUInt16BigEndian(_to[(_length + 1)..], (ushort)value.Length);
        value.CopyTo(_to[(_length + 3)..]);
        _length += 3 + value.Length;
    }

    /// <summary>The extensions that a proxy gave; <paramref name="withoutTls"/>: less host and protocol of the client's TLS, which are known better.</summary>
    public void AddKept(ProxyAnnouncement announcement, bool withoutTls)
    {
        for (var reader = new ProxyExtensionReader(announcement.Extensions); reader.MoveNext();)
        {
            if (withoutTls && reader.Type is (ProxyExtension.Authority or ProxyExtension.Alpn)) continue;
            reader.Whole.CopyTo(_to[_length..]);
            _length += reader.Whole.Length;
        }
    }

    /// <summary>The header's length.</summary>
    public int End(bool withChecksum)
    {
        if (withChecksum) Add(ProxyExtension.Crc32C, [0, 0, 0, 0]);
        BinaryPrimitives.WriteUInt16BigEndian(_to[14..], (ushort)(_length - ProxyHeader.Fixed));
        if (withChecksum) BinaryPrimitives.WriteUInt32BigEndian(_to[(_length - 4)..], ProxyHeader.Crc32C(_to[.._length], _length - 4));
        return _length;
    }

    private void Put(IpValue address, bool asV4)
    {
        if (asV4) BinaryPrimitives.WriteUInt32BigEndian(_to[_length..], address.V4);
        else BinaryPrimitives.WriteUInt128BigEndian(_to[_length..], address.Bits);
        _length += asV4 ? 4 : 16;
    }

    private static int Put(Span<byte> to, int at, IpValue address, bool asV4)
    {
        if (address.IsV4 && !asV4) at = Put(to, at, "::ffff:"u8);
        return at + IpText.Format(address, to[at..]);
    }

    private static int Put(Span<byte> to, int at, int port)
    {
        Utf8Formatter.TryFormat(port, to[at..], out var digits);
        return at + digits;
    }

    private static int Put(Span<byte> to, int at, ReadOnlySpan<byte> text)
    {
        text.CopyTo(to[at..]);
        return at + text.Length;
    }
}
