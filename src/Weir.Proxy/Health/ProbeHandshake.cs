using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Weir.Proxy.Model;

namespace Weir.Proxy.Health;

/// <summary>TLS of a probe, with the cluster's own demands. By the platform: no loop has a part in it.</summary>
internal static class ProbeHandshake
{
    public static async Task<SslStream> RunAsync(Stream transport, ProbeTls tls, string host, List<SslApplicationProtocol> protocols, CancellationToken cancel)
    {
        string? refused = null;
        var stream = new SslStream(transport);
        try
        {
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = tls.Name ?? host,
                    ApplicationProtocols = protocols.Count > 0 ? protocols : null,
                    CertificateChainPolicy = Policy(tls),
                    ClientCertificateContext = tls.Certificate is { } own ? SslStreamCertificateContext.Create(own, tls.Chain, offline: true) : null,
                    RemoteCertificateValidationCallback = (_, certificate, _, errors) => (refused = Refused(tls, certificate, errors)) is null,
                },
                cancel);
            return stream;
        }
        catch (Exception failure)
        {
            await stream.DisposeAsync();
            if (refused is not null) throw new ProbeRefusedException(refused);
            // A peer that speaks no TLS is told of as that, not as bytes that make no sense.
            if (failure is IOException and not ProbeRefusedException && failure.InnerException is null) throw new ProbeRefusedException("TLS failed");
            throw;
        }
    }

    private static X509ChainPolicy Policy(ProbeTls tls)
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (tls.Authorities is not { } authorities) return policy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(authorities);
        policy.ExtraStore.AddRange(authorities);
        return policy;
    }

    private static string? Refused(ProbeTls tls, X509Certificate? certificate, SslPolicyErrors errors)
    {
        if (tls.Verifies && errors != SslPolicyErrors.None)
        {
            if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable)) return "TLS: no certificate";
            return errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) ? "TLS: the certificate is for another name" : "TLS: the certificate is not trusted";
        }

        if (tls.Pins.Count == 0) return null;
        if (certificate is not X509Certificate2 known) return "TLS: no certificate";
        var key = SHA256.HashData(known.PublicKey.ExportSubjectPublicKeyInfo());
        return tls.Pins.Any(pin => pin.AsSpan().SequenceEqual(key)) ? null : "TLS: the certificate's key is not pinned";
    }
}
