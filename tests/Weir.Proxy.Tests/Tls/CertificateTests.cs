using System.Security.Authentication;
using Weir.Http;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Tls;

/// <summary>Which certificate a client is shown, and what is said of certificates that cannot be used.</summary>
public sealed class CertificateTests : IDisposable
{
    private readonly Certificates _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("one.test", "one.test")]
    [InlineData("ONE.Test", "one.test")]
    [InlineData("www.two.test", "*.two.test")]
    [InlineData("two.test", "one.test")]
    [InlineData("a.b.two.test", "one.test")]
    [InlineData("exact.two.test", "exact.two.test")]
    [InlineData("unknown.test", "one.test")]
    [InlineData(null, "one.test")]
    public async Task The_name_that_is_asked_for_chooses(string? asked, string shown)
    {
        await using var gateway = await StartAsync(_files.Make("1", ["one.test"]), _files.Make("2", ["*.two.test"]), _files.Make("3", ["exact.two.test"]));
        using var client = await TlsClient.ConnectAsync(gateway, asked);
        client.Shown.ShouldBe(shown);
    }

    [Theory]
    [InlineData("-tls1_3")]
    [InlineData("-tls1_2")]
    public async Task A_resumed_session_is_for_the_name_that_was_asked_for(string version)
    {
        var session = _files.PathOf("session");
        await using var gateway = await StartAsync(_files.Make("1", ["one.test"]), _files.Make("2", ["two.test"]));
        (await OpenSsl.ConnectAsync(gateway, $"{version} -servername two.test -sess_out {session}")).ShouldContain("New, TLS");
        var said = await OpenSsl.ConnectAsync(gateway, $"{version} -servername two.test -sess_in {session} -ign_eof");
        said.ShouldContain("Reused, TLS");
        said.ShouldContain("HTTP/1.1 421 ");
    }

    [Fact]
    public async Task An_unknown_name_can_be_refused()
    {
        await using var gateway = await StartAsync(", unknown-names: refuse", _files.Make("1", ["one.test"]));
        using var known = await TlsClient.ConnectAsync(gateway, "one.test");
        await Should.ThrowAsync<AuthenticationException>(() => TlsClient.ConnectAsync(gateway, "two.test"));
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.TlsHandshakeFailed) == 1);
        using var nameless = await TlsClient.ConnectAsync(gateway);
        nameless.Shown.ShouldBe("one.test");
    }

    [Theory]
    [InlineData("ECDSA+SHA256:RSA-PSS+SHA256", "id-ecPublicKey")]
    [InlineData("RSA-PSS+SHA256:RSA+SHA256", "rsaEncryption")]
    public async Task Of_two_kinds_of_key_the_client_gets_what_it_can(string algorithms, string kind)
    {
        await using var gateway = await StartAsync(_files.Make("r", ["one.test"], Certificates.Rsa), _files.Make("e", ["one.test"]));
        var said = await OpenSsl.ConnectAsync(gateway, $"-servername one.test -sigalgs {algorithms} -showcerts");
        var pem = said[said.IndexOf("-----BEGIN", StringComparison.Ordinal)..(said.IndexOf("-----END CERTIFICATE-----", StringComparison.Ordinal) + 25)];
        using var certificate = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(pem);
        certificate.GetKeyAlgorithm().ShouldBe(kind == "rsaEncryption" ? "1.2.840.113549.1.1.1" : "1.2.840.10045.2.1");
    }

    [Theory]
    [InlineData("-tls1_3")]
    [InlineData("-tls1_2")]
    public async Task Sessions_are_resumed_over_reloads_but_not_under_another_name(string version)
    {
        var certificates = new[] { _files.Make("1", ["one.test"]), _files.Make("2", ["two.test"]) };
        await using var gateway = await StartAsync(certificates);
        var session = _files.PathOf("session");
        (await OpenSsl.ConnectAsync(gateway, $"{version} -servername one.test -sess_out {session}")).ShouldContain("New, TLS");
        (await gateway.ApplyAsync(Yaml("2", "", certificates).Replace("127.0.0.1:0", "127.0.0.1:0"))).IsApplied.ShouldBeTrue();
        (await OpenSsl.ConnectAsync(gateway, $"{version} -servername one.test -sess_in {session}")).ShouldContain("Reused, TLS");
        (await OpenSsl.ConnectAsync(gateway, $"{version} -servername two.test -sess_in {session}")).ShouldNotContain("Reused, TLS");
        gateway.Gateway.Loops.Sum(static l => l.HandshakesResumed).ShouldBe(1);
    }

    [Fact]
    public async Task A_host_with_another_certificate_is_not_served_on_this_connection()
    {
        await using var gateway = await StartAsync(_files.Make("1", ["one.test", "also.one.test"]), _files.Make("2", ["two.test"]));
        using var client = await TlsClient.ConnectAsync(gateway, "one.test");
        (await client.AskAsync("GET / HTTP/1.1\r\nHost: also.one.test\r\n\r\n")).ShouldStartWith("HTTP/1.1 200 ");
        var misdirected = await client.AskAsync("GET / HTTP/1.1\r\nHost: two.test\r\n\r\n");
        misdirected.ShouldStartWith("HTTP/1.1 421 ");
        misdirected.ShouldContain("misdirected-request");
        (await client.AskAsync("GET / HTTP/1.1\r\nHost: one.test:8443\r\n\r\n")).ShouldStartWith("HTTP/1.1 200 ");
    }

    [Fact]
    public async Task A_renewed_certificate_is_shown_after_a_reload_and_connections_stay()
    {
        var one = _files.Make("1", ["one.test"]);
        await using var gateway = await StartAsync(one);
        using var before = await TlsClient.ConnectAsync(gateway, "one.test");
        var serial = before.Stream.RemoteCertificate!.GetSerialNumberString();
        _files.Make("1", ["one.test"]);
        (await gateway.ApplyAsync(Yaml("1", "", one))).IsApplied.ShouldBeTrue();
        using var after = await TlsClient.ConnectAsync(gateway, "one.test");
        after.Stream.RemoteCertificate!.GetSerialNumberString().ShouldNotBe(serial);
        (await before.AskAsync("GET / HTTP/1.1\r\nHost: one.test\r\n\r\n")).ShouldStartWith("HTTP/1.1 200 ");
    }

    [Fact]
    public async Task Encrypted_keys_and_pkcs12_are_read()
    {
        await using var gateway = await StartAsync(_files.Make("1", ["one.test"], password: "secret"), _files.MakePkcs12("2", ["two.test"], "secret"));
        using var one = await TlsClient.ConnectAsync(gateway, "one.test");
        one.Shown.ShouldBe("one.test");
        using var two = await TlsClient.ConnectAsync(gateway, "two.test");
        two.Shown.ShouldBe("two.test");
    }

    [Fact]
    public async Task What_cannot_be_used_is_refused_with_file_and_reason()
    {
        var good = _files.Make("good", ["one.test"]);
        _files.Make("other", ["one.test"]);
        _files.Make("old", ["one.test"], days: -1);
        _files.Make("locked", ["one.test"], password: "secret");
        _files.MakePkcs12("box", ["one.test"], "secret");
        File.WriteAllText(_files.PathOf("junk.pem"), "no certificate");
        await using var gateway = await StartAsync(good);
        await RefusedAsync($"{{ cert: \"{P("good.pem")}\", key: \"{P("other.key")}\" }}", "bad-certificate", "good.pem", "is the key that of this certificate");
        await RefusedAsync($"{{ cert: \"{P("old.pem")}\", key: \"{P("old.key")}\" }}", "certificate-expired", "old.pem", "expired on");
        await RefusedAsync($"{{ cert: \"{P("locked.pem")}\", key: \"{P("locked.key")}\" }}", "bad-certificate", "locked.pem", "needs 'password'");
        await RefusedAsync($"{{ cert: \"{P("locked.pem")}\", key: \"{P("locked.key")}\", password: wrong }}", "bad-certificate", "locked.pem", "password");
        await RefusedAsync($"{{ cert: \"{P("good.pem")}\" }}", "bad-certificate", "good.pem", "name it with 'key'");
        await RefusedAsync($"{{ cert: \"{P("junk.pem")}\", key: \"{P("good.key")}\" }}", "bad-certificate", "junk.pem", "no certificate");
        await RefusedAsync($"{{ cert: \"{P("missing.pem")}\", key: \"{P("good.key")}\" }}", "cannot-read", "missing.pem", "there is no file");
        await RefusedAsync($"{{ pkcs12: \"{P("box.p12")}\", password: wrong }}", "bad-certificate", "box.p12", "password");
        await RefusedAsync($"{{ key: \"{P("good.key")}\" }}", "bad-certificate", "either 'cert'", "pkcs12");
        var result = await gateway.ApplyAsync(Yaml("x", ", ciphers: NOTHING", good));
        result.IsApplied.ShouldBeFalse();
        result.Diagnostics.ShouldContain(static d => d.Text.Contains("bad-tls") && d.Text.Contains("NOTHING"));
        gateway.Gateway.Version.ShouldBe(1);
        using var still = await TlsClient.ConnectAsync(gateway, "one.test");

        string P(string file) => _files.PathOf(file);

        async Task RefusedAsync(string certificate, params string[] said)
        {
            var result = await gateway.ApplyAsync(Yaml("x", "", certificate));
            result.IsApplied.ShouldBeFalse(certificate);
            var text = string.Join('\n', result.Diagnostics.Select(static d => d.Text));
            foreach (var part in said) text.ShouldContain(part);
            text.ShouldNotContain("wrong", Case.Sensitive, "no password is shown");
        }
    }

    [Fact]
    public async Task A_certificate_that_ends_soon_is_a_warning()
    {
        await using var gateway = await StartAsync(_files.Make("1", ["one.test"]));
        var result = await gateway.ApplyAsync(Yaml("2", "", _files.Make("2", ["one.test"], days: 20)));
        result.IsApplied.ShouldBeTrue();
        result.Diagnostics.ShouldContain(static d => d.Text.Contains("certificate-expires"));
    }

    private static Task<TestGateway> StartAsync(params string[] certificates) => StartAsync("", certificates);

    private static Task<TestGateway> StartAsync(string settings, params string[] certificates)
        => TestGateway.StartAsync(settings.StartsWith(',') || settings.Length == 0 ? Yaml("1", settings, certificates) : Yaml("1", "", [settings, .. certificates]));

    private static string Yaml(string body, string settings, params string[] certificates) => $$"""
        version: 1
        listeners: { web: { address: "127.0.0.1:0", tls: { certificates: [{{string.Join(", ", certificates)}}]{{settings}} } } }
        routes: { all: { respond: { body: "{{body}}" } } }
        """;
}
