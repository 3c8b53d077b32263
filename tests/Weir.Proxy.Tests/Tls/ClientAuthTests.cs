using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Weir.Http;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Tls;

/// <summary>Certificates of clients: who is let in, and what is told of them.</summary>
public sealed class ClientAuthTests : IDisposable
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";

    private readonly Certificates _files = new();
    private readonly Authority _authority;

    public ClientAuthTests() => _authority = new Authority(_files);

    public void Dispose()
    {
        _authority.Dispose();
        _files.Dispose();
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_required_certificate_lets_in_and_none_does_not(SslProtocols protocol)
    {
        await using var gateway = await StartAsync($"{{ ca: \"{_authority.File}\" }}");
        using var alice = _authority.Issue(["alice.test"], subject: "alice");
        using var client = await TlsClient.ConnectAsync(gateway, "a.test", alice, [], protocol);
        (await client.AskAsync(Get)).ShouldContain("CN=alice|CN=ca|alice.test|DNS:alice.test|" + Convert.ToHexStringLower(SHA256.HashData(alice.RawData)));
        await IsRefusedAsync(gateway, null, Refusal.ClientCertificateMissing, protocol);
    }

    [Fact]
    public async Task An_optional_certificate_may_be_missing_but_not_wrong()
    {
        await using var gateway = await StartAsync($"{{ ca: \"{_authority.File}\", mode: optional }}");
        using var without = await TlsClient.ConnectAsync(gateway, "a.test");
        (await without.AskAsync(Get)).ShouldEndWith("||||");
        using var alice = _authority.Issue(["alice.test"]);
        using var with = await TlsClient.ConnectAsync(gateway, "a.test", alice, []);
        (await with.AskAsync(Get)).ShouldContain("CN=alice.test|");
        using var others = new Authority(_files, "others");
        using var mallory = others.Issue(["mallory.test"]);
        await IsRefusedAsync(gateway, mallory, Refusal.ClientCertificateUntrusted);
        using var late = _authority.Issue(["late.test"], days: -1);
        await IsRefusedAsync(gateway, late, Refusal.ClientCertificateExpired);
    }

    [Fact]
    public async Task What_was_taken_back_is_refused_and_so_is_everything_when_the_list_is_too_old()
    {
        using var alice = _authority.Issue(["alice.test"]);
        using var bob = _authority.Issue(["bob.test"]);
        var list = _files.PathOf("list.pem");
        _authority.WriteRevocations(list, 10, bob);
        var rule = $"{{ ca: \"{_authority.File}\", crl: \"{list}\" }}";
        await using var gateway = await StartAsync(rule);
        using var client = await TlsClient.ConnectAsync(gateway, "a.test", alice, []);
        (await client.AskAsync(Get)).ShouldContain("CN=alice.test|");
        await IsRefusedAsync(gateway, bob, Refusal.ClientCertificateRevoked);

        _authority.WriteRevocations(list, -1);
        var old = await gateway.ApplyAsync(Yaml(rule));
        old.IsApplied.ShouldBeTrue();
        old.Diagnostics.ShouldContain(static d => d.Text.Contains("crl-expired") && d.Text.Contains("list.pem"));
        await IsRefusedAsync(gateway, alice, Refusal.ClientCertificateUntrusted);
        // What was let in before shows its rule to be another now.
        (await client.AskAsync(Get)).ShouldStartWith("HTTP/1.1 421 ");
    }

    [Fact]
    public async Task Authorities_in_between_count_up_to_the_depth()
    {
        var (below, alice) = _authority.IssueBelow("alice");
        using (below)
        using (alice)
        {
            await using var gateway = await StartAsync($"{{ ca: \"{_authority.File}\", depth: 1 }}");
            using var client = await TlsClient.ConnectAsync(gateway, "a.test", alice, [below]);
            (await client.AskAsync(Get)).ShouldContain("CN=alice|CN=below|");
            await IsRefusedAsync(gateway, alice, Refusal.ClientCertificateUntrusted);
            (await gateway.ApplyAsync(Yaml($"{{ ca: \"{_authority.File}\", depth: 0 }}"))).IsApplied.ShouldBeTrue();
            await IsRefusedAsync(gateway, alice, Refusal.ClientCertificateUntrusted, chain: [below]);
        }
    }

    [Fact]
    public async Task A_list_of_its_issuer_is_enough_for_a_certificate_below_others()
    {
        var (below, alice) = _authority.IssueBelow("alice");
        using (below)
        using (alice)
        {
            var list = _files.PathOf("list.pem");
            _authority.WriteRevocations(list, 10);
            await using var gateway = await StartAsync($"{{ ca: \"{_authority.File}\", crl: [\"{list}\"] }}");
            // There is a list of the root's, none of the authority that issued it.
            await IsRefusedAsync(gateway, alice, Refusal.ClientCertificateUntrusted, chain: [below]);
            using var bob = _authority.Issue(["bob.test"]);
            using var client = await TlsClient.ConnectAsync(gateway, "a.test", bob, []);
            (await client.AskAsync(Get)).ShouldContain("CN=bob.test|");
        }
    }

    [Fact]
    public async Task A_rule_for_some_hosts_is_not_got_round_by_asking_for_another_name()
    {
        await using var gateway = await StartAsync($"[{{ hosts: [admin.test, \"*.admin.test\"], ca: \"{_authority.File}\" }}]");
        using var open = await TlsClient.ConnectAsync(gateway, "a.test");
        (await open.AskAsync(Get)).ShouldStartWith("HTTP/1.1 200 ");
        foreach (var host in (string[])["admin.test", "ADMIN.test:8443", "x.admin.test"])
            (await open.AskAsync($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).ShouldStartWith("HTTP/1.1 421 ");
        using var nameless = await TlsClient.ConnectAsync(gateway);
        (await nameless.AskAsync("GET / HTTP/1.1\r\nHost: admin.test\r\n\r\n")).ShouldStartWith("HTTP/1.1 421 ");
        using var alice = _authority.Issue(["alice.test"]);
        using var admin = await TlsClient.ConnectAsync(gateway, "admin.test", alice, []);
        (await admin.AskAsync("GET / HTTP/1.1\r\nHost: admin.test\r\n\r\n")).ShouldContain("CN=alice.test|");
        (await admin.AskAsync("GET / HTTP/1.1\r\nHost: x.admin.test\r\n\r\n")).ShouldContain("CN=alice.test|");
        (await admin.AskAsync(Get)).ShouldStartWith("HTTP/1.1 421 ");
        await IsRefusedAsync(gateway, null, Refusal.ClientCertificateMissing, name: "admin.test");
    }

    // As a route's: what stands under *.admin.test there needs a certificate under all of these names.
    [Fact]
    public async Task A_star_in_a_rule_is_any_number_of_labels()
    {
        await using var gateway = await StartAsync($"[{{ hosts: [\"*.admin.test\"], ca: \"{_authority.File}\" }}, {{ hosts: [\"*.open.admin.test\"], ca: \"{_authority.File}\", mode: optional }}]");
        using var open = await TlsClient.ConnectAsync(gateway, "a.test");
        foreach (var host in (string[])["x.admin.test", "y.x.admin.test", "z.y.x.admin.test.", "y.open.admin.test", "z.y.open.admin.test"])
            (await open.AskAsync($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).ShouldStartWith("HTTP/1.1 421 ", Case.Sensitive, host);
        (await open.AskAsync("GET / HTTP/1.1\r\nHost: xadmin.test\r\n\r\n")).ShouldStartWith("HTTP/1.1 200 ");
        foreach (var name in (string[])["x.admin.test", "open.admin.test", "y.x.admin.test", "z.y.x.admin.test"])
            await IsRefusedAsync(gateway, null, Refusal.ClientCertificateMissing, name: name);
        using var deep = await TlsClient.ConnectAsync(gateway, "z.y.open.admin.test");
        (await deep.AskAsync("GET / HTTP/1.1\r\nHost: z.y.open.admin.test\r\n\r\n")).ShouldEndWith("||||");
        (await deep.AskAsync("GET / HTTP/1.1\r\nHost: z.y.admin.test\r\n\r\n")).ShouldStartWith("HTTP/1.1 421 ");
    }

    [Fact]
    public async Task Only_the_entry_that_forwards_shows_certificates_to_origins()
    {
        await using var origin = Origin.Answering(static request => $"HTTP/1.1 200 OK\r\nX-Seen: {request.Fields.Count(static f => f.Name == "Client-Cert")}\r\nContent-Length: 2\r\n\r\nok");
        await using var gateway = await TestGateway.ForwardingAsync(origin, $"tls: {{ certificates: [{_files.Make("a", ["a.test", "b.test"])}], client-auth: [{{ hosts: [a.test], ca: \"{_authority.File}\", forward: true }}, {{ hosts: [b.test], ca: \"{_authority.File}\" }}] }}");
        using var alice = _authority.Issue(["alice.test"]);
        using var shown = await TlsClient.ConnectAsync(gateway, "a.test", alice, []);
        (await shown.AskAsync(Get)).ShouldContain("X-Seen: 1\r\n");
        (await shown.AskAsync("GET / HTTP/1.1\r\nHost: b.test\r\n\r\n")).ShouldStartWith("HTTP/1.1 421 ");
        using var kept = await TlsClient.ConnectAsync(gateway, "b.test", alice, []);
        (await kept.AskAsync("GET / HTTP/1.1\r\nHost: b.test\r\n\r\n")).ShouldContain("X-Seen: 0\r\n");
    }

    [Fact]
    public async Task A_rule_that_a_reload_brings_holds_for_connections_that_are_open()
    {
        await using var gateway = await StartAsync(null);
        using var client = await TlsClient.ConnectAsync(gateway, "a.test");
        (await client.AskAsync(Get)).ShouldStartWith("HTTP/1.1 200 ");
        (await gateway.ApplyAsync(Yaml($"{{ ca: \"{_authority.File}\" }}"))).IsApplied.ShouldBeTrue();
        (await client.AskAsync(Get)).ShouldStartWith("HTTP/1.1 421 ");
    }

    [Fact]
    public async Task A_connection_of_before_there_was_tls_is_served_no_more()
    {
        await using var gateway = await TestGateway.StartAsync("{ version: 1, listeners: { web: { address: \"127.0.0.1:0\" } }, routes: { all: { respond: { body: open } } } }");
        using var client = await gateway.ConnectAsync();
        (await client.AskAsync(Get)).Body.ShouldBe("open");
        _files.Make("a", ["a.test"]);
        _files.Make("admin", ["admin.test"]);
        (await gateway.ApplyAsync(Yaml($"{{ ca: \"{_authority.File}\" }}"))).IsApplied.ShouldBeTrue();
        (await client.AskAsync(Get)).Status.ShouldBe(421);
    }

    [Theory]
    [InlineData("-tls1_3")]
    [InlineData("-tls1_2")]
    public async Task A_resumed_session_has_its_certificate_but_not_under_another_rule(string version)
    {
        using var alice = _authority.Issue(["alice.test"], subject: "alice");
        File.WriteAllText(_files.PathOf("alice.pem"), alice.ExportCertificatePem() + "\n" + alice.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        var (session, certificate) = (_files.PathOf("session"), $"-cert {_files.PathOf("alice.pem")}");
        await using var gateway = await StartAsync($"{{ ca: \"{_authority.File}\", mode: optional }}");
        (await OpenSsl.ConnectAsync(gateway, $"{version} {certificate} -sess_out {session}")).ShouldContain("New, TLS");
        var resumed = await OpenSsl.ConnectAsync(gateway, $"{version} -sess_in {session} -ign_eof");
        resumed.ShouldContain("Reused, TLS");
        resumed.ShouldContain("CN=alice|");
        (await gateway.ApplyAsync(Yaml($"{{ ca: \"{_authority.File}\", mode: required }}"))).IsApplied.ShouldBeTrue();
        (await OpenSsl.ConnectAsync(gateway, $"{version} -sess_in {session} -ign_eof")).ShouldNotContain("Reused, TLS");
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.ClientCertificateMissing) == 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Origins_are_told_in_client_cert_and_never_what_a_client_wrote_there(bool forward)
    {
        await using var origin = Origin.Answering(static request => $"HTTP/1.1 200 OK\r\nX-Seen: {request.Fields.Count(static f => f.Name.StartsWith("Client-Cert", StringComparison.OrdinalIgnoreCase))} {request["Client-Cert"]}\r\nContent-Length: 2\r\n\r\nok");
        var certificate = _files.Make("a", ["a.test"]);
        await using var gateway = await TestGateway.ForwardingAsync(origin, $"tls: {{ certificates: [{certificate}], client-auth: {{ ca: \"{_authority.File}\", mode: optional, forward: {(forward ? "true" : "false")} }} }}");
        const string spoofing = "GET / HTTP/1.1\r\nHost: a.test\r\nClient-Cert: :Zm9v:\r\nClient-Cert-Chain: :Zm9v:\r\n\r\n";
        using var alice = _authority.Issue(["alice.test"]);
        using var with = await TlsClient.ConnectAsync(gateway, "a.test", alice, []);
        (await with.AskAsync(spoofing)).ShouldContain(forward ? $"X-Seen: 1 :{Convert.ToBase64String(alice.RawData)}:\r\n" : "X-Seen: 0\r\n");
        using var without = await TlsClient.ConnectAsync(gateway, "a.test");
        (await without.AskAsync(spoofing)).ShouldContain("X-Seen: 0\r\n");
    }

    [Fact]
    public async Task Settings_that_cannot_be_meant_are_refused_with_their_place()
    {
        await using var gateway = await StartAsync(null);
        File.WriteAllText(_files.PathOf("junk.pem"), "junk");
        await SaysAsync("{ mode: optional }", "'ca' is missing");
        await SaysAsync($"{{ ca: \"{_files.PathOf("junk.pem")}\" }}", "bad-certificate", "junk.pem");
        await SaysAsync($"{{ ca: \"{_authority.File}\", crl: \"{_files.PathOf("junk.pem")}\" }}", "bad-crl", "junk.pem");
        await SaysAsync($"{{ ca: \"{_authority.File}\", hosts: [\"a b\"] }}", "bad-host");
        foreach (var address in (string[])["127.0.0.1", "::1"]) await SaysAsync($"{{ ca: \"{_authority.File}\", hosts: [\"{address}\"] }}", "bad-host", "an address");
        await SaysAsync($"[{{ ca: \"{_authority.File}\" }}, {{ ca: \"{_authority.File}\" }}]", "duplicate-client-auth");
        await SaysAsync($"[{{ ca: \"{_authority.File}\", hosts: [a.test] }}, {{ ca: \"{_authority.File}\", hosts: [A.test] }}]", "duplicate-client-auth");

        async Task SaysAsync(string rule, params string[] parts)
        {
            var result = await gateway.ApplyAsync(Yaml(rule));
            result.IsApplied.ShouldBeFalse(rule);
            var text = string.Join('\n', result.Diagnostics.Select(static d => d.Text));
            foreach (var part in parts) text.ShouldContain(part);
        }
    }

    // Under TLS 1.3 a client hears of it only after its own handshake.
    private static async Task IsRefusedAsync(TestGateway gateway, X509Certificate2? certificate, Refusal why, SslProtocols protocol = SslProtocols.None, X509Certificate2[]? chain = null, string name = "a.test")
    {
        var before = gateway.Refusals(why);
        await Should.ThrowAsync<Exception>(async () =>
        {
            using var client = await TlsClient.ConnectAsync(gateway, name, certificate, chain ?? [], protocol);
            await client.AskAsync(Get);
        });
        await TestGateway.EventuallyAsync(() => gateway.Refusals(why) == before + 1, $"{why}");
        await TestGateway.EventuallyAsync(() => gateway.Gateway.Loops.Sum(static l => l.Handshakes) == 0);
    }

    private Task<TestGateway> StartAsync(string? rule)
    {
        _files.Make("a", ["a.test"]);
        _files.Make("admin", ["admin.test", "x.admin.test"]);
        return TestGateway.StartAsync(Yaml(rule));
    }

    private string Yaml(string? rule) => $$"""
        version: 1
        listeners:
          web:
            address: "127.0.0.1:0"
            tls:
              certificates: [{ cert: "{{_files.PathOf("a.pem")}}", key: "{{_files.PathOf("a.key")}}" }, { cert: "{{_files.PathOf("admin.pem")}}", key: "{{_files.PathOf("admin.key")}}" }]
              {{(rule is null ? "" : "client-auth: " + rule)}}
        routes: { all: { respond: { body: "${client-certificate.subject}|${client-certificate.issuer}|${client-certificate.dns}|${client-certificate.names}|${client-certificate.fingerprint}" } } }
        """;
}
