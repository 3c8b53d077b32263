using Weir.Config.Digests;
using Weir.Config.Records;
using Weir.Proxy.Model;
using Weir.Reactor.Tls;
using Weir.Sdk.Configuration;

namespace Weir.Proxy.Snapshots;

/// <summary>What a listener speaks inside of TLS, for ALPN, the best first. Not <see cref="AreUnderstood"/>: it is passed on as it is.</summary>
internal readonly record struct SpokenProtocols(IReadOnlyList<string> Names, bool AreUnderstood);

/// <summary>
/// Makes a listener's TLS from its configuration. What is unchanged since the version before is taken over, so that sessions made with it
/// can be resumed.
/// </summary>
internal sealed class TlsCompiler(string listener, ListenerTlsConfig config, IReadOnlyList<string> hosts, SpokenProtocols protocols, StateStore store, DateTimeOffset now, IDiagnosticSink problems)
{
    // Mozilla's recommendations 5.7 without finite-field Diffie-Hellman, which OpenSSL would need parameters for and no client needs.
    private const string Ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
        + "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
    private const string Suites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
    private const string Groups = "X25519:P-256:P-384";

    private readonly string _place = $"listeners.{listener}.tls";
    private bool _isRefused;

    /// <summary>Null after a problem was reported.</summary>
    public ListenerTls? Compile()
    {
        var entries = Entries();
        if (entries.Count == 0 && !_isRefused)
            Error(".certificates", "no-certificate", "TLS needs a certificate.", "certificates: [{ cert: tls/example.pem, key: tls/example.key }], or tls: acme");
        var rules = new ClientRuleReader(_place + ".client-auth", problems).Read(config.ClientAuth);
        var tickets = Tickets();
        if (_isRefused || rules is null) return null;
        // Where it issues certificates for the hosts of routes, they are part of what the configuration says.
        var digest = ConfigDigests.Of(config) + (config.Issuer == CertificateIssuer.None ? "" : string.Join(',', hosts)) + "\n" + string.Join('\n', protocols.Names);
        if (store.Tls(listener, digest) is { } kept) return kept;
        try
        {
            var forwarded = rules.Where(static r => r.IsForwarded).Select(static r => r.Id).ToHashSet(StringComparer.Ordinal);
            return ListenerTls.Make(listener, digest, Options(rules, tickets), entries, forwarded, config.OcspStapling, store.Ready);
        }
        catch (TlsException refused)
        {
            Error("", "bad-tls", $"OpenSSL refuses this: {refused.Message}.");
            return null;
        }
    }

    private List<CertificateEntry> Entries()
    {
        var entries = new List<CertificateEntry>();
        for (var i = 0; i < config.Certificates.Count; i++)
        {
            var place = $"{_place}.certificates[{i}]";
            var certificate = config.Certificates[i];
            if (certificate.Acme.Count + certificate.Internal.Count > 0)
            {
                if (WantedReader.Read(certificate, place, problems) is { } wanted) entries.Add(new CertificateEntry(null, null, wanted));
                else _isRefused = true;
            }
            else if (CertificateReader.Read(certificate, place, now, problems) is { } read)
            {
                if (read.MustStaple && !config.OcspStapling)
                    problems.Report(new ConfigProblem(ProblemSeverity.Warning, place, "must-staple", $"The certificate in {read.File} is refused by clients unless its authority's word is stapled.", "ocsp-stapling: true"));
                entries.Add(new CertificateEntry(read.Identity, new ServedCertificate(read.File, read.Identity.Names, read.NotAfter), null));
            }
            else
            {
                _isRefused = true;
            }
        }

        var covered = entries.SelectMany(static e => e.Wanted?.Names ?? e.Identity!.Names).ToHashSet(StringComparer.Ordinal);
        var hostsWanted = WantedReader.ForHosts(config.Issuer, [.. hosts.Where(h => !IsCovered(h, covered))], _place, problems);
        return [.. entries, .. hostsWanted.Select(static w => new CertificateEntry(null, null, w))];
    }

    private static bool IsCovered(string host, HashSet<string> names)
    {
        var dot = host.IndexOf('.', StringComparison.Ordinal);
        return names.Contains(host) || (dot > 0 && names.Contains("*" + host[dot..]));
    }

    private TicketKeys? Tickets()
    {
        if (config.Tickets.Keys.Count == 0) return config.Tickets.Shared ? store.SharedTickets : store.Tickets;
        if (config.Tickets.Shared) Error(".tickets", "two-sources", "Tickets are sealed either with 'keys' or with shared ones.");
        for (var i = 0; i < config.Tickets.Keys.Count; i++)
        {
            if (config.Tickets.Keys[i].Bytes.Length != TicketKeys.KeyLength)
                Error($".tickets.keys[{i}]", "bad-ticket-key", $"{config.Tickets.Keys[i].Path} has {config.Tickets.Keys[i].Bytes.Length} bytes; a key has {TicketKeys.KeyLength}.", $"openssl rand {TicketKeys.KeyLength} > ticket.key");
        }

        return _isRefused ? null : new TicketKeys([.. config.Tickets.Keys.Select(static k => k.Bytes.ToArray())]);
    }

    private TlsServerOptions Options(IReadOnlyList<TlsClientRule> rules, TicketKeys? tickets) => new()
    {
        Spoken = new TlsSpoken
        {
            Allows12 = config.Profile == TlsProfile.Intermediate,
            Ciphers = config.Ciphers ?? Ciphers,
            Suites = config.Suites ?? Suites,
            Groups = config.Groups ?? Groups,
        },
        // Mozilla leaves the order to clients, since all of these are good; with ours nobody can be talked into the least of them. A client
        // that has ChaCha20 first, as phones without AES in hardware do, gets it all the same.
        PrefersOwnOrder = true,
        RefusesUnknownNames = config.UnknownNames == UnknownNames.Refuse,
        Protocols = protocols.Names,
        RefusesOtherProtocols = protocols.AreUnderstood,
        // Of bytes that are not understood nobody can say whether they may come twice.
        TakesEarlyData = config.EarlyData && protocols.AreUnderstood,
        ClientRules = rules,
        Challenges = store.Challenges,
        Tickets = tickets,
    };

    private void Error(string path, string code, string message, string? hint = null)
    {
        _isRefused = true;
        problems.Report(new ConfigProblem(ProblemSeverity.Error, _place + path, code, message, hint));
    }
}
