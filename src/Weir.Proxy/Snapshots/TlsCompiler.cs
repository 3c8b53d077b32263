using Weir.Config.Digests;
using Weir.Config.Records;
using Weir.Proxy.Model;
using Weir.Reactor.Tls;
using Weir.Sdk.Configuration;

namespace Weir.Proxy.Snapshots;

/// <summary>
/// Makes a listener's TLS from its configuration. What is unchanged since the version before is taken over, so that sessions made with it
/// can be resumed.
/// </summary>
internal static class TlsCompiler
{
    // Mozilla's recommendations 5.7 without finite-field Diffie-Hellman, which OpenSSL would need parameters for and no client needs.
    private const string Ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
        + "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
    private const string Suites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
    private const string Groups = "X25519:P-256:P-384";

    /// <summary>Null without TLS, and after a problem was reported.</summary>
    public static ListenerTls? Compile(string listener, ListenerTlsConfig? config, StateStore store, DateTimeOffset now, IDiagnosticSink problems)
    {
        if (config is null) return null;
        var place = $"listeners.{listener}.tls";
        if (config.Certificates.Count == 0)
        {
            Error(".certificates", "no-certificate", "TLS needs a certificate.", "certificates: [{ cert: tls/example.pem, key: tls/example.key }]");
            return null;
        }

        var certificates = config.Certificates.Select((c, i) => CertificateReader.Read(c, $"{place}.certificates[{i}]", now, problems)).ToList();
        if (certificates.Contains(null)) return null;
        var digest = ConfigDigests.Of(config);
        if (store.Tls(listener, digest) is { } kept) return kept;
        try
        {
            return new ListenerTls(digest, new TlsServer(listener, Options(config), [.. certificates.Select(static c => c!.Identity)]), [.. certificates.Select(static c => new ServedCertificate(c!.File, c.Identity.Names, c.NotAfter))]);
        }
        catch (TlsException refused)
        {
            Error("", "bad-tls", $"OpenSSL refuses this: {refused.Message}.");
            return null;
        }

        void Error(string path, string code, string message, string? hint = null) => problems.Report(new ConfigProblem(ProblemSeverity.Error, place + path, code, message, hint));
    }

    private static TlsServerOptions Options(ListenerTlsConfig config) => new()
    {
        Spoken = new TlsSpoken
        {
            Allows12 = config.Profile == TlsProfile.Intermediate,
            Ciphers = config.Ciphers ?? Ciphers,
            Suites = config.Suites ?? Suites,
            Groups = config.Groups ?? Groups,
        },
        RefusesUnknownNames = config.UnknownNames == UnknownNames.Refuse,
    };
}
