using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Weir.Config.Records;
using Weir.Reactor.Tls;
using Weir.Sdk.Configuration;

namespace Weir.Proxy.Snapshots;

/// <summary>A certificate as read from its files: for OpenSSL, and what people are told of it.</summary>
internal sealed record ReadCertificate(TlsIdentity Identity, string File, DateTimeOffset NotAfter, bool MustStaple);

/// <summary>
/// Reads certificates with their keys, by the platform's own readers. Everything that would fail in a handshake is said here: a key that
/// is another's, a certificate whose time is over. Control plane.
/// </summary>
internal static class CertificateReader
{
    // RFC 7633: what a certificate demands of those who serve it.
    private const string TlsFeature = "1.3.6.1.5.5.7.1.24";

    private static readonly TimeSpan Soon = TimeSpan.FromDays(30);

    /// <summary>Null after a problem was reported.</summary>
    public static ReadCertificate? Read(CertificateConfig config, string place, DateTimeOffset now, IDiagnosticSink problems)
    {
        if ((config.Cert is null) == (config.Pkcs12 is null))
        {
            Error(place, "bad-certificate", "a certificate is either 'cert' with 'key', or 'pkcs12'.");
            return null;
        }

        var file = config.Cert ?? config.Pkcs12!;
        var at = place + (config.Cert is null ? ".pkcs12" : ".cert");
        try
        {
            var chain = config.Cert is null ? FromPkcs12(config) : FromPem(config);
            var own = chain[0];
            var names = NamesOf(own);
            if (own.NotAfter < now) Error(at, "certificate-expired", $"the certificate in {file.Path} expired on {own.NotAfter.ToUniversalTime():yyyy-MM-dd}.");
            else if (own.NotBefore > now) Warning(at, "certificate-not-yet", $"the certificate in {file.Path} is valid from {own.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} UTC only.");
            else if (own.NotAfter - now < Soon) Warning(at, "certificate-expires", $"the certificate in {file.Path} expires on {own.NotAfter.ToUniversalTime():yyyy-MM-dd}.");
            if (names.Count == 0) Warning(at, "certificate-without-name", $"the certificate in {file.Path} is for no host name: it serves only as the first.");
            return new ReadCertificate(new TlsIdentity(names, [.. chain.Select(static c => c.RawData)], KeyOf(own)), file.Path, own.NotAfter, own.Extensions.Any(static e => e.Oid?.Value == TlsFeature));
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException or NotSupportedException)
        {
            Error(at, "bad-certificate", $"the certificate in {file.Path} cannot be used: {failure.Message}", HintFor(config));
            return null;
        }

        void Error(string path, string code, string message, string? hint = null) => problems.Report(new ConfigProblem(ProblemSeverity.Error, path, code, message, hint));

        void Warning(string path, string code, string message) => problems.Report(new ConfigProblem(ProblemSeverity.Warning, path, code, message));
    }

    /// <summary>A bundle of certificate authorities in PEM. Null after a problem was reported.</summary>
    public static IReadOnlyList<byte[]>? ReadAuthorities(FileContent file, string place, IDiagnosticSink problems)
    {
        try
        {
            var all = new X509Certificate2Collection();
            all.ImportFromPem(Encoding.UTF8.GetString(file.Bytes.Span));
            if (all.Count == 0) throw new CryptographicException("there is no certificate in it");
            return [.. all.Select(static c => c.RawData)];
        }
        catch (CryptographicException failure)
        {
            problems.Report(new ConfigProblem(ProblemSeverity.Error, place, "bad-certificate", $"the certificates in {file.Path} cannot be used: {failure.Message}", "PEM: -----BEGIN CERTIFICATE-----"));
            return null;
        }
    }

