using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Weir.Certificates.Acme;

/// <summary>The certificate that answers a tls-alpn-01 challenge (RFC 8737, section 3): for one name, signed by itself, with the proof in an extension of its own.</summary>
internal static class ChallengeCertificate
{
    private const string AcmeIdentifierOid = "1.3.6.1.5.5.7.1.31";

    public static (byte[] Certificate, byte[] Key) Make(string name, string keyAuthorization, TimeProvider time)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=ACME challenge", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(CertificateRequests.AlternativeNames([name], isCritical: false));
        // An OCTET STRING of the digest.
        request.CertificateExtensions.Add(new X509Extension(AcmeIdentifierOid, [0x04, SHA256.HashSizeInBytes, .. SHA256.HashData(Encoding.ASCII.GetBytes(keyAuthorization))], critical: true));
        var now = time.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(7));
        return (certificate.RawData, key.ExportPkcs8PrivateKey());
    }

    /// <summary>What the authority asks for in its client hello: the name, or of an address its name in DNS (RFC 8738, section 6).</summary>
    public static string ServerName(string name)
    {
        if (!IPAddress.TryParse(name, out var address)) return name;
        var bytes = address.GetAddressBytes();
        Array.Reverse(bytes);
        return address.AddressFamily == AddressFamily.InterNetwork
            ? string.Join('.', bytes) + ".in-addr.arpa"
            : string.Join('.', bytes.SelectMany(static b => new[] { b & 15, b >> 4 }).Select(static n => "0123456789abcdef"[n])) + ".ip6.arpa";
    }
}
