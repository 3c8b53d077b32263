using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Weir.Config.Records;

/// <summary>
/// An address to listen on, parsed: <c>host:port</c>, <c>[v6]:port</c>, <c>:port</c> for all of both families, or
/// <c>unix:/path</c>. The host is an address literal or <c>localhost</c>, since a name could be any machine's.
/// </summary>
/// <param name="Address">Null for <c>:port</c> and for a unix socket.</param>
/// <param name="Port">0 for one that the kernel picks, and for a unix socket.</param>
/// <param name="UnixPath">The socket's path; null for TCP.</param>
public readonly record struct ListenAddress(IPAddress? Address, int Port, string? UnixPath)
{
    private const int MaxUnixPath = 107;

    public bool IsUnix => UnixPath is not null;

    /// <summary>Only programs on this machine can reach it.</summary>
    public bool IsLocal => IsUnix || (Address is not null && IPAddress.IsLoopback(Address));

    /// <summary>False with the reason when it is none.</summary>
    public static bool TryParse(string text, out ListenAddress value, out string reason)
    {
        value = default;
        reason = "";
        if (text.StartsWith("unix:", StringComparison.Ordinal)) return TryUnix(text["unix:".Length..], out value, out reason);
        if (text.Contains("://", StringComparison.Ordinal))
        {
            reason = "there is no scheme before it";
            return false;
        }

        var colon = text.LastIndexOf(':');
        if (colon < 0)
        {
            reason = text.Length > 0 && text.All(char.IsAsciiDigit) ? $"a port alone is written ':{text}'" : "the port is missing";
            return false;
        }

        if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > 65_535)
        {
            reason = $"'{text[(colon + 1)..]}' is not a port from 0 to 65535";
            return false;
        }

        var host = text[..colon];
        if (host.Length == 0 || host == "*")
        {
            value = new ListenAddress(null, port, null);
            return true;
        }

        if (!TryHost(host, out var address, out reason)) return false;
        value = new ListenAddress(address, port, null);
        return true;
    }

    public override string ToString()
    {
        if (IsUnix) return "unix:" + UnixPath;
        var host = Address is null ? "" : Address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{Address}]" : Address.ToString();
        return host + ":" + Port.ToString(CultureInfo.InvariantCulture);
    }

    private static bool TryUnix(string path, out ListenAddress value, out string reason)
    {
        value = new ListenAddress(null, 0, path);
        reason = !path.StartsWith('/') ? "the path of a unix socket starts with '/'"
            : System.Text.Encoding.UTF8.GetByteCount(path) > MaxUnixPath ? $"the path of a unix socket may have {MaxUnixPath} bytes" : "";
        return reason.Length == 0;
    }

    private static bool TryHost(string host, out IPAddress? address, out string reason)
    {
        (address, reason) = (null, "");
        if (host == "localhost")
        {
            address = IPAddress.Loopback;
            return true;
        }

        var bracketed = host.StartsWith('[') && host.EndsWith(']');
        if (!bracketed && host.Contains(':'))
        {
            reason = "an IPv6 address is written in brackets: [::1]:8080";
            return false;
        }

        if (NetworkText.TryAddress(bracketed ? host[1..^1] : host, out address) && address!.AddressFamily == AddressFamily.InterNetworkV6 == bracketed) return true;
        reason = $"'{host}' is not an IP address";
        return false;
    }
}
