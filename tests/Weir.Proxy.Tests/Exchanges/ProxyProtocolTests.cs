using Weir.Http;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.Tls;

namespace Weir.Proxy.Tests.Exchanges;

/// <summary>A trusted proxy says whom a connection is from, before all else on it; others are not heard.</summary>
public class ProxyProtocolTests
{
    private const string Header = "PROXY TCP4 203.0.113.9 198.51.100.1 56324 443\r\n";
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [InlineData(Header, "203.0.113.9")]
    [InlineData("PROXY UNKNOWN\r\n", "127.0.0.1")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C\xCB\0\x71\x09\xC6\x33\x64\x01\xDC\x04\x01\xBB", "203.0.113.9")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", "127.0.0.1")]
    public async Task The_client_is_whom_the_header_names(string header, string client)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await StartAsync(origin);
        using var wire = await gateway.ConnectAsync();
        (await wire.AskAsync(header + Get)).Status.ShouldBe(200);
        (await wire.AskAsync(Get)).Status.ShouldBe(200);
        origin.Received.ShouldContain($"X-Forwarded-For: {client}\r\n");
        origin.Received.Split($"X-Forwarded-For: {client}\r\n").Length.ShouldBe(3);
    }

    [Fact]
    public async Task A_header_may_come_byte_by_byte()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await StartAsync(origin);
        using var wire = await gateway.ConnectAsync();
        foreach (var part in Header)
        {
            await wire.SendAsync(part.ToString());
            await Task.Delay(1);
        }

        (await wire.AskAsync(Get)).Status.ShouldBe(200);
        origin.Received.ShouldContain("X-Forwarded-For: 203.0.113.9\r\n");
    }

    [Fact]
    public async Task Tls_comes_after_it()
    {
        using var files = new Certificates();
        var certificate = files.Make("a", ["a.test"]);
        await using var origin = Origin.Answering();
        await using var gateway = await StartAsync(origin, $"tls: {{ certificates: [{certificate}] }}");
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        await socket.ConnectAsync(System.Net.IPEndPoint.Parse(gateway.Address()));
        await socket.SendAsync(System.Text.Encoding.ASCII.GetBytes(Header));
        await using var stream = new System.Net.Security.SslStream(new System.Net.Sockets.NetworkStream(socket));
#pragma warning disable CA5359 // A certificate of this test.
        await stream.AuthenticateAsClientAsync(new System.Net.Security.SslClientAuthenticationOptions { TargetHost = "a.test", RemoteCertificateValidationCallback = static (_, _, _, _) => true });
#pragma warning restore CA5359
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(stream);
        (await reader.ReadToEndAsync()).ShouldStartWith("HTTP/1.1 200");
        origin.Received.ShouldContain("X-Forwarded-For: 203.0.113.9\r\n");
    }

    [Theory]
    [InlineData(Get)]
    [InlineData("PROXY TCP4 nonsense\r\n")]
    [InlineData("PROXY TCP4 203.0.113.9")]
    public async Task Without_a_whole_header_a_trusted_connection_is_reset(string bytes)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await StartAsync(origin);
        using var wire = await gateway.ConnectAsync();
        await wire.SendAsync(bytes);
        wire.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.BadProxyHeader) == 1);
        await TestGateway.EventuallyAsync(() => gateway.Gateway.OpenListeners.Single().Open == 0);
        origin.Connections.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_header_has_its_time()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await StartAsync(origin, "timeouts: { handshake: 300ms }");
        using var wire = await gateway.ConnectAsync();
        await wire.SendAsync("PROXY ");
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.ProxyHeaderTimeout) == 1);
    }

    [Fact]
    public async Task Of_who_is_not_trusted_it_is_no_request()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await StartAsync(origin, "trusted-proxies: 192.0.2.0/24");
        using var wire = await gateway.ConnectAsync();
        (await wire.AskAsync(Header + Get)).Status.ShouldBe(400);
        using var plain = await gateway.ConnectAsync();
        (await plain.AskAsync(Get)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Limits_count_the_client_not_the_proxy()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await StartAsync(origin, "limits: { connections-per-address: 1 }");
        using var first = await gateway.ConnectAsync();
        (await first.AskAsync(Header + Get)).Status.ShouldBe(200);
        using var second = await gateway.ConnectAsync();
        var refused = await second.AskAsync(Header + Get);
        (refused.Status, refused.Refusal).ShouldBe((503, "too-many-connections-from-address"));
        using var other = await gateway.ConnectAsync();
        (await other.AskAsync("PROXY TCP4 203.0.113.10 198.51.100.1 1 443\r\n" + Get)).Status.ShouldBe(200);
        first.Dispose();
        await TestGateway.EventuallyAsync(() => gateway.Gateway.OpenListeners.Single().Open == 1);
        using var again = await gateway.ConnectAsync();
        (await again.AskAsync(Header + Get)).Status.ShouldBe(200);
    }

    private static Task<TestGateway> StartAsync(Origin origin, string listener = "")
        => TestGateway.StartAsync($$"""
            version: 1
            trusted-proxies: 127.0.0.0/8
            listeners: { web: { address: "127.0.0.1:0", proxy-protocol: true{{(listener.Length > 0 ? ", " + listener : "")}} } }
            routes: { all: { forward: origin } }
            clusters: { origin: { endpoints: ["{{origin.Url}}"] } }
            """);
}
