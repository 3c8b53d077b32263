using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using Weir.Http;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.Tls;

namespace Weir.Proxy.Tests.Streams;

/// <summary>Which endpoint a TLS connection reaches, by what its handshake asks for; and who ends its TLS.</summary>
public sealed class NameTests : IDisposable
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";
    private readonly Certificates _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("one.test", "one")]
    [InlineData("ONE.test", "one")]
    [InlineData("x.two.test", "two")]
    [InlineData("two.test", "other")]
    [InlineData("x.y.two.test", "other")]
    [InlineData("else.test", "other")]
    [InlineData(null, "other")]
    public async Task Tls_passes_through_to_the_endpoint_of_its_name(string? asked, string shown)
    {
        using var authority = new Tls.Authority(_files);
        using var one = authority.Issue(["one"]);
        using var two = authority.Issue(["two"]);
        using var other = authority.Issue(["other"]);
        await using var first = TlsOrigin.Start(one);
        await using var second = TlsOrigin.Start(two);
        await using var third = TlsOrigin.Start(other);
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners:
              web:
                address: "127.0.0.1:0"
                protocol: tcp
                forward: other
                streams: [{ sni: one.test, forward: one }, { sni: "*.two.test", forward: two }]
            clusters: { one: { endpoints: ["{{Tcp(first)}}"] }, two: { endpoints: ["{{Tcp(second)}}"] }, other: { endpoints: ["{{Tcp(third)}}"] } }
            """);
        using var client = await TlsClient.ConnectAsync(gateway, asked);
        client.Shown.ShouldBe(shown);
        for (var i = 0; i < 3; i++) (await client.AskAsync(Get)).ShouldStartWith("HTTP/1.1 200 ");
    }

    [Fact]
    public async Task A_protocol_that_is_offered_decides_too()
    {
        using var authority = new Tls.Authority(_files);
        using var shown = authority.Issue(["db"]);
        await using var db = TlsOrigin.Start(shown);
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: { address: "127.0.0.1:0", protocol: tcp, streams: [{ alpn: [postgresql], forward: db }] } }
            clusters: { db: { endpoints: ["{{Tcp(db)}}"] } }
            """);
        using var client = await TlsClient.ConnectAsync(gateway, "any.test", SslProtocols.None, SslApplicationProtocol.Http11, new SslApplicationProtocol("postgresql"));
        client.Shown.ShouldBe("db");
        await Should.ThrowAsync<Exception>(() => TlsClient.ConnectAsync(gateway, "any.test", SslProtocols.None, SslApplicationProtocol.Http11));
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.NoStream) == 1);
    }

    [Fact]
    public async Task A_hello_that_comes_byte_by_byte_is_waited_for_and_what_is_none_goes_on()
    {
        await using var one = new TcpOrigin(static socket => TcpOrigin.EchoAsync(socket));
        await using var other = new TcpOrigin(static socket => TcpOrigin.EchoAsync(socket));
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: { address: "127.0.0.1:0", protocol: tcp, timeouts: { handshake: 300ms }, forward: other, streams: [{ sni: a.test, forward: one }] } }
            clusters: { one: { endpoints: ["{{one.Url}}"] }, other: { endpoints: ["{{other.Url}}"] } }
            """);
        var hello = Hello.Real();
        using (var slow = await gateway.ConnectAsync())
        {
            foreach (var part in hello.Chunk(hello.Length / 20))
            {
                await slow.SendAsync(part);
                await Task.Delay(2);
            }

            await TestGateway.EventuallyAsync(() => one.Accepted == 1);
        }

        // No TLS, part of a hello and then the end, silence until the time is over.
        using var plain = await gateway.ConnectAsync();
        await plain.SendAsync("SSH-2.0-x\r\n"u8.ToArray());
        await TestGateway.EventuallyAsync(() => other.Accepted == 1);
        using var half = await gateway.ConnectAsync();
        await half.SendAsync(hello.AsMemory(0, 50));
        half.FinishSending();
        await TestGateway.EventuallyAsync(() => other.Accepted == 2);
        using var silent = await gateway.ConnectAsync();
        await TestGateway.EventuallyAsync(() => other.Accepted == 3);
        one.Accepted.ShouldBe(1);
    }

    [Fact]
    public async Task Tls_can_end_at_the_listener_with_a_client_certificate_and_be_made_anew_to_the_endpoint()
    {
        using var authority = new Tls.Authority(_files);
        using var shown = authority.Issue(["db.internal", "127.0.0.1"]);
        await using var plain = new TcpOrigin(static socket => TcpOrigin.EchoAsync(socket));
        await using var secure = TlsOrigin.Start(shown);
        var certificate = _files.Make("a", ["a.test", "b.test"]);
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners:
              web:
                address: "127.0.0.1:0"
                protocol: tcp
                tls: { certificates: [{{certificate}}], client-auth: { ca: "{{authority.File}}" } }
                forward: plain
                streams: [{ sni: b.test, forward: secure }, { alpn: redis, forward: plain }]
            clusters:
              plain: { endpoints: ["{{plain.Url}}"] }
              secure: { endpoints: ["{{secure.Url.Replace("https", "tls")}}"], tls: { ca: "{{authority.File}}" } }
            """);
        using var alice = authority.Issue(["alice.test"]);
        using var echoed = await TlsClient.ConnectAsync(gateway, "a.test", alice, []);
        var text = new string('x', 300_000) + "end";
        var sending = echoed.SendAsync(text);
        (await echoed.ReadUntilAsync("end")).ShouldBe(text);
        await sending;
        using var onward = await TlsClient.ConnectAsync(gateway, "b.test", alice, []);
        (await onward.AskAsync(Get)).ShouldStartWith("HTTP/1.1 200 ");
        await Should.ThrowAsync<Exception>(async () =>
        {
            using var without = await TlsClient.ConnectAsync(gateway, "a.test");
            await without.SendAsync("x");
            await without.ReadUntilAsync("x");
        });
        gateway.Refusals(Refusal.ClientCertificateMissing).ShouldBe(1);
    }

    [Fact]
    public async Task Plain_http_on_it_is_no_http_and_is_not_answered()
    {
        await using var plain = new TcpOrigin(static socket => TcpOrigin.EchoAsync(socket));
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: { address: "127.0.0.1:0", protocol: tcp, tls: { certificates: [{{_files.Make("a", ["a.test"])}}] }, forward: plain } }
            clusters: { plain: { endpoints: ["{{plain.Url}}"] } }
            """);
        using var wire = await gateway.ConnectAsync();
        await wire.SendAsync(Encoding.ASCII.GetBytes(Get));
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.TlsHandshakeFailed) == 1);
        plain.Accepted.ShouldBe(0);
    }

    private static string Tcp(TlsOrigin origin) => $"tcp://127.0.0.1:{origin.Port}";
}
