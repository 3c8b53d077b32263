using System.Globalization;

namespace Weir.Config.Records;

/// <summary>An endpoint's URL, parsed: <c>http://host:port</c> (port 80 when left out), <c>https://host:port</c> (443), <c>tcp://host:port</c>, <c>tls://host:port</c>, <c>udp://host:port</c> or <c>unix:/path</c>.</summary>
/// <param name="Host">A name, in lower case, or an address without brackets; empty for a unix socket.</param>
/// <param name="UnixPath">The socket's path; null for TCP.</param>
public readonly record struct EndpointAddress(string Host, int Port, string? UnixPath)
{
    /// <summary>TLS.</summary>
    public bool IsSecure { get; init; }

    /// <summary>For tcp listeners, not for HTTP.</summary>
    public bool IsStream { get; init; }

    /// <summary>For udp listeners.</summary>
    public bool IsDatagram { get; init; }

    /// <summary>For routes.</summary>
    public bool IsHttp => !IsStream && !IsDatagram;

    private const string Plain = "http://";
    private const string Secure = "https://";
    private const string Stream = "tcp://";
    private const string SecureStream = "tls://";
    private const string Datagram = "udp://";

    public bool IsUnix => UnixPath is not null;

    /// <summary>False with the reason when it is none.</summary>
    public static bool TryParse(string text, out EndpointAddress value, out string reason)
    {
        value = default;
        if (text.StartsWith("unix:", StringComparison.Ordinal))
        {
            var ok = ListenAddress.TryParse(text, out var unix, out reason);
            value = new EndpointAddress("", 0, unix.UnixPath);
            return ok;
        }

        reason = Check(text);
        if (reason.Length > 0) return false;
        var isStream = text.StartsWith(Stream, StringComparison.Ordinal) || text.StartsWith(SecureStream, StringComparison.Ordinal);
        var isSecure = text.StartsWith(Secure, StringComparison.Ordinal) || text.StartsWith(SecureStream, StringComparison.Ordinal);
        var isDatagram = text.StartsWith(Datagram, StringComparison.Ordinal);
        var (host, portText) = Split(text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..]);
        var port = isSecure ? 443 : 80;
        if ((isStream || isDatagram) && portText is null)
        {
            reason = "the port is missing";
            return false;
        }

        if (portText is not null && (!int.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65_535))
        {
            reason = $"'{portText}' is not a port from 1 to 65535";
            return false;
        }

        if (!IsHost(host, out var plain))
        {
            reason = host.Length == 0 ? "the host is missing" : $"'{host}' is not a host name or IP address";
            return false;
        }

        value = new EndpointAddress(plain, port, null) { IsSecure = isSecure, IsStream = isStream, IsDatagram = isDatagram };
        return true;
    }

    public override string ToString()
        => IsUnix ? "unix:" + UnixPath : string.Create(CultureInfo.InvariantCulture, $"{(IsDatagram ? Datagram : IsStream ? IsSecure ? SecureStream : Stream : IsSecure ? Secure : Plain)}{(Host.Contains(':') ? $"[{Host}]" : Host)}:{Port}");

    /// <summary>How what is no endpoint is probably meant; null when that is not clear.</summary>
    internal static string? Mend(string text)
    {
        if (!text.Contains("://", StringComparison.Ordinal)) return TryParse(Plain + text, out _, out _) ? Plain + text : null;
        var path = text.IndexOf('/', text.IndexOf("://", StringComparison.Ordinal) + 3);
        return path > 0 && TryParse(text[..path], out _, out _) ? text[..path] + (path == text.Length - 1 ? "" : "; the policy 'rewrite' changes paths") : null;
    }

    private static string Check(string text)
    {
        if (!new[] { Plain, Secure, Stream, SecureStream, Datagram }.Any(s => text.StartsWith(s, StringComparison.Ordinal))) return "an endpoint is written http://host:port, https://host:port or unix:/path; for tcp listeners tcp://host:port or tls://host:port, for udp listeners udp://host:port";
        var rest = text.AsSpan(text.IndexOf("://", StringComparison.Ordinal) + 3);
        if (rest.Contains('@')) return "an endpoint takes no user name or password";
        if (rest.Contains('?') || rest.Contains('#')) return "an endpoint takes no query";
        return rest.Contains('/') ? "an endpoint takes no path" : "";
    }

    private static (string Host, string? Port) Split(string authority)
    {
        var colon = authority.StartsWith('[') ? authority.IndexOf("]:", StringComparison.Ordinal) + 1 : authority.IndexOf(':');
        return colon <= 0 ? (colon == 0 && authority.StartsWith(':') ? "" : authority, null) : (authority[..colon], authority[(colon + 1)..]);
    }

    private static bool IsHost(string host, out string plain)
    {
        plain = host.ToLowerInvariant();
        if (host.StartsWith('['))
        {
            plain = host.TrimStart('[').TrimEnd(']');
            return host.EndsWith(']') && plain.Contains(':') && NetworkText.TryAddress(plain, out _);
        }

        if (host.Length is 0 or > 253) return false;
        if (host.Split('.').All(p => p.Length > 0 && p.All(char.IsAsciiDigit))) return NetworkText.TryAddress(host, out _);
        return host.TrimEnd('.').Split('.').All(l => l.Length is > 0 and <= 63 && l[0] != '-' && l[^1] != '-' && l.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));
    }
}
