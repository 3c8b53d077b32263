using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Weir.Sdk.Expressions.Nodes;

/// <summary>An address as 128 bits, IPv4 mapped into IPv6 (RFC 4291 §2.5.5.2), so that one comparison serves both families.</summary>
internal readonly record struct AddressBits(UInt128 Value)
{
    private static readonly UInt128 Ipv4Prefix = new(0, 0x0000_FFFF_0000_0000);

    public bool IsIpv4 => Value >> 32 == Ipv4Prefix >> 32;

    public static AddressBits From(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        return length == 4
            ? new AddressBits(Ipv4Prefix | BinaryPrimitives.ReadUInt32BigEndian(bytes))
            : new AddressBits(BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }
}

/// <summary>An address block; a single address is a block of one. <c>::/0</c> is all of IPv6 and nothing of IPv4.</summary>
internal readonly record struct AddressBlock(UInt128 Prefix, UInt128 Mask)
{
    private readonly bool _isIpv4 = Mask >= UInt128.MaxValue << 32 && new AddressBits(Prefix).IsIpv4;

    public bool Contains(AddressBits address) => (address.Value & Mask) == Prefix && address.IsIpv4 == _isIpv4;

    /// <summary>Reads "10.0.0.0/8", "::1" or the like; <paramref name="reason"/> says what is wrong.</summary>
    public static bool TryParse(string text, out AddressBlock block, out string reason)
    {
        block = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var addressText = slash < 0 ? text : text[..slash];

        // IPAddress also takes "10", "0x7f.1" and a zone; none of them is what anybody means here.
        var plain = addressText.Contains(':', StringComparison.Ordinal) ? !addressText.Contains('%', StringComparison.Ordinal) : addressText.Count(c => c == '.') == 3;
        if (!plain || !IPAddress.TryParse(addressText, out var address))
        {
            reason = $"\"{text}\" is no address and no block such as 10.0.0.0/8";
            return false;
        }

        var width = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var bits = width;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), System.Globalization.NumberStyles.None, null, out bits) || bits > width))
        {
            reason = $"the prefix length of \"{text}\" must be a number from 0 to {width}";
            return false;
        }

        var ones = bits + 128 - width;
        var mask = ones == 0 ? UInt128.Zero : UInt128.MaxValue << (128 - ones);
        var value = AddressBits.From(address).Value;
        if ((value & mask) != value)
        {
            reason = $"\"{text}\" has bits set after its prefix; was a shorter prefix or a single address meant?";
            return false;
        }

        block = new AddressBlock(value, mask);
        reason = "";
        return true;
    }
}
