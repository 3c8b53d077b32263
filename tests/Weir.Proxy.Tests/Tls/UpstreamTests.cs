using System.Security.Authentication;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Tls;

/// <summary>TLS to the origins: who they are is looked at before a byte of a request is sent.</summary>
public sealed class UpstreamTests : IDisposable
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";

    private readonly Certificates _files = new();
    private readonly Authority _authority;

    public UpstreamTests() => _authority = new Authority(_files);

    public void Dispose()
    {
        _authority.Dispose();
        _files.Dispose();
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_kept_connection_serves_many_requests(SslProtocols protocol)
    {
        await using var origin = TlsOrigin.Start(_authority.Issue(["localhost"]), protocol);
        await using var gateway = await StartAsync(origin, "name: localhost");
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 20; i++) (await client.AskAsync(Get)).Status.ShouldBe(200);
        origin.Connections.ShouldBe(1);
        origin.Names.ShouldBe(["localhost"]);
    }

    [Theory]
    [InlineData(16_384)]
    [InlineData(3_000_000)]
    public async Task Bodies_pass(int size)
    {
        await using var origin = TlsOrigin.Start(_authority.Issue(["localhost"]), body: size);
        await using var gateway = await StartAsync(origin, "name: localhost");
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 3; i++) (await client.AskAsync(Get)).Body.Length.ShouldBe(size);
        origin.Connections.ShouldBe(1);
    }

    [Fact]
    public async Task An_address_counts_as_a_name()
    {
        await using var origin = TlsOrigin.Start(_authority.Issue(["127.0.0.1"]));
        await using var gateway = await StartAsync(origin, "");
        (await gateway.AskAsync(Get)).Status.ShouldBe(200);
        origin.Names.ShouldBe([""]);
    }

    [Fact]
    public async Task A_certificate_of_another_name_is_refused()
    {
        await using var origin = TlsOrigin.Start(_authority.Issue(["other.test"]));
        await ShouldRefuse(origin, "name: localhost", "upstream-certificate-other-name");
        await ShouldRefuse(origin, "", "upstream-certificate-other-name");
    }

    [Fact]
    public async Task A_certificate_whose_time_is_over_is_refused()
    {
        await using var origin = TlsOrigin.Start(_authority.Issue(["localhost"], days: -2));
        await ShouldRefuse(origin, "name: localhost", "upstream-certificate-expired");
    }

    [Fact]
    public async Task A_certificate_of_an_unknown_authority_is_refused()
    {
        await using var origin = TlsOrigin.Start(_authority.Issue(["localhost"]));
        await using var gateway = await TestGateway.StartAsync(Yaml(origin.Url, "name: localhost"));
        var answer = await gateway.AskAsync(Get);
        (answer.Status, answer.Refusal).ShouldBe((502, "upstream-certificate-untrusted"));
        (await gateway.AskAsync(Get)).Refusal.ShouldBe("upstream-certificate-untrusted");
    }

    [Fact]
    public async Task A_pinned_key_is_asked_for_even_where_nothing_is_verified()
    {
        var certificate = _authority.Issue(["localhost"]);
        await using var origin = TlsOrigin.Start(certificate);
        var pin = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
        await using (var gateway = await StartAsync(origin, $"name: localhost, pins: \"{pin}\""))
            (await gateway.AskAsync(Get)).Status.ShouldBe(200);
        var other = Convert.ToBase64String(new byte[32]);
        await ShouldRefuse(origin, $"name: localhost, pins: [\"sha256/{other}\"]", "upstream-certificate-unpinned");
        await ShouldRefuse(origin, $"verify: false, pins: [\"sha256/{other}\"]", "upstream-certificate-unpinned");
        await using (var gateway = await StartAsync(origin, $"verify: false, pins: [\"{other}\", \"sha256//{pin}\"]"))
            (await gateway.AskAsync(Get)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Without_verification_every_certificate_is_taken()
    {
        await using var origin = TlsOrigin.Start(_authority.Issue(["other.test"], days: -2));
        await using var gateway = await TestGateway.StartAsync(Yaml(origin.Url, "verify: false"));
        (await gateway.AskAsync(Get)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_client_certificate_is_shown_to_who_asks()
    {
        await using var origin = TlsOrigin.Start(_authority.Issue(["localhost"]), asks: true);
        var own = _files.Make("own", ["gateway.test"]);
        await using var gateway = await StartAsync(origin, $"name: localhost, certificate: {own}");
        (await gateway.AskAsync(Get)).Status.ShouldBe(200);
        origin.ClientCertificates.ShouldContain("CN=gateway.test");
    }

    [Fact]
    public async Task Plain_http_behind_https_is_a_failed_handshake()
    {
        await using var origin = Origin.Start(static async (wire, _) =>
        {
            await wire.SendAsync("HTTP/1.1 400 Bad Request\r\n\r\n");
        });
        await using var gateway = await TestGateway.StartAsync(Yaml(origin.Url.Replace("http:", "https:", StringComparison.Ordinal), "verify: false"));
        var answer = await gateway.AskAsync(Get);
        (answer.Status, answer.Refusal).ShouldBe((502, "upstream-tls-failed"));
    }

    [Fact]
    public async Task An_origin_that_never_answers_a_handshake_is_cut_by_the_time_to_connect()
    {
        await using var origin = Origin.Start(static async (_, _) => await Task.Delay(3000));
        await using var gateway = await TestGateway.StartAsync(Yaml(origin.Url.Replace("http:", "https:", StringComparison.Ordinal), "verify: false", "connect-timeout: 200ms, retry: 1, "));
        var answer = await gateway.AskAsync(Get);
        (answer.Status, answer.Refusal).ShouldBe((504, "connect-timeout"));
    }

    [Fact]
    public async Task An_idle_connection_outlives_tickets_and_not_its_end()
    {
        await using var origin = TlsOrigin.Start(_authority.Issue(["localhost"]), SslProtocols.Tls13);
        await using var gateway = await StartAsync(origin, "name: localhost");
        (await gateway.AskAsync(Get)).Status.ShouldBe(200);
        await Task.Delay(200);
        (await gateway.AskAsync(Get)).Status.ShouldBe(200);
        origin.Connections.ShouldBe(1);
        origin.CutAll();
        await Task.Delay(200);
        (await gateway.AskAsync(Get)).Status.ShouldBe(200);
        origin.Connections.ShouldBe(2);
    }

    [Fact]
    public async Task At_the_limit_of_connections_they_are_handed_on_over_loops()
    {
        await using var origin = TlsOrigin.Start(_authority.Issue(["localhost"]));
        await using var gateway = await TestGateway.StartAsync(Yaml(origin.Url, $"name: localhost, ca: \"{_authority.File}\"", "pool: { connections: 2 }, "), loops: 2);
        var clients = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => gateway.ConnectAsync()));
        await Task.WhenAll(clients.Select(static async client =>
        {
            for (var i = 0; i < 50; i++) (await client.AskAsync(Get)).Status.ShouldBe(200);
            client.Dispose();
        }));
        origin.Connections.ShouldBe(2);
    }

    [Fact]
    public async Task Another_trust_means_other_connections()
    {
        await using var origin = TlsOrigin.Start(_authority.Issue(["localhost"]));
        await using var gateway = await TestGateway.StartAsync(Yaml(origin.Url, "verify: false"));
        (await gateway.AskAsync(Get)).Status.ShouldBe(200);
        (await gateway.ApplyAsync(Yaml(origin.Url, "name: localhost"))).IsApplied.ShouldBeTrue();
        (await gateway.AskAsync(Get)).Refusal.ShouldBe("upstream-certificate-untrusted");
    }

    [Theory]
    [InlineData("pins: [abc]", "bad-pin")]
    [InlineData("ca: /nowhere/ca.pem", "cannot-read")]
    [InlineData("certificate: {}", "bad-certificate")]
    public async Task What_cannot_be_used_is_said(string tls, string code)
    {
        await using var gateway = await TestGateway.StartAsync("version: 1\nlisteners: { web: { address: \"127.0.0.1:0\" } }\nroutes: { r: { respond: 200 } }\n");
        var result = await gateway.ApplyAsync(Yaml("https://127.0.0.1:1", tls));
        result.IsApplied.ShouldBeFalse();
        result.Diagnostics.ShouldContain(d => d.Text.Contains(code, StringComparison.Ordinal));
    }

    private async Task ShouldRefuse(TlsOrigin origin, string tls, string refusal)
    {
        await using var gateway = await StartAsync(origin, tls);
        var answer = await gateway.AskAsync(Get);
        (answer.Status, answer.Refusal).ShouldBe((502, refusal));
    }

    private Task<TestGateway> StartAsync(TlsOrigin origin, string tls)
        => TestGateway.StartAsync(Yaml(origin.Url, $"ca: \"{_authority.File}\"{(tls.Length > 0 ? ", " : "")}{tls}"));

    private static string Yaml(string url, string tls, string cluster = "") => $$"""
        version: 1
        listeners: { web: { address: "127.0.0.1:0" } }
        routes: { all: { forward: origin } }
        clusters: { origin: { {{cluster}}endpoints: ["{{url}}"], tls: { {{tls}} } } }
        """;
}
