using System.Net;
using System.Security.Cryptography.X509Certificates;
using Weir.Certificates;
using Weir.Certificates.Acme;
using Weir.Config.Records;
using Weir.Sdk.Configuration;
using Weir.Tests.Certificates.Fixture;

namespace Weir.Tests.Certificates;

/// <summary>Certificates from a real authority, step by step.</summary>
public sealed class IssuerTests(SharedPebble shared) : IClassFixture<SharedPebble>
{
    [PebbleTheory]
    [InlineData(AcmeChallenge.Http_01, AcmeKeyType.P256, "http")]
    [InlineData(AcmeChallenge.TlsAlpn_01, AcmeKeyType.P384, "tls a.example")]
    [InlineData(AcmeChallenge.Auto, AcmeKeyType.Rsa2048, "http")]
    public async Task ACertificateIsObtainedByEachChallengeAndKindOfKey(AcmeChallenge challenge, AcmeKeyType type, string put)
    {
        var pebble = shared.Fresh();
        using var issuing = new Issuing(pebble.Answers);
        var outcome = await issuing.ObtainAsync(pebble.Config(challenge) with { KeyType = type }, "a.example");
        outcome.Reason.ShouldBe("");
        await ShouldHoldAsync(pebble, outcome.Certificate!, "a.example");
        pebble.Answers.Puts.ShouldBe([put]);
        pebble.Answers.Left.ShouldBe(0);
        using var leaf = X509CertificateLoader.LoadCertificate(outcome.Certificate!.Chain[0]);
        (leaf.GetECDsaPublicKey()?.KeySize ?? leaf.GetRSAPublicKey()!.KeySize).ShouldBe(type switch { AcmeKeyType.P256 => 256, AcmeKeyType.P384 => 384, _ => 2048 });
    }

    [PebbleTheory]
    [InlineData(AcmeChallenge.Http_01)]
    [InlineData(AcmeChallenge.TlsAlpn_01)]
    public async Task OneCertificateIsForSeveralNamesAndAddresses(AcmeChallenge challenge)
    {
        var pebble = shared.Fresh();
        using var issuing = new Issuing(pebble.Answers);
        var outcome = await issuing.ObtainAsync(pebble.Config(challenge), "example.com", "www.example.com", "127.0.0.1");
        outcome.Reason.ShouldBe("");
        await ShouldHoldAsync(pebble, outcome.Certificate!, "example.com", "www.example.com", "127.0.0.1");
        pebble.Answers.Puts.Count.ShouldBe(3);
    }

    [PebbleFact]
    public async Task RefusedNoncesAreReplacedAndTheRequestSentAgain()
    {
        await using var pebble = await Pebble.StartAsync(badNonces: 50);
        await using var standIn = await StandIn.BeforeAsync(pebble);
        using var issuing = new Issuing(pebble.Answers);
        var refused = 0;
        standIn.Change = answer => refused += answer.Body.Contains("badNonce", StringComparison.Ordinal) ? 1 : 0;
        (await issuing.ObtainAsync(standIn.Config(), "a.example")).Reason.ShouldBe("");
        refused.ShouldBeGreaterThan(0);
    }

    [PebbleFact]
    public async Task AnExternalAccountIsBoundByItsKeyAlone()
    {
        const string Key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
        await using var pebble = await Pebble.StartAsync(bindingKey: Key);
        using var issuing = new Issuing(pebble.Answers);
        var config = pebble.Config();

        var none = await issuing.ObtainAsync(config, "a.example");
        none.Reason.ShouldBe("the authority asks for external account binding: acme: { eab: { kid: …, hmac-key: … } }");
        var wrong = await issuing.ObtainAsync(config with { Eab = new() { Kid = "kid-1", HmacKey = new Secret("AAAA" + Key[4..]) } }, "a.example");
        wrong.Reason.ShouldStartWith("the new account was answered with 403, unauthorized: ");
        wrong.Reason.ShouldNotContain(Key[4..]);
        var right = await issuing.ObtainAsync(config with { Eab = new() { Kid = "kid-1", HmacKey = new Secret(Key) } }, "a.example");
        right.Reason.ShouldBe("");
    }

