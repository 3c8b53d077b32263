using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Weir.Load.Processes;

namespace Weir.Load.Peers;

/// <summary>The certificate that every peer of a run shows: self-signed, P-256, in PEM. <paramref name="Both"/> is certificate and key in one file.</summary>
internal sealed record Certificate(string Cert, string Key, string Both)
{
    public static Certificate Make(TempFolder temp)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(90));
        var files = new Certificate(temp.File("tls.pem"), temp.File("tls.key"), temp.File("tls-both.pem"));
        File.WriteAllText(files.Cert, certificate.ExportCertificatePem());
        File.WriteAllText(files.Key, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(files.Both, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        return files;
    }
}
