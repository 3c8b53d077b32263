using System.Buffers;
using System.Text;
using Weir.Http.Addresses;
using Weir.Http.Fields;

namespace Weir.Http.Targets;

/// <summary>Where the parts of a host with an optional port are. <see cref="Port"/> is -1 when there is none.</summary>
public readonly record struct HostParts(int HostLength, int TrailingDot, int Port, bool HasUpperCase);

/// <summary>
/// The host of a Host field or of a target's authority. RFC 9110 §7.2, RFC 3986 §3.2.2, narrowed to what names a host in
/// practice: labels of letters, digits, '-', '_' and '~', an IPv4 address, or an IPv6 address in brackets. No userinfo, no
/// percent-encoding, no empty label, a port of 1 to 65535 without leading zeros.
/// </summary>
public static class HostText
{
    private const int LongestHost = 255;

    private static readonly SearchValues<byte> PlainBytes = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789.-_~"u8);
    private static readonly SearchValues<byte> HostBytes =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_~"u8);
    private static readonly SearchValues<byte> AddressBytes = SearchValues.Create("0123456789."u8);

    public static bool TrySplit(ReadOnlySpan<byte> text, out HostParts parts)
    {
        parts = default;
        var length = text.IndexOfAnyExcept(PlainBytes);
        var upper = false;
        if (length < 0) length = text.Length;
        else if (text[length] != (byte)':')
        {
            if (text[0] == (byte)'[') return TrySplitBracketed(text, out parts);
            length = text.IndexOfAnyExcept(HostBytes);
            if (length < 0) length = text.Length;
            upper = true;
        }

        var host = text[..length];
        if (!TryReadPort(text[length..], out var port)) return false;
        var dot = length > 0 && host[^1] == (byte)'.' ? 1 : 0;
        host = host[..^dot];
        if (host.IsEmpty || host.Length > LongestHost || host[0] == (byte)'.' || host[^1] == (byte)'.' || host.IndexOf(".."u8) >= 0) return false;
        // Digits and dots alone are an address, or nothing that everyone reads in the same way.
        if (char.IsAsciiDigit((char)host[^1]) && !host.ContainsAnyExcept(AddressBytes) && !IpText.TryParseV4(host, out _)) return false;
        parts = new HostParts(host.Length, dot, port, upper);
        return true;
    }

    /// <summary>
    /// Checks and normalises: lower case, no trailing dot. <paramref name="authority"/> is the host with the port, and starts with
    /// <paramref name="host"/>; both are views of the given text when nothing has to be changed.
    /// </summary>
    public static bool TryNormalise(TextArena arena, TextSlice text, out TextSlice host, out TextSlice authority)
    {
        host = authority = default;
        if (!TrySplit(arena[text], out var parts)) return false;
        var portStart = parts.HostLength + parts.TrailingDot;
        var portLength = text.Length - portStart;
        if (!parts.HasUpperCase && (parts.TrailingDot == 0 || portLength == 0))
        {
            authority = text.Slice(0, parts.HostLength + portLength);
        }
        else
        {
            if (!arena.TryReserve(parts.HostLength + portLength, out authority)) return false;
            // Read again: the reservation may have moved the arena's own part.
            var from = arena[text];
            var to = arena.Writable(authority);
            Ascii.ToLower(from[..parts.HostLength], to, out _);
            from[portStart..].CopyTo(to[parts.HostLength..]);
        }

        host = authority.Slice(0, parts.HostLength);
        return true;
    }

    /// <summary>The same host, and the same port when a missing one means <paramref name="defaultPort"/>.</summary>
    public static bool AreSame(ReadOnlySpan<byte> left, in HostParts leftParts, ReadOnlySpan<byte> right, in HostParts rightParts, int defaultPort)
        => Ascii.EqualsIgnoreCase(left[..leftParts.HostLength], right[..rightParts.HostLength])
            && (leftParts.Port < 0 ? defaultPort : leftParts.Port) == (rightParts.Port < 0 ? defaultPort : rightParts.Port);

    private static bool TrySplitBracketed(ReadOnlySpan<byte> text, out HostParts parts)
    {
        parts = default;
        var close = text.IndexOf((byte)']');
        if (close < 0 || !IpText.TryParseV6(text[1..close], out _) || !TryReadPort(text[(close + 1)..], out var port)) return false;
        parts = new HostParts(close + 1, 0, port, text[..close].ContainsAnyInRange((byte)'A', (byte)'F'));
        return true;
    }

    // Nothing, or ':' and the port.
    private static bool TryReadPort(ReadOnlySpan<byte> text, out int port)
    {
        port = -1;
        if (text.IsEmpty) return true;
        if (text[0] != (byte)':' || text.Length is < 2 or > 6 || text[1] == (byte)'0') return false;
        port = 0;
        foreach (var b in text[1..])
        {
            if (!char.IsAsciiDigit((char)b)) return false;
            port = (port * 10) + b - '0';
        }

        return port <= 65535;
    }
}
