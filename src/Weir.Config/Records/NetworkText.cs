using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Weir.Config.Records;

/// <summary>Addresses and CIDR blocks, strictly: no <c>10.1</c>, no octal <c>010.0.0.1</c>, no bits beyond the prefix.</summary>
public static class NetworkText
{
    public static bool TryAddress(string text, out IPAddress? address)
    {
        if (!IPAddress.TryParse(text, out address)) return false;
        if (address.AddressFamily == AddressFamily.InterNetwork) return address.ToString() == text;
        return text.Contains(':', StringComparison.Ordinal) && !text.StartsWith('[');
    }

    /// <summary>An address or a block; a lone address is a block of one. False with the reason when it is neither.</summary>
    public static bool TryNetwork(string text, out IPNetwork network, out string reason)
    {
        network = default;
        var slash = text.IndexOf('/');
        var host = slash < 0 ? text : text[..slash];
        if (!TryAddress(host, out var address) || host.Contains('%'))
        {
            reason = $"'{text}' is not an address or CIDR block";
            return false;
        }

        var most = address!.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var length = most;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > most))
        {
            reason = $"the prefix length of '{text}' is not from 0 to {most}";
            return false;
        }

        var first = Masked(address, length);
        network = new IPNetwork(first, length);
        reason = first.Equals(address) ? "" : $"'{text}' has bits set beyond its prefix; the block is {first}/{length.ToString(CultureInfo.InvariantCulture)}";
        return reason.Length == 0;
    }

    /// <summary>A DNS server: <c>10.0.0.2</c>, <c>10.0.0.2:5353</c>, <c>[fd00::2]:5353</c>.</summary>
    public static bool TryServer(string text, out IPEndPoint? server)
    {
        server = null;
        if (TryAddress(text, out var address)) server = new IPEndPoint(address!, 53);
        else if (!text.EndsWith(']') && text.LastIndexOf(':') is var colon and > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65_535
            && TryAddress(text[..colon].TrimStart('[').TrimEnd(']'), out address)) server = new IPEndPoint(address!, port);
        return server is not null;
    }

    private static IPAddress Masked(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var bits = Math.Clamp(length - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xFF << (8 - bits));
        }

        return new IPAddress(bytes);
    }
}
