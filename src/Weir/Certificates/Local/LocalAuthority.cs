using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Weir.Certificates.Acme;
using Weir.Certificates.Storage;

namespace Weir.Certificates.Local;

/// <summary>
/// Weir's own certificate authority, for development and closed networks: a root in the state folder, made when it is first needed, and
/// certificates below it that live for a month. All instances that share the folder share the root. Control plane.
/// </summary>
internal sealed class LocalAuthority(string state, TimeProvider time)
{
    private const int RootYears = 10;
    private static readonly TimeSpan LockTime = TimeSpan.FromSeconds(30);

    // Clocks differ a little.
    private static readonly TimeSpan Before = TimeSpan.FromHours(1);

    private readonly string _folder = Path.Combine(state, "authority");

    /// <summary>How long a certificate lives; it is renewed when a third is left.</summary>
    public static TimeSpan Lifetime { get; } = TimeSpan.FromDays(30);

    /// <summary>The root's certificate, for people to trust.</summary>
    public string RootPath => Path.Combine(_folder, "root.pem");

    /// <summary>The root's certificate in PEM; null when there is none yet. Throws what the file system throws.</summary>
    public string? ReadRoot() => PrivateFiles.Read(Path.Combine(_folder, "authority.pem")) is { } text ? CertificateIn(text) : null;

    /// <summary>With its key. Throws what the file system throws, and <see cref="CryptographicException"/> when the root's file is damaged.</summary>
    public async Task<(X509Certificate2 Certificate, X509Certificate2 Root)> IssueAsync(IReadOnlyList<string> names, CancellationToken cancel)
    {
        var root = await RootAsync(cancel);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName("CN=" + names[0]), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(CertificateRequests.AlternativeNames(names, isCritical: false));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, true, false));
        var now = time.GetUtcNow();
        var until = now + Lifetime;
        using var certificate = request.Create(root, now - Before, until < root.NotAfter ? until : root.NotAfter, Serial());
        return (certificate.CopyWithPrivateKey(key), root);
    }

    private async Task<X509Certificate2> RootAsync(CancellationToken cancel)
    {
        PrivateFiles.MakeFolder(_folder);
        using var held = await FolderLock.TakeAsync(Path.Combine(_folder, "lock"), LockTime, time, cancel) ?? throw new IOException($"{_folder} is locked by another instance");
        var path = Path.Combine(_folder, "authority.pem");
        if (PrivateFiles.Read(path) is { } text)
        {
            var root = X509Certificate2.CreateFromPem(text, text);
            if (root.NotAfter.ToUniversalTime() - time.GetUtcNow() > Lifetime) return root;
            root.Dispose();
        }

        var made = MakeRoot();
        // Certificate and key in one file, so that they are there together; beside it what people are to trust.
        PrivateFiles.Replace(path, made.ExportCertificatePem() + "\n" + made.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem() + "\n");
        PrivateFiles.Replace(RootPath, made.ExportCertificatePem() + "\n");
        return made;
    }

    private X509Certificate2 MakeRoot()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = time.GetUtcNow();
        var name = new X500DistinguishedNameBuilder();
        name.AddOrganizationName("Weir");
        name.AddCommonName($"Weir local authority {Environment.MachineName} {now:yyyy-MM-dd}");
        var request = new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(now - Before, now.AddYears(RootYears));
    }

    private static string CertificateIn(string text)
    {
        using var certificate = X509Certificate2.CreateFromPem(text);
        return certificate.ExportCertificatePem() + "\n";
    }

    // RFC 5280 §4.1.2.2: positive, and not to be guessed.
    private static byte[] Serial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        return serial;
    }
}
