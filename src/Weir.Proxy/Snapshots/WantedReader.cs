using Weir.Config.Records;
using Weir.Proxy.Model;
using Weir.Sdk.Configuration;

namespace Weir.Proxy.Snapshots;

/// <summary>Which certificates Weir is to get for itself.</summary>
internal static class WantedReader
{
    // What an authority of the public takes in one certificate.
    private const int MaxNames = 100;

    // Everything that is this machine, for a browser (RFC 6761 §6.3).
    private static readonly string[] Local = ["localhost", "*.localhost", "127.0.0.1", "::1"];

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
        string[] names = [.. (isAcme ? config.Acme : config.Internal).Select(static n => n.ToLowerInvariant().TrimEnd('.')).Distinct(StringComparer.Ordinal)];
        if (names.Length > MaxNames)
        {
            Error(problems, at, "too-many-names", $"there are {names.Length} names in one certificate; {MaxNames} may be.");
            return null;
        }

        var bad = names.FirstOrDefault(n => !IsName(n, isAcme));
        if (bad is null) return new WantedCertificate(isAcme ? CertificateIssuer.Acme : CertificateIssuer.Internal, names);
        Error(problems, at, "bad-host", $"'{bad}' is not a host name{(isAcme ? " that a certificate can be had for by ACME" : " or address")}.", isAcme && bad.StartsWith('*') ? "a wildcard needs a challenge in DNS, which Weir does not make: name a file" : null);
        return null;
    }

    /// <summary>For hosts of routes that no entry is for.</summary>
    public static IReadOnlyList<WantedCertificate> ForHosts(CertificateIssuer issuer, IReadOnlyList<string> hosts, string place, IDiagnosticSink problems)
    {
        if (issuer == CertificateIssuer.None) return [];
        var names = hosts.Where(static h => h != "*").ToList();
        if (issuer == CertificateIssuer.Internal) return [new WantedCertificate(issuer, [.. Local.Concat(names.Where(n => IsName(n, isAcme: false))).Distinct(StringComparer.Ordinal).Take(MaxNames)])];
        foreach (var name in names.Where(static n => !IsName(n, isAcme: true)))
            problems.Report(new ConfigProblem(ProblemSeverity.Warning, place, "not-by-acme", $"No certificate is got for the host '{name}' of a route: ACME has none for it without DNS.", "give it a file in 'certificates'"));
        if (hosts.Count == 0 || names.Count == 0)
            problems.Report(new ConfigProblem(ProblemSeverity.Warning, place, "no-host", "No route of this listener names a host that a certificate could be got for.", "match: { host: example.com }"));
        return [.. names.Where(static n => IsName(n, isAcme: true)).Select(n => new WantedCertificate(issuer, [n]))];
    }

    private static bool IsName(string name, bool isAcme)
        => CertificateNames.IsHost(name, takesWildcard: !isAcme) ? !isAcme || name.Contains('.', StringComparison.Ordinal) : !isAcme && CertificateNames.IsAddress(name);

    private static void Error(IDiagnosticSink problems, string place, string code, string message, string? hint = null)
        => problems.Report(new ConfigProblem(ProblemSeverity.Error, place, code, message, hint));
}