    [PebbleFact]
    public async Task ARefusedProofNamesTheHostAndTheAuthoritysReasonAndIsNotTriedOnAndOn()
    {
        var pebble = shared.Fresh();
        using var issuing = new Issuing(pebble.Answers);
        pebble.Answers.Lie = "nothing of the kind";
        for (var i = 0; i < 4; i++)
        {
            var refused = await issuing.ObtainAsync(pebble.Config(), "b.example", "c.example");
            refused.Fault.ShouldBe(AcmeFault.Validation);
            refused.Reason.ShouldStartWith("b.example was not proven: http-01: unauthorized: The key authorization file from the server did not match this challenge");
            refused.Reason.ShouldContain("; c.example was not proven: ");
        }

        pebble.Answers.Lie = null;
        pebble.Answers.Puts.Clear();
        var fifth = await issuing.ObtainAsync(pebble.Config(), "b.example");
        fifth.Reason.ShouldBe("the authority looked for b.example in vain 4 times within an hour");
        fifth.RetryAfter!.Value.TotalMinutes.ShouldBeInRange(55, 60);
        pebble.Answers.Puts.ShouldBeEmpty();
        (await issuing.ObtainAsync(pebble.Config(), "d.example")).Reason.ShouldBe("");
        issuing.Clock.Advance(TimeSpan.FromMinutes(61));
        (await issuing.ObtainAsync(pebble.Config(), "b.example")).Reason.ShouldBe("");
    }

    [PebbleFact]
    public async Task AnotherInstanceThatSharesTheFolderCanAnswer()
    {
        var pebble = shared.Fresh();
        using var issuing = new Issuing(pebble.Answers);
        var folder = new Weir.Certificates.Storage.ChallengeFolder(issuing.State, issuing.Clock);
        pebble.Answers.Elsewhere = folder.FindHttp;
        var config = pebble.Config();
        using var issuer = new AcmeIssuer(new IssuerSettings(config), new(issuing.State, config.Directory, issuing.Clock, static (_, _) => { }), [folder], issuing.Clock);
        var outcome = await issuer.ObtainAsync(Issuing.Order(config, "a.example"), null, ChallengeKind.Http, CancellationToken.None);
        outcome.Reason.ShouldBe("");
        Directory.GetFiles(Path.Combine(issuing.State, "challenges", "http-01")).ShouldBeEmpty();
    }

    [Fact]
    public async Task AnAuthorityThatIsNotThereIsNamed()
    {
        using var answers = new Answering();
        using var issuing = new Issuing(answers);
        var outcome = await issuing.ObtainAsync(new AcmeConfig { Directory = "http://127.0.0.1:1/dir" }, "a.example");
        outcome.Fault.ShouldBe(AcmeFault.Unreachable);
        outcome.Reason.ShouldStartWith("http://127.0.0.1:1/dir: Connection refused");
    }

    [PebbleFact]
    public async Task AnAuthorityWhoseOwnCertificateIsNotTrustedIsNotTalkedTo()
    {
        var pebble = shared.Fresh();
        using var issuing = new Issuing(pebble.Answers);
        var outcome = await issuing.ObtainAsync(pebble.Config() with { Ca = null }, "a.example");
        outcome.Fault.ShouldBe(AcmeFault.Unreachable);
        outcome.Reason.ShouldContain("certificate");
    }

    private static async Task ShouldHoldAsync(Pebble pebble, IssuedCertificate certificate, params string[] names)
    {
        using var root = await pebble.RootAsync();
        using var leaf = X509CertificateLoader.LoadCertificate(certificate.Chain[0]);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        foreach (var other in certificate.Chain.Skip(1)) chain.ChainPolicy.ExtraStore.Add(X509CertificateLoader.LoadCertificate(other));
        chain.Build(leaf).ShouldBeTrue();
        foreach (var name in names) leaf.MatchesHostname(name).ShouldBeTrue(name);
        IPAddress.TryParse(names[0], out _).ShouldBeFalse();
    }
}
