using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Weir.Certificates;
using Weir.Certificates.Acme;
using Weir.Running;

namespace Weir.Tests.Certificates;

/// <summary>The parts of the protocol that need no authority.</summary>
public sealed class ProtocolTests
{
    [Fact]
    public void ACertificateHasTheNameThatRfc9773GivesIt()
    {
        // The example of section 4.1.
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(Convert.FromHexString("69885B6B87464041E1B37B847BA0AE2CDE01C8D4")));
        using var certificate = request.Create(new X500DistinguishedName("CN=ca"), X509SignatureGenerator.CreateForECDsa(key), DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1), [0x00, 0x87, 0x65, 0x43, 0x21]);
        RenewalName.Of(certificate).ShouldBe("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE");
    }

    [Fact]
    public void ASignedRequestHoldsWhatItMustAndVerifies()
    {
        using var key = AccountKey.Make();
        using var jws = JsonDocument.Parse(key.Sign("https://ca.example/new", "nonce", null, "{}"u8));
        var (head, body, signature) = (jws.RootElement.GetProperty("protected").GetString()!, jws.RootElement.GetProperty("payload").GetString()!, jws.RootElement.GetProperty("signature").GetString()!);
        using var header = JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(head));
        header.RootElement.EnumerateObject().Select(static p => p.Name).ShouldBe(["alg", "nonce", "url", "jwk"]);
        var jwk = header.RootElement.GetProperty("jwk");
        using var other = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = { X = System.Buffers.Text.Base64Url.DecodeFromChars(jwk.GetProperty("x").GetString()), Y = System.Buffers.Text.Base64Url.DecodeFromChars(jwk.GetProperty("y").GetString()) },
        });
        other.VerifyData(Encoding.ASCII.GetBytes(head + "." + body), System.Buffers.Text.Base64Url.DecodeFromChars(signature), HashAlgorithmName.SHA256).ShouldBeTrue();
        key.Thumbprint.ShouldBe(System.Buffers.Text.Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(jwk.GetRawText()))));
        using var again = AccountKey.FromPem(key.ToPem());
        again.Authorize("token").ShouldBe("token." + key.Thumbprint);
        using var rsa = RSA.Create(2048);
        Should.Throw<Exception>(() => AccountKey.FromPem(rsa.ExportPkcs8PrivateKeyPem())).ShouldBeAssignableTo<CryptographicException>();
    }

    [Theory]
    [InlineData("a.example", "a.example")]
    [InlineData("192.0.2.1", "1.2.0.192.in-addr.arpa")]
    [InlineData("2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa")]
    public void AnAddressIsAskedForByItsNameInDns(string name, string asked) => ChallengeCertificate.ServerName(name).ShouldBe(asked);

    [Fact]
    public void AChallengesCertificateHoldsTheProofInACriticalExtension()
    {
        var (bytes, _) = ChallengeCertificate.Make("a.example", "token.thumb", TimeProvider.System);
        using var certificate = X509CertificateLoader.LoadCertificate(bytes);
        var proof = certificate.Extensions["1.3.6.1.5.5.7.1.31"]!;
        proof.Critical.ShouldBeTrue();
        proof.RawData.ShouldBe([0x04, 0x20, .. SHA256.HashData("token.thumb"u8)]);
        certificate.MatchesHostname("a.example").ShouldBeTrue();
    }

    [Fact]
    public void WaitsGrowFromAMinuteToTwelveHoursAndHonourWhatIsAsked()
    {
        var backoff = new Backoff();
        foreach (var minutes in new double[] { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 720, 720, 720 })
            backoff.Next(null).TotalMinutes.ShouldBeInRange(minutes * 0.8, minutes * 1.2);
        backoff.Next(TimeSpan.FromDays(2)).ShouldBe(TimeSpan.FromDays(2));
        backoff.Next(TimeSpan.Zero).TotalMinutes.ShouldBeInRange(576, 864);
        backoff.Clear();
        backoff.Next(null).TotalMinutes.ShouldBeInRange(0.8, 1.2);
    }

    [Theory]
    [InlineData(90, 30, 60, 63)]
    [InlineData(90, 10, 80, 81)]
    [InlineData(90, 60, 60, 63)]
    [InlineData(6, 30, 4, 4.2)]
    public void WithoutAWordARenewalIsAtMostAThirdOfTheLifetimeBeforeTheEnd(int lifetime, int renewBefore, double from, double to)
        => (RenewalPlan.At(Certificate(lifetime), TimeSpan.FromDays(renewBefore), null) - DateTimeOffset.UnixEpoch).TotalDays.ShouldBeInRange(from, to);

    [Theory]
    [InlineData(50, 51, 50, 51)]
    [InlineData(-9, -8, 1, 1)]
    [InlineData(200, 300, 85.5, 85.5)]
    public void TheAuthoritysWindowCountsWithinReason(double start, double end, double from, double to)
    {
        var window = new SuggestedWindow(DateTimeOffset.UnixEpoch.AddDays(start), DateTimeOffset.UnixEpoch.AddDays(end));
        (RenewalPlan.At(Certificate(90), TimeSpan.FromDays(30), window) - DateTimeOffset.UnixEpoch).TotalDays.ShouldBeInRange(from, to);
    }

    [Fact]
    public void StateIsWhereTheSystemWantsIt()
    {
        StatePath.Of("/srv/weir", static _ => null).ShouldBe("/srv/weir");
        StatePath.Of("auto", static n => n == "STATE_DIRECTORY" ? "/var/lib/weir:/var/lib/other" : null).ShouldBe("/var/lib/weir");
        var own = StatePath.Of("auto", static n => n switch { "HOME" => "/home/u", "XDG_STATE_HOME" => "relative", _ => null });
        own.ShouldBe(Environment.IsPrivilegedProcess ? "/var/lib/weir" : "/home/u/.local/state/weir");
    }

    private static IssuedCertificate Certificate(int days)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(CertificateRequests.AlternativeNames(["a.example"], isCritical: false));
        using var own = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(days));
        return IssuedCertificate.Read(own.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem(), ["a.example"], DateTimeOffset.UnixEpoch, null, out _)!;
    }
}
