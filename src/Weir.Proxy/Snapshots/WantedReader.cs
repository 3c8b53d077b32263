using Weir.Config.Records;
using Weir.Proxy.Model;
using Weir.Sdk.Configuration;

namespace Weir.Proxy.Snapshots;

/// <summary>Which certificates Weir is to get for itself.</summary>
internal static class WantedReader
{
    // Everything that is this machine, for a browser (RFC 6761 §6.3).
    private static readonly string[] Local = ["localhost", "127.0.0.1", "::1"];

    /// <summary>An entry of a listener's certificates that names its issuer. Null after a problem was reported.</summary>
    public static WantedCertificate? Read(CertificateConfig config, string place, IDiagnosticSink problems)
    {
        var isAcme = config.Acme.Count > 0;
        if ((isAcme && config.Internal.Count > 0) || config.Cert is not null || config.Key is not null || config.Pkcs12 is not null || config.Password is not null)
        {
            Error(problems, place, "bad-certificate", "a certificate is one of 'cert' with 'key', 'pkcs12', 'acme' and 'internal'.");
            return null;
        }

        var at = place + (isAcme ? ".acme" : ".internal");
        var names = isAcme ? config.Acme : config.Internal;
        if (names.Count > CertificateName.Most)
        {
            Error(problems, at, "too-many-names", $"there are {names.Count} names in one certificate; {CertificateName.Most} may be.");
            return null;
        }

        var canonical = new List<string>();
        foreach (var name in names)
        {
            if (TryParse(name, takesWildcard: !isAcme, out var one, out var reason))
            {
                if (!canonical.Contains(one)) canonical.Add(one);
                continue;
            }

            Error(problems, at, "bad-host", $"no certificate can be had for '{name}': {reason}.", isAcme && name.StartsWith('*') ? "or give it a file" : null);
            return null;
        }

        return new WantedCertificate(isAcme ? CertificateIssuer.Acme : CertificateIssuer.Internal, canonical);
    }

    /// <summary>For hosts of routes that no entry is for.</summary>
    public static IReadOnlyList<WantedCertificate> ForHosts(CertificateIssuer issuer, IReadOnlyList<string> hosts, string place, IDiagnosticSink problems)
    {
        if (issuer == CertificateIssuer.None) return [];
        var names = new List<string>();
        foreach (var host in hosts.Where(static h => h != "*"))
        {
            if (TryParse(host, takesWildcard: issuer == CertificateIssuer.Internal, out var name, out var reason)) names.Add(name);
            else problems.Report(new ConfigProblem(ProblemSeverity.Warning, place, "no-certificate", $"No certificate is got for the host '{host}' of a route: {reason}.", "give it a file in 'certificates'"));
        }

        if (issuer == CertificateIssuer.Internal && names.Count + Local.Length > CertificateName.Most)
            problems.Report(new ConfigProblem(ProblemSeverity.Warning, place, "too-many-names", $"The routes name {names.Count} hosts; a certificate has room for {CertificateName.Most}, the rest has none.", "give them entries of their own in 'certificates'"));
        if (issuer == CertificateIssuer.Internal) return [new WantedCertificate(issuer, [.. Local.Concat(names).Distinct(StringComparer.Ordinal).Take(CertificateName.Most)])];
        if (names.Count == 0) problems.Report(new ConfigProblem(ProblemSeverity.Warning, place, "no-host", "No route of this listener names a host that a certificate could be got for.", "match: { host: example.com }"));
        return [.. names.Select(n => new WantedCertificate(issuer, [n]))];
    }

    /// <summary>A host name or an address, in canonical form.</summary>
    public static bool TryParse(string text, bool takesWildcard, out string canonical, out string reason)
    {
        var isWildcard = takesWildcard && text.StartsWith("*.", StringComparison.Ordinal);
        if (!CertificateName.TryParse(isWildcard ? text[2..] : text, out canonical, out reason)) return false;
        if (isWildcard) canonical = "*." + canonical;
        return true;
    }

    private static void Error(IDiagnosticSink problems, string place, string code, string message, string? hint = null)
        => problems.Report(new ConfigProblem(ProblemSeverity.Error, place, code, message, hint));
}
