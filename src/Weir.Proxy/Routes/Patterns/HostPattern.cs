using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Weir.Proxy.Routes.Patterns;

internal enum HostKind : byte { Exact, Suffix, Any }

/// <summary>A host as a route writes it. <paramref name="Text"/> is the host, or of a wildcard what follows its "*.".</summary>
internal readonly record struct HostPattern(HostKind Kind, string Text)
{
    public static HostPattern Any => new(HostKind.Any, "");

    /// <summary>Labels of <see cref="Text"/>; decides between wildcards.</summary>
    public int Labels => Text.AsSpan().Count('.') + 1;

    /// <summary>Whether this pattern takes a host, without any index. For explaining and for proving examples.</summary>
    public bool Takes(ReadOnlySpan<char> host) => Kind switch
    {
        HostKind.Any => true,
        HostKind.Exact => host.SequenceEqual(Text),
        _ => host.Length > Text.Length + 1 && host.EndsWith(Text) && host[^(Text.Length + 1)] == '.',
    };

    public override string ToString() => Kind switch { HostKind.Any => "*", HostKind.Exact => Text, _ => "*." + Text };

    public static bool TryParse(string written, out HostPattern pattern, out PatternFault? fault)
    {
        pattern = Any;
        fault = null;
        if (written == "*") return true;
        var text = IsLowerCase(written) ? written : written.ToLowerInvariant();
        if (text.EndsWith('.')) text = text[..^1];
        var wildcard = text.StartsWith("*.", StringComparison.Ordinal);
        if (wildcard) text = text[2..];
        fault = text.StartsWith('[') ? CheckLiteral(text, wildcard) : CheckName(text, written);
        if (fault is not null) return false;
        pattern = new HostPattern(wildcard ? HostKind.Suffix : HostKind.Exact, text);
        return true;
    }

    private static bool IsLowerCase(string text) => !text.AsSpan().ContainsAnyInRange('A', 'Z');

    private static PatternFault? CheckLiteral(string text, bool wildcard)
    {
        if (wildcard) return new PatternFault("An address has no subdomains.", "write the address without \"*.\"");
        var end = text.IndexOf(']', StringComparison.Ordinal);
        if (end > 0 && end < text.Length - 1) return new PatternFault("The port is not looked at.", $"write {text[..(end + 1)]}");
        if (end < 0 || !IPAddress.TryParse(text[1..end], out var address) || address.AddressFamily != AddressFamily.InterNetworkV6)
            return new PatternFault($"\"{text}\" is not an IPv6 address.", "write it as in [2001:db8::1]");
        var canonical = $"[{address}]";
        return canonical == text ? null : new PatternFault("An IPv6 address is compared as text.", $"write {canonical}");
    }

    private static PatternFault? CheckName(string text, string written)
    {
        if (text.Length == 0) return new PatternFault("The host is empty.", "write \"*\" for any host, or leave host out");
        if (text.Contains("://", StringComparison.Ordinal)) return new PatternFault("A host has no scheme.", $"write {text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..]}");
        if (text.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash)
            return new PatternFault("A host has no path.", $"write {text[..slash]}, and the path under match.path", written.IndexOf('/', StringComparison.Ordinal));
        if (text.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon)
            return IPAddress.TryParse(text, out _)
                ? new PatternFault("An IPv6 address stands in brackets.", $"write [{text}]")
                : new PatternFault("The port is not looked at.", $"write {text[..colon]}", written.IndexOf(':', StringComparison.Ordinal));
        if (text.Contains('*', StringComparison.Ordinal))
            return new PatternFault("\"*\" stands for whole labels at the start only.", "write *.example.com for every subdomain", written.LastIndexOf('*'));
        if (text.Length > 253) return new PatternFault("A host has at most 253 characters.");

        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c > 127) return new PatternFault("Requests name international hosts in ASCII.", Punycode(text));
            if (c == '.' && (i == 0 || text[i - 1] == '.')) return new PatternFault("The host has an empty label.", null, i);
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_')) return new PatternFault($"'{c}' cannot stand in a host.", null, i);
        }

        return null;
    }

    private static string? Punycode(string text)
    {
        try
        {
            return $"write {new IdnMapping().GetAscii(text)}";
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
