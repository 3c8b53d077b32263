using System.Buffers.Text;
using System.Security.Cryptography.X509Certificates;

namespace Weir.Certificates.Acme;

/// <summary>How ARI names a certificate: its authority's key identifier and its serial number (RFC 9773, section 4.1).</summary>
internal static class RenewalName
{
    /// <summary>Null when the certificate says nothing of its authority's key.</summary>
    public static string? Of(X509Certificate2 certificate)
    {
        var authority = certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault();
        // The serial number as in the certificate: with the zero byte that keeps it positive.
        return authority?.KeyIdentifier is { } key ? Base64Url.EncodeToString(key.Span) + "." + Base64Url.EncodeToString(certificate.SerialNumberBytes.Span) : null;
    }
}