    /// <summary>Revocation lists in PEM. Null after a problem was reported.</summary>
    public static IReadOnlyList<byte[]>? ReadRevocationLists(FileContent file, string place, IDiagnosticSink problems)
    {
        try
        {
            var lists = PemBlocks(Encoding.UTF8.GetString(file.Bytes.Span), "X509 CRL");
            if (lists.Count == 0) throw new TlsException("there is no list in it");
            // One that has expired refuses clients, which its operator must hear of; the file may be renewed any moment.
            if (lists.Any(TlsRevocationList.IsExpired))
                problems.Report(new ConfigProblem(ProblemSeverity.Warning, place, "crl-expired", $"a revocation list in {file.Path} has expired: clients of its authority are refused until there is a new one."));
            return lists;
        }
        catch (TlsException failure)
        {
            problems.Report(new ConfigProblem(ProblemSeverity.Error, place, "bad-crl", $"the revocation lists in {file.Path} cannot be used: {failure.Message}.", "PEM: -----BEGIN X509 CRL-----"));
            return null;
        }
    }

    private static List<byte[]> PemBlocks(ReadOnlySpan<char> text, string label)
    {
        var blocks = new List<byte[]>();
        while (PemEncoding.TryFind(text, out var fields))
        {
            if (text[fields.Label].SequenceEqual(label)) blocks.Add(Convert.FromBase64String(text[fields.Base64Data].ToString()));
            text = text[fields.Location.End..];
        }

        return blocks;
    }

    private static List<X509Certificate2> FromPem(CertificateConfig config)
    {
        var cert = Encoding.UTF8.GetString(config.Cert!.Bytes.Span);
        var key = config.Key is { } file ? Encoding.UTF8.GetString(file.Bytes.Span) : cert;
        var all = new X509Certificate2Collection();
        all.ImportFromPem(cert);
        if (all.Count == 0) throw new CryptographicException("there is no certificate in it");
        var own = config.Password is { } password && key.Contains("ENCRYPTED", StringComparison.Ordinal)
            ? X509Certificate2.CreateFromEncryptedPem(cert, key, password.Value)
            : X509Certificate2.CreateFromPem(cert, key);
        return [own, .. all.Skip(1)];
    }

    private static List<X509Certificate2> FromPkcs12(CertificateConfig config)
    {
        var all = X509CertificateLoader.LoadPkcs12Collection(config.Pkcs12!.Bytes.Span, config.Password?.Value, X509KeyStorageFlags.Exportable | X509KeyStorageFlags.EphemeralKeySet);
        var own = all.FirstOrDefault(static c => c.HasPrivateKey) ?? throw new CryptographicException("there is no certificate with a key in it");
        return [own, .. ChainOf(own, all)];
    }

    // The file has them in any order: each is followed by the one that issued it, up to a root, which no client needs.
    private static List<X509Certificate2> ChainOf(X509Certificate2 own, X509Certificate2Collection all)
    {
        var chain = new List<X509Certificate2>();
        for (var at = own; chain.Count < all.Count && !IsSelfIssued(at);)
        {
            var issuer = all.FirstOrDefault(c => !ReferenceEquals(c, at) && c.SubjectName.RawData.AsSpan().SequenceEqual(at.IssuerName.RawData));
            if (issuer is null || IsSelfIssued(issuer)) break;
            chain.Add(at = issuer);
        }

        return chain;
    }

    private static bool IsSelfIssued(X509Certificate2 certificate) => certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    private static byte[] KeyOf(X509Certificate2 certificate)
    {
        using var ecdsa = certificate.GetECDsaPrivateKey();
        if (ecdsa is not null) return ecdsa.ExportPkcs8PrivateKey();
        using var rsa = certificate.GetRSAPrivateKey();
        return rsa?.ExportPkcs8PrivateKey() ?? throw new NotSupportedException("its key is neither RSA nor ECDSA");
    }

    // RFC 9525 §2: the alternative names count, the common name does not.
    private static List<string> NamesOf(X509Certificate2 certificate)
        => [.. certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(static e => e.EnumerateDnsNames()).Select(static n => n.TrimEnd('.').ToLowerInvariant()).Distinct()];

    private static string? HintFor(CertificateConfig config)
        => config.Password is not null ? "is the password right, and the key that of this certificate?"
            : config.Key is null && config.Pkcs12 is null ? "the key is expected in the same file: name it with 'key'"
            : "is the key that of this certificate? An encrypted one needs 'password'";
}
