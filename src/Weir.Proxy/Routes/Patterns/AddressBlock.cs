using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Weir.Proxy.Routes.Patterns;

/// <summary>
/// A block of addresses as 128 bits. IPv4 is its IPv4-mapped range, so that an IPv4 client on an IPv6 socket is the same client;
/// a block of IPv6 addresses, <c>::/0</c> even, has none of them.
/// </summary>
internal readonly record struct AddressBlock(UInt128 Network, UInt128 Mask)
{
    public bool Contains(UInt128 address) => (address & Mask) == Network && IsIPv4(address) == IsIPv4(Network);

    /// <summary>All of the other block lies in this one.</summary>
    public bool Covers(AddressBlock other) => (Mask & other.Mask) == Mask && Contains(other.Network);

    /// <summary>The address as this type compares it.</summary>
    public static UInt128 Number(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        return written == 4 ? Mapped(BinaryPrimitives.ReadUInt32BigEndian(bytes)) : BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    /// <summary>The first address of the block.</summary>
    public IPAddress First()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Network);
        var address = new IPAddress(bytes);
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    public static bool TryParse(string written, out AddressBlock block, out PatternFault? fault)
    {
        block = default;
        fault = null;
        var slash = written.IndexOf('/', StringComparison.Ordinal);
        var text = slash < 0 ? written : written[..slash];
        if (!IPAddress.TryParse(text, out var address) || text.Contains('%', StringComparison.Ordinal) || IsShortIPv4(address, text))
        {
            fault = new PatternFault($"\"{written}\" is no address or block of addresses.", "write 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32");
            return false;
        }

        var bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var length = bits;
        if (slash >= 0 && (!int.TryParse(written.AsSpan(slash + 1), System.Globalization.NumberStyles.None, null, out length) || length > bits))
        {
            fault = new PatternFault($"The prefix length is a number from 0 to {bits}.", null, slash + 1);
            return false;
        }

        var mask = MaskOf(length + 128 - bits);
        var number = Number(address);
        block = new AddressBlock(number & mask, mask);
        if (block.Network != number)
            fault = new PatternFault($"\"{written}\" has bits set behind its prefix.", $"write {block.First()}/{length}");
        return fault is null;
    }

    // "10.1" and "167772161" parse as addresses; nobody means them.
    private static bool IsShortIPv4(IPAddress address, string text) => address.AddressFamily == AddressFamily.InterNetwork && text.AsSpan().Count('.') != 3;

    private static bool IsIPv4(UInt128 address) => address >> 32 == 0xFFFF;

    private static UInt128 MaskOf(int length) => length == 0 ? UInt128.Zero : UInt128.MaxValue << (128 - length);

    private static UInt128 Mapped(uint address) => new(0, 0xFFFF_0000_0000UL | address);
}
