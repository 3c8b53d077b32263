using System.Security.Cryptography;
using Weir.Config.Digests;
using Weir.Config.Records;
using Weir.Proxy.Model;
using Weir.Reactor.Tls;
using Weir.Sdk.Configuration;

namespace Weir.Proxy.Snapshots;

/// <summary>Makes the TLS to a cluster's endpoints from its configuration; what is unchanged since the version before is not made again.</summary>
internal sealed class UpstreamTlsCompiler(string cluster, ClusterTlsConfig config, UpstreamProtocol protocol, StateStore store, DateTimeOffset now, IDiagnosticSink problems)
{
    private readonly string _place = $"clusters.{cluster}.tls";
    private readonly string _digest = $"{ConfigDigests.Of(config)} {protocol}";
    private static readonly string[] Http1 = ["http/1.1"];

    private TlsClientOptions? _options;
    private bool _isRefused;

    /// <summary>Reports what is wrong, for endpoints that are found later.</summary>
    public void Check() => _options ??= Options();

    /// <summary>Null for an endpoint without TLS, and after a problem was reported. <paramref name="known"/>: who it is, where its URL has an address alone.</summary>
    public UpstreamTls? For(ClusterState state, string url, string? known = null)
    {
        if (!EndpointAddress.TryParse(url, out var address, out _) || !address.IsSecure || _isRefused) return null;
        var digest = known is null ? _digest : $"{_digest} {known}";
        if (store.Find(state, url, digest) is { Tls: { } kept }) return kept;
        _options ??= Options();
        if (_isRefused) return null;
        try
        {
            var name = config.Name ?? known ?? address.Host;
            var client = new TlsClient(name, _options!);
            return new UpstreamTls(digest, client, protocol == UpstreamProtocol.Http1 || address.IsStream ? client : new TlsClient(name, _options! with { Protocols = Http1 }));
        }
        catch (TlsException refused)
        {
            Error("", "bad-tls", $"OpenSSL refuses this: {refused.Message}.");
            return null;
        }
    }

    private TlsClientOptions? Options()
    {
        var certificate = config.Certificate is { } own ? CertificateReader.Read(own, _place + ".certificate", now, problems) : null;
        _isRefused = config.Certificate is not null && certificate is null;
        var pins = config.Pins.Select((pin, i) => Pin(pin, i)).ToList();
        var authorities = config.Ca is { } bundle ? CertificateReader.ReadAuthorities(bundle, _place + ".ca", problems) : null;
        _isRefused |= config.Ca is not null && authorities is null;
        return new TlsClientOptions
        {
            Verifies = config.Verify,
            Authorities = authorities,
            Pins = pins,
            Identity = certificate?.Identity,
            Protocols = protocol switch { UpstreamProtocol.Http1 => Http1, UpstreamProtocol.Http2 => ["h2"], _ => ["h2", .. Http1] },
        };
    }

    /// <summary>As curl and HPKP (RFC 7469 §2.4) write them, with or without the algorithm.</summary>
    public static bool TryPin(string text, out byte[] hash)
    {
        var base64 = text.StartsWith("sha256//", StringComparison.Ordinal) ? text[8..] : text.StartsWith("sha256/", StringComparison.Ordinal) ? text[7..] : text;
        hash = new byte[SHA256.HashSizeInBytes];
        return Convert.TryFromBase64String(base64, hash, out var length) && length == hash.Length;
    }

    private byte[] Pin(string text, int position)
    {
        if (TryPin(text, out var hash)) return hash;
        Error($".pins[{position}]", "bad-pin", $"'{text}' is not the SHA-256 of a public key in base64.", "openssl x509 -in cert.pem -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64");
        return hash;
    }

    private void Error(string path, string code, string message, string? hint = null)
    {
        _isRefused = true;
        problems.Report(new ConfigProblem(ProblemSeverity.Error, _place + path, code, message, hint));
    }
}
