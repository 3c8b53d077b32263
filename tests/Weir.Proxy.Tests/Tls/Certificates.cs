using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Weir.Proxy.Tests.Tls;

/// <summary>Certificates made for a test, in files of a folder that goes with them.</summary>
internal sealed class Certificates : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weir-tls-").FullName;

    public static string Ecdsa => "ecdsa";

    public static string Rsa => "rsa";

    /// <summary>A self-signed one; as <c>{ cert: …, key: … }</c>.</summary>
    public string Make(string file, string[] names, string kind = "ecdsa", int days = 90, string? password = null)
    {
        using var certificate = Certificate(names, kind, days);
        File.WriteAllText(PathOf(file + ".pem"), certificate.ExportCertificatePem());
        AsymmetricAlgorithm key = kind == Rsa ? certificate.GetRSAPrivateKey()! : certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(PathOf(file + ".key"), password is null ? key.ExportPkcs8PrivateKeyPem() : key.ExportEncryptedPkcs8PrivateKeyPem(password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
        return $"{{ cert: \"{PathOf(file + ".pem")}\", key: \"{PathOf(file + ".key")}\"{(password is null ? "" : $", password: \"{password}\"")} }}";
    }

    /// <summary>The same as PKCS#12.</summary>
    public string MakePkcs12(string file, string[] names, string password)
    {
        using var certificate = Certificate(names, Ecdsa, 90);
        File.WriteAllBytes(PathOf(file + ".p12"), certificate.Export(X509ContentType.Pkcs12, password));
        return $"{{ pkcs12: \"{PathOf(file + ".p12")}\", password: \"{password}\" }}";
    }

    public string PathOf(string file) => Path.Combine(_folder, file);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static X509Certificate2 Certificate(string[] names, string kind, int days)
    {
        using var rsa = kind == Rsa ? RSA.Create(2048) : null;
        using var ecdsa = kind == Ecdsa ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : null;
        var subject = new X500DistinguishedName("CN=" + (names.Length > 0 ? names[0] : "nobody"));
        var request = rsa is not null
            ? new CertificateRequest(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(subject, ecdsa!, HashAlgorithmName.SHA256);
        var alternative = new SubjectAlternativeNameBuilder();
        foreach (var name in names) alternative.AddDnsName(name);
        if (names.Length > 0) request.CertificateExtensions.Add(alternative.Build());
        var now = DateTimeOffset.UtcNow;
        return request.CreateSelfSigned(now.AddDays(-100), now.AddDays(days));
    }
}
