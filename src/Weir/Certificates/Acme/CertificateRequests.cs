using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Weir.Config.Records;

namespace Weir.Certificates.Acme;

/// <summary>New keys, and the requests for certificates that go with them (RFC 2986; RFC 8555, section 7.4).</summary>
internal static class CertificateRequests
{
    public static AsymmetricAlgorithm NewKey(AcmeKeyType type) => type switch
    {
        AcmeKeyType.P256 => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        AcmeKeyType.P384 => ECDsa.Create(ECCurve.NamedCurves.nistP384),
        AcmeKeyType.Rsa2048 => RSA.Create(2048),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "no kind of key"),
    };

    /// <summary>DER. The names are alternative names alone: the subject is empty, as a common name says nothing that they do not.</summary>
    public static byte[] Make(AsymmetricAlgorithm key, IReadOnlyList<string> names)
    {
        var subject = new X500DistinguishedName([0x30, 0]);
        var request = key is RSA rsa
            ? new CertificateRequest(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(subject, (ECDsa)key, key.KeySize == 256 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA384);
        request.CertificateExtensions.Add(AlternativeNames(names, isCritical: true));
        return request.CreateSigningRequest();
    }

    public static X509Extension AlternativeNames(IReadOnlyList<string> names, bool isCritical)
    {
        var alternative = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address)) alternative.AddIpAddress(address);
            else alternative.AddDnsName(name);
        }

        return alternative.Build(isCritical);
    }
}
