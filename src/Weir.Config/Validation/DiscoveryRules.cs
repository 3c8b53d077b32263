using System.Globalization;
using System.Net;
using Weir.Config.Records;

namespace Weir.Config.Validation;

/// <summary>Where endpoints are found.</summary>
internal static class DiscoveryRules
{
    private const int LongestName = 253;
    private const int LongestLabel = 63;

    public static void Run(Check check, string path, ClusterConfig cluster)
    {
        if (cluster.Discover is not { } discover)
        {
            if (!check.IsSaid(path, "endpoints") && !check.IsSaid(path, "discover")) check.Error(path, "missing-key", "'endpoints' is missing", "or 'discover', which finds them");
            return;
        }

        path += ".discover";
        var kinds = (discover.Dns is null ? 0 : 1) + (discover.File is null ? 0 : 1) + (discover.Api is null ? 0 : 1);
        // What is written and could not be read has been said.
        var isUnread = kinds == 0 && (check.IsSaid(path, "dns") || check.IsSaid(path, "file") || check.IsSaid(path, "api"));
        if (kinds != 1 && !isUnread) check.Error(path, kinds == 0 ? "missing-key" : "many-kinds", "endpoints are found in one way", "one of dns, file, api");
        if (discover.File is { Length: 0 }) check.Error(path + ".file", "no-name", "the path of the file is missing");
        if (discover.Dns is { } dns) Dns(check, path + ".dns", dns);
    }

    /// <summary>What is found by DNS is spoken to as those need who forward to it.</summary>
    public static void Scheme(Check check, string path, ClusterConfig cluster, bool byRoutes, bool byStreams)
    {
        if (cluster.Discover?.Dns is not { } dns || dns.Scheme == EndpointScheme.Udp) return;
        var isStream = dns.Scheme is EndpointScheme.Tcp or EndpointScheme.Tls;
        if (byRoutes && isStream) check.Error(path + ".discover.dns.scheme", "tcp-only", "routes forward HTTP", "scheme: http, or https");
        if (byStreams && !isStream) check.Error(path + ".discover.dns.scheme", "http-only", "a tcp listener forwards to this cluster", "scheme: tcp, or tls");
    }

    private static void Dns(Check check, string path, DnsDiscoveryConfig dns)
    {
        if (dns.Name.Length > 0 && !IsName(dns.Name)) check.Error(path + ".name", "bad-name", $"'{dns.Name}' is not a name of DNS", Mend(dns.Name));
        if (dns.Type == DnsRecordKind.Srv && dns.Port is not null) check.Error(path + ".port", "no-place", "SRV records say the port themselves", "take 'port' away");
        if (dns.Type != DnsRecordKind.Srv && dns.Port is null && dns.Scheme is not (EndpointScheme.Http or EndpointScheme.Https)) check.Error(path, "missing-key", "'port' is missing");
        if (dns.Type != DnsRecordKind.Srv && dns.Name.StartsWith('_')) check.Warning(path + ".name", "no-service", $"'{dns.Name}' is the name of a service, and addresses are asked for", "type: srv");
        if (dns.MinTtl > dns.MaxTtl) check.Error(path + ".min-ttl", "too-large", "'min-ttl' is above 'max-ttl'");
        for (var i = 0; i < dns.Servers.Count; i++)
            if (!NetworkText.TryServer(dns.Servers[i], out _)) check.Error(string.Create(CultureInfo.InvariantCulture, $"{path}.servers[{i}]"), "bad-address", $"'{dns.Servers[i]}' is not the address of a server", "10.0.0.2, 10.0.0.2:5353 or [fd00::2]:5353");
    }

    // A name with a port behind it, and perhaps a scheme before.
    private static string? Mend(string text)
        => EndpointAddress.TryParse(text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text, out var address, out _) && IsName(address.Host)
            ? string.Create(CultureInfo.InvariantCulture, $"{{ name: {address.Host}, port: {address.Port} }}")
            : null;

    private static bool IsName(string name)
    {
        var plain = name.EndsWith('.') ? name[..^1] : name;
        return plain.Length is > 0 and <= LongestName && !IPAddress.TryParse(plain, out _)
            && plain.Split('.').All(static l => l.Length is > 0 and <= LongestLabel && l.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));
    }
}
