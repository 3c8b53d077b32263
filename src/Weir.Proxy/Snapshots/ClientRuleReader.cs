using System.Net;
using Weir.Config.Records;
using Weir.Reactor.Tls;
using Weir.Sdk.Configuration;

namespace Weir.Proxy.Snapshots;

/// <summary>Reads what a listener asks of its clients.</summary>
internal sealed class ClientRuleReader(string place, IDiagnosticSink problems)
{
    private bool _isRefused;

    /// <summary>One for each entry; null after a problem was reported.</summary>
    public IReadOnlyList<TlsClientRule>? Read(IReadOnlyList<ClientAuthConfig> entries)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var rules = entries.Select((entry, i) => Read(entry, entries.Count == 1 ? place : $"{place}[{i}]", seen)).ToList();
        return _isRefused ? null : [.. rules.Select(static r => r!)];
    }

    private TlsClientRule? Read(ClientAuthConfig entry, string at, HashSet<string> seen)
    {
        var hosts = entry.Hosts.Select(static h => h.ToLowerInvariant()).ToList();
        if (hosts.Count == 0 && !seen.Add("")) Error(at, "duplicate-client-auth", "Two entries are for all hosts.", "give one of them 'hosts'");
        foreach (var host in hosts)
        {
            if (!WantedReader.TryParse(host, takesWildcard: true, out _, out var reason)) Error(at + ".hosts", "bad-host", $"'{host}' is no name that clients ask for: {reason}.");
            else if (IPAddress.TryParse(host, out _)) Error(at + ".hosts", "bad-host", $"'{host}' is no name that clients ask for: it is an address.", "an entry without 'hosts' is for clients that ask for no name");
            else if (!seen.Add(host)) Error(at + ".hosts", "duplicate-client-auth", $"'{host}' is in two entries.");
        }

        // A missing 'ca' was reported when the file was read.
        var authorities = entry.Ca is { } bundle ? CertificateReader.ReadAuthorities(bundle, at + ".ca", problems) : null;
        var lists = entry.Crl.Select((file, i) => CertificateReader.ReadRevocationLists(file, entry.Crl.Count == 1 ? at + ".crl" : $"{at}.crl[{i}]", problems)).ToList();
        _isRefused |= authorities is null || lists.Contains(null);
        return _isRefused ? null : new TlsClientRule
        {
            Names = hosts,
            IsRequired = entry.Mode == ClientAuthMode.Required,
            Authorities = authorities!,
            RevocationLists = [.. lists.SelectMany(static l => l!)],
            Depth = entry.Depth,
            IsForwarded = entry.Forward,
        };
    }

    private void Error(string path, string code, string message, string? hint = null)
    {
        _isRefused = true;
        problems.Report(new ConfigProblem(ProblemSeverity.Error, path, code, message, hint));
    }
}
