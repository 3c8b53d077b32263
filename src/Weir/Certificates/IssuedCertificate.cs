using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Weir.Certificates.Acme;

namespace Weir.Certificates;

/// <summary>A certificate with its chain and key, checked: the key is its own, and it is for the names that were asked for. Immutable.</summary>
internal sealed class IssuedCertificate
{
    private const int MostChain = 10;

    private IssuedCertificate(IReadOnlyList<string> names, byte[][] chain, byte[] key, X509Certificate2 leaf, DateTimeOffset obtained, ChallengeKind? provenBy)
    {
        (Names, Chain, Key, Obtained, ProvenBy) = (names, chain, key, obtained, provenBy);
        (NotBefore, NotAfter) = (leaf.NotBefore.ToUniversalTime(), leaf.NotAfter.ToUniversalTime());
        RenewalName = Acme.RenewalName.Of(leaf);
        Digest = Convert.ToHexStringLower(SHA256.HashData(chain[0]));
    }

    public IReadOnlyList<string> Names { get; }

    /// <summary>DER, the certificate itself first.</summary>
    public IReadOnlyList<byte[]> Chain { get; }

    /// <summary>PKCS#8, not encrypted.</summary>
    public byte[] Key { get; }

    public DateTimeOffset NotBefore { get; }

    public DateTimeOffset NotAfter { get; }

    /// <summary>When it came from the authority.</summary>
    public DateTimeOffset Obtained { get; }

    /// <summary>ARI's name of it; null when it has none.</summary>
    public string? RenewalName { get; }

    /// <summary>SHA-256 of the certificate: what tells two apart.</summary>
    public string Digest { get; }

    /// <summary>How the names were proven when it was ordered; null when nothing had to be.</summary>
    public ChallengeKind? ProvenBy { get; }

    public TimeSpan Lifetime => NotAfter - NotBefore;

    /// <summary>Null with the reason when the two do not make a certificate for these names. Whether its time has come is not looked at.</summary>
    public static IssuedCertificate? Read(string certificatePem, string keyPem, IReadOnlyList<string> names, DateTimeOffset obtained, ChallengeKind? provenBy, out string reason)
    {
        var chain = new X509Certificate2Collection();
        try
        {
            chain.ImportFromPem(certificatePem);
            if (chain.Count is 0 or > MostChain)
            {
                reason = $"it is a chain of {chain.Count} certificates";
                return null;
            }

            using var key = KeyFromPem(keyPem);
            reason = Problem(chain, key, names);
            return reason.Length > 0 ? null : new IssuedCertificate(names, [.. chain.Select(static c => c.RawData)], key.ExportPkcs8PrivateKey(), chain[0], obtained, provenBy);
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            reason = "it cannot be read: " + ProblemText.Plain(failure.Message);
            return null;
        }
        finally
        {
            foreach (var certificate in chain) certificate.Dispose();
        }
    }

    public string ToCertificatePem()
    {
        var pem = new StringBuilder();
        foreach (var certificate in Chain) pem.Append(PemEncoding.Write("CERTIFICATE", certificate)).Append('\n');
        return pem.ToString();
    }

    public string ToKeyPem() => new string(PemEncoding.Write("PRIVATE KEY", Key)) + "\n";

    /// <summary>Empty when it may be used at that time.</summary>
    public string TimeProblem(DateTimeOffset now)
    {
        // Clocks differ a little.
        if (NotBefore > now + TimeSpan.FromMinutes(5)) return $"it is valid from {NotBefore:yyyy-MM-dd HH:mm} UTC only";
        return NotAfter <= now ? $"it expired on {NotAfter:yyyy-MM-dd HH:mm} UTC" : "";
    }

    private static AsymmetricAlgorithm KeyFromPem(string pem)
    {
        AsymmetricAlgorithm key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            return key;
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            key.Dispose();
        }

        key = RSA.Create();
        try
        {
            key.ImportFromPem(pem);
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    private static string Problem(X509Certificate2Collection chain, AsymmetricAlgorithm key, IReadOnlyList<string> names)
    {
        if (!chain[0].PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo())) return "it is for another key";
        var certified = NamesOf(chain[0]);
        if (!certified.SetEquals(names)) return $"it is for {(certified.Count == 0 ? "no name" : string.Join(", ", certified.Order(StringComparer.Ordinal).Take(10)))}, not {string.Join(", ", names)}";
        for (var i = 1; i < chain.Count; i++)
        {
            if (!chain[i - 1].IssuerName.RawData.AsSpan().SequenceEqual(chain[i].SubjectName.RawData)) return $"its chain is broken: {chain[i - 1].Issuer} is followed by {chain[i].Subject}";
        }

        return SignatureProblem(chain);
    }

    private static HashSet<string> NamesOf(X509Certificate2 certificate)
    {
        var all = new HashSet<string>(StringComparer.Ordinal);
        foreach (var alternative in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            foreach (var name in alternative.EnumerateDnsNames()) all.Add(ProblemText.Plain(name.ToLowerInvariant()));
            foreach (var address in alternative.EnumerateIPAddresses()) all.Add(address.ToString());
        }

        return all;
    }

    // Whom clients trust is theirs to say; that each certificate of the chain signed the one before it is looked at here.
    private static string SignatureProblem(X509Certificate2Collection certificates)
    {
        if (certificates.Count == 1) return "";
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority | X509VerificationFlags.IgnoreNotTimeValid;
        chain.ChainPolicy.ExtraStore.AddRange(certificates);
        try
        {
            if (chain.Build(certificates[0]) && chain.ChainElements.Count >= certificates.Count) return "";
            var why = chain.ChainStatus.Where(static s => s.Status is not (X509ChainStatusFlags.PartialChain or X509ChainStatusFlags.UntrustedRoot or X509ChainStatusFlags.NotTimeValid)).Select(static s => s.Status.ToString());
            return "its chain does not hold: " + string.Join(", ", why.DefaultIfEmpty("no certificate of it signed the one before"));
        }
        finally
        {
            foreach (var element in chain.ChainElements) element.Certificate.Dispose();
        }
    }
}
