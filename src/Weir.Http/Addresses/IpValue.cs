using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Weir.Http.Addresses;

/// <summary>
/// An IP address as 128 bits. IPv4 is held as its mapped form (::ffff:a.b.c.d), so that an address compares equal whether it
/// came over an IPv4 or a dual-stack socket. Scope ids are not kept.
/// </summary>
public readonly record struct IpValue(UInt128 Bits)
{
    private static readonly UInt128 MappedPrefix = (UInt128)0xFFFF << 32;

    public bool IsV4 => Bits >> 32 == 0xFFFF;

    public uint V4 => (uint)Bits;

    public static IpValue FromV4(uint address) => new(MappedPrefix | address);

    /// <summary>From 4 or 16 bytes in network order.</summary>
    public static IpValue FromBytes(ReadOnlySpan<byte> address)
    {
        Debug.Assert(address.Length is 4 or 16);
        return address.Length == 4
            ? FromV4(BinaryPrimitives.ReadUInt32BigEndian(address))
            : new IpValue(BinaryPrimitives.ReadUInt128BigEndian(address));
    }

    /// <summary>From the framework's type, without allocating.</summary>
    public static IpValue From(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return address.TryWriteBytes(bytes, out var length) ? FromBytes(bytes[..length]) : default;
    }

    /// <summary>Allocates; off the path only.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Bits);
        return new IPAddress(IsV4 ? bytes[12..] : bytes);
    }

    public AddressFamily Family => IsV4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;

    public override string ToString()
    {
        Span<byte> text = stackalloc byte[IpText.MaxLength];
        return System.Text.Encoding.ASCII.GetString(text[..IpText.Format(this, text)]);
    }
}
