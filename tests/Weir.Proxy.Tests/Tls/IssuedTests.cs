using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Weir.Config.Records;
using Weir.Http;
using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;
using Weir.Reactor.Tls;

namespace Weir.Proxy.Tests.Tls;

/// <summary>Certificates that come while Weir runs, and the answers by which they are got.</summary>
public sealed class IssuedTests : IDisposable
{
    private const string Get = "GET / HTTP/1.1\r\nHost: one.test\r\n\r\n";
    private static readonly WantedCertificate One = new(CertificateIssuer.Acme, ["one.test"]);
    private readonly Certificates _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_handshake_waits_for_the_certificate_that_is_on_its_way()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml("certificates: [{ acme: one.test }]"), loops: 2);
        gateway.Gateway.Wanted.ShouldBe([One]);
        var clients = Enumerable.Range(0, 10).Select(i => TlsClient.ConnectAsync(gateway, i % 2 == 0 ? "one.test" : null)).ToArray();
        await TestGateway.EventuallyAsync(() => gateway.Gateway.Loops.Sum(static l => l.CertificateWaits.Count) == 10);
        await gateway.Gateway.TakeUpAsync(One, Issued("one.test"));
        foreach (var waiting in clients)
        {
            using var client = await waiting;
            client.Shown.ShouldBe("one.test");
            (await client.AskAsync(Get)).ShouldEndWith("hello");
        }

        gateway.Gateway.Loops.Sum(static l => l.Handshakes).ShouldBe(0);
    }

    [Fact]
    public async Task Without_it_the_handshake_ends_in_its_time()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml("certificates: [{ acme: one.test }]", "timeouts: { handshake: 200ms }"));
        await Should.ThrowAsync<Exception>(() => TlsClient.ConnectAsync(gateway, "one.test"));
        gateway.Refusals(Refusal.CertificateMissing).ShouldBe(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_leaves_does_not_keep_its_place_among_the_handshakes(bool resets)
    {
        await using var gateway = await TestGateway.StartAsync(Yaml("certificates: [{ acme: one.test }]", "timeouts: { handshake: 1m }"));
        using (var socket = TlsGateway.NewSocket())
        {
            await socket.ConnectAsync(System.Net.IPEndPoint.Parse(gateway.Address()));
            await using var stream = new SslStream(new NetworkStream(socket));
            _ = stream.AuthenticateAsClientAsync("one.test").ContinueWith(static t => t.Exception, TaskScheduler.Default);
            await TestGateway.EventuallyAsync(() => gateway.Gateway.Loops.Sum(static l => l.CertificateWaits.Count) == 1);
            if (resets) socket.LingerState = new LingerOption(true, 0);
            socket.Close();
            await TestGateway.EventuallyAsync(() => gateway.Gateway.Loops.Sum(static l => l.Handshakes) == 0);
        }

        gateway.Gateway.Loops.Sum(static l => l.CertificateWaits.Count).ShouldBe(0);
        gateway.Refusals(Refusal.ClientGone).ShouldBe(1);
    }

    [Fact]
    public async Task Waiting_leaves_room_for_others_and_ends_with_a_drain()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml($"certificates: [{_files.Make("two", ["two.test"])}, {{ acme: one.test }}]", "limits: { handshakes: 10 }"));
        var waiting = Enumerable.Range(0, 12).Select(_ => TlsClient.ConnectAsync(gateway, "one.test")).ToArray();
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.TooManyHandshakes) == 7);
        gateway.Gateway.Loops.Sum(static l => l.CertificateWaits.Count).ShouldBe(5);
        using (var two = await TlsClient.ConnectAsync(gateway, "two.test")) two.Shown.ShouldBe("two.test");
        (await gateway.Gateway.DrainAsync(TimeSpan.FromSeconds(5))).ShouldBe(0);
        foreach (var one in waiting) await Should.ThrowAsync<Exception>(() => one);
        gateway.Refusals(Refusal.ShuttingDown).ShouldBe(5);
    }

    [Fact]
    public async Task Others_do_not_wait_for_it_and_sessions_go_on_after_it()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml($"certificates: [{_files.Make("two", ["two.test"])}, {{ acme: one.test }}]"));
        using var two = await TlsClient.ConnectAsync(gateway, "two.test");
        two.Shown.ShouldBe("two.test");
        using var nameless = await TlsClient.ConnectAsync(gateway);
        nameless.Shown.ShouldBe("two.test");
        await gateway.Gateway.TakeUpAsync(One, Issued("one.test"));
        using var one = await TlsClient.ConnectAsync(gateway, "one.test");
        one.Shown.ShouldBe("one.test");
        (await one.AskAsync(Get)).ShouldEndWith("hello");
        (await two.AskAsync(Get)).ShouldStartWith("HTTP/1.1 421 ");
        await gateway.Gateway.TakeUpAsync(One, Issued("one.test"));
        (await one.AskAsync(Get)).ShouldEndWith("hello");
        (await gateway.ApplyAsync(Yaml($"certificates: [{_files.Make("two", ["two.test"])}, {{ acme: one.test }}]"))).IsApplied.ShouldBeTrue();
        using var again = await TlsClient.ConnectAsync(gateway, "one.test");
        again.Shown.ShouldBe("one.test");
    }

    [Fact]
    public async Task A_certificate_that_openssl_refuses_leaves_the_one_before_in_force()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml("certificates: [{ acme: one.test }]"));
        await gateway.Gateway.TakeUpAsync(One, Issued("one.test"));
        await Should.ThrowAsync<TlsException>(() => gateway.Gateway.TakeUpAsync(One, new ReadyCertificate(new TlsIdentity(["one.test"], [[1, 2, 3]], [4]), DateTimeOffset.MaxValue)));
        using var client = await TlsClient.ConnectAsync(gateway, "one.test");
        client.Shown.ShouldBe("one.test");
    }

    [Fact]
    public async Task The_hosts_of_routes_are_ordered_that_no_file_is_for()
    {
        const string routes = """
            a: { match: { host: [a.test, www.a.test] }, respond: { body: a } }
            b: { match: { host: "*.b.test" }, respond: { body: b } }
            c: { match: { host: c.test }, respond: { body: c } }
            """;
        await using var gateway = await TestGateway.StartAsync(Yaml($"issuer: acme, certificates: [{_files.Make("c", ["c.test"])}]", routes: routes));
        gateway.Gateway.Wanted.Select(static o => o.ToString()).Order().ShouldBe(["acme:a.test", "acme:www.a.test"]);
        var result = await gateway.ApplyAsync(Yaml("issuer: acme", routes: routes));
        result.Diagnostics.ShouldContain(static d => d.Text.Contains("no-certificate") && d.Text.Contains("*.b.test"));
        (await gateway.ApplyAsync(Yaml("issuer: internal", routes: routes))).IsApplied.ShouldBeTrue();
        gateway.Gateway.Wanted.Single().ToString().ShouldBe("internal:localhost,127.0.0.1,::1,a.test,www.a.test,*.b.test,c.test");
    }

    [Theory]
    [InlineData("{ acme: \"*.one.test\" }", "proven by DNS alone")]
    [InlineData("{ acme: 127.1 }", "neither a host name nor an IP address")]
    [InlineData("{ acme: münchen.test }", "punycode")]
    [InlineData("{ internal: \"a b\" }", "is not a host name")]
    [InlineData("{ acme: one.test, internal: two.test }", "is one of")]
    public async Task An_order_that_cannot_be_filled_is_refused(string entry, string reason)
    {
        await using var gateway = await TestGateway.StartAsync(Yaml("certificates: [{ internal: one.test }]"));
        var result = await gateway.ApplyAsync(Yaml($"certificates: [{entry}]"));
        result.IsApplied.ShouldBeFalse();
        string.Join('\n', result.Diagnostics.Select(static d => d.Text)).ShouldContain(reason);
    }

    [Fact]
    public async Task A_challenge_in_the_handshake_is_answered_for_its_name_alone_and_nothing_else_is_served()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml($"certificates: [{_files.Make("one", ["one.test"])}, {{ acme: two.test }}]"));
        var acme = new SslApplicationProtocol("acme-tls/1");
        gateway.Gateway.Store.Challenges.Put("two.test", Issued("two.test", "challenge").Identity);
        using (var asked = await TlsClient.ConnectAsync(gateway, "two.test", SslProtocols.None, acme))
        {
            asked.Stream.NegotiatedApplicationProtocol.ShouldBe(acme);
            asked.Shown.ShouldBe("challenge");
            (await asked.ReadToEndAsync()).ShouldBe("");
        }

        await Should.ThrowAsync<AuthenticationException>(() => TlsClient.ConnectAsync(gateway, "one.test", SslProtocols.None, acme));
        await Should.ThrowAsync<AuthenticationException>(() => TlsClient.ConnectAsync(gateway, null, SslProtocols.None, acme));
        // Who offers others too is an ordinary client (RFC 8737 §4).
        using var ordinary = await TlsClient.ConnectAsync(gateway, "one.test", SslProtocols.None, acme, SslApplicationProtocol.Http11);
        ordinary.Shown.ShouldBe("one.test");
        gateway.Gateway.Store.Challenges.Remove("two.test");
        await Should.ThrowAsync<AuthenticationException>(() => TlsClient.ConnectAsync(gateway, "two.test", SslProtocols.None, acme));
    }

    [Fact]
    public async Task What_another_instance_answers_is_fetched_while_the_handshake_waits()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml($"certificates: [{_files.Make("one", ["one.test"])}]"));
        var fetched = new List<string>();
        var identity = Issued("two.test", "challenge").Identity;
        gateway.Gateway.Store.Challenges.IsExpected = static name => name != "three.test";
        gateway.Gateway.Store.Challenges.Fetch = async name =>
        {
            lock (fetched) fetched.Add(name);
            await Task.Delay(50);
            return name == "two.test" ? identity : null;
        };
        var acme = new SslApplicationProtocol("acme-tls/1");
        using var asked = await TlsClient.ConnectAsync(gateway, "Two.test", SslProtocols.None, acme);
        asked.Shown.ShouldBe("challenge");
        foreach (var name in (string[])["three.test", "four.test", "four.test"])
            await Should.ThrowAsync<AuthenticationException>(() => TlsClient.ConnectAsync(gateway, name, SslProtocols.None, acme));
        fetched.ShouldBe(["two.test", "four.test"]);
        gateway.Gateway.Loops.Sum(static l => l.Handshakes).ShouldBe(0);
    }

    [Fact]
    public async Task A_challenge_over_http_goes_before_routes_and_policies()
    {
        await using var gateway = await TestGateway.StartAsync("""
            version: 1
            listeners: { web: { address: "127.0.0.1:0" } }
            routes: { all: { respond: { body: routed } } }
            """);
        var challenges = gateway.Gateway.Store.HttpChallenges;
        challenges.Put("token-1_A", "token-1_A.thumb-print");
        (await AskAsync("/.well-known/acme-challenge/token-1_A")).Body.ShouldBe("token-1_A.thumb-print");
        foreach (var other in (string[])["/.well-known/acme-challenge/", "/.well-known/acme-challenge/token-2", "/.well-known/acme-challenge/token-1_A/x", "/.well-known/acme-challenge/" + new string('a', 129), "/"])
            (await AskAsync(other)).Body.ShouldBe("routed");

        challenges.Fetch = static async token =>
        {
            await Task.Delay(10);
            return token == "far" ? "far.away" : token == "broken" ? throw new IOException("gone") : null;
        };
        (await AskAsync("/.well-known/acme-challenge/far")).Body.ShouldBe("far.away");
        (await AskAsync("/.well-known/acme-challenge/broken")).Body.ShouldBe("routed");
        (await AskAsync("/.well-known/acme-challenge/..%2f..%2fetc")).Body.ShouldBe("routed");
        challenges.Remove("token-1_A");
        (await AskAsync("/.well-known/acme-challenge/token-1_A")).Body.ShouldBe("routed");

        Task<Message> AskAsync(string path) => gateway.AskAsync($"GET {path} HTTP/1.1\r\nHost: one.test\r\n\r\n");
    }

    private ReadyCertificate Issued(string name, string? subject = null)
    {
        using var authority = new Authority(_files, "issuer");
        using var certificate = authority.Issue([name], subject: subject);
        return new ReadyCertificate(new TlsIdentity([name], [certificate.RawData], certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKey()), certificate.NotAfter);
    }

    private static string Yaml(string tls, string listener = "", string routes = "all: { respond: { body: hello } }") => $$"""
        version: 1
        listeners: { web: { address: "127.0.0.1:0", tls: { {{tls}} }{{(listener.Length == 0 ? "" : ", " + listener)}} } }
        routes:
        {{string.Join('\n', routes.Split('\n').Select(static l => "  " + l))}}
        """;
}
