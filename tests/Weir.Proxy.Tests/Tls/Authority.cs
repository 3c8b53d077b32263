using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Weir.Proxy.Tests.Tls;

/// <summary>A certificate authority of a test.</summary>
internal sealed class Authority : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _own;

    public Authority(Certificates files, string name = "ca")
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 1, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _own = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-200), DateTimeOffset.UtcNow.AddDays(200));
        File = files.PathOf(name + ".pem");
        System.IO.File.WriteAllText(File, _own.ExportCertificatePem());
    }

    /// <summary>Its certificate, PEM.</summary>
    public string File { get; }

    public X509Certificate2 Own => _own;

    /// <summary>A list of what it took back, PEM.</summary>
    public void WriteRevocations(string file, int days, params X509Certificate2[] revoked)
    {
        var list = new CertificateRevocationListBuilder();
        foreach (var certificate in revoked) list.AddEntry(certificate);
        var der = list.Build(_own, 1, DateTimeOffset.UtcNow.AddDays(days), HashAlgorithmName.SHA256, thisUpdate: DateTimeOffset.UtcNow.AddDays(-30));
        System.IO.File.WriteAllText(file, PemEncoding.WriteString("X509 CRL", der));
    }

    /// <summary>An authority below this one.</summary>
    public (X509Certificate2 Own, X509Certificate2 Issued) IssueBelow(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=below", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using var below = request.Create(_own, DateTimeOffset.UtcNow.AddDays(-100), DateTimeOffset.UtcNow.AddDays(100), [1, 2, 3]).CopyWithPrivateKey(key);
        using var leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = new CertificateRequest("CN=" + name, leafKey, HashAlgorithmName.SHA256).Create(below, DateTimeOffset.UtcNow.AddDays(-90), DateTimeOffset.UtcNow.AddDays(90), [4, 5, 6]).CopyWithPrivateKey(leafKey);
        return (X509CertificateLoader.LoadCertificate(below.RawData), X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), null));
    }

    /// <summary>For names and addresses, with the key.</summary>
    public X509Certificate2 Issue(string[] names, int days = 90, string? subject = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + (subject ?? names[0]), key, HashAlgorithmName.SHA256);
        var alternative = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address)) alternative.AddIpAddress(address);
            else alternative.AddDnsName(name);
        }

        request.CertificateExtensions.Add(alternative.Build());
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_own, true, false));
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7F;
        using var certificate = request.Create(_own, DateTimeOffset.UtcNow.AddDays(-100), DateTimeOffset.UtcNow.AddDays(days), serial);
        using var whole = certificate.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
    }

    public void Dispose()
    {
        _own.Dispose();
        _key.Dispose();
    }
}
