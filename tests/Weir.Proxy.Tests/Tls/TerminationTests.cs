using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using Weir.Http;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Tls;

/// <summary>TLS ends at the listener: inside of it everything is as without.</summary>
public sealed class TerminationTests : IDisposable
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";

    private readonly Certificates _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Requests_are_served_on_a_kept_connection(SslProtocols protocol)
    {
        await using var origin = Origin.Answering(static request => $"HTTP/1.1 200 OK\r\nX-Seen: {request["X-Forwarded-Proto"]}\r\nContent-Length: 2\r\n\r\nok");
        await using var gateway = await StartAsync(origin);
        using var client = await TlsClient.ConnectAsync(gateway, "a.test", protocol);
        client.Stream.SslProtocol.ShouldBe(protocol);
        for (var i = 0; i < 3; i++)
        {
            var answer = await client.AskAsync(Get);
            answer.ShouldStartWith("HTTP/1.1 200 OK\r\n");
            answer.ShouldContain("X-Seen: https\r\n");
            answer.ShouldEndWith("\r\n\r\nok");
        }

        gateway.Gateway.Loops.Sum(static l => l.HandshakesDone).ShouldBe(1);
    }

    [Theory]
    [InlineData(100, "length")]
    [InlineData(16_384, "length")]
    [InlineData(70_000, "chunked")]
    [InlineData(3_000_000, "length")]
    [InlineData(3_000_000, "chunked")]
    public async Task Bodies_pass_both_ways_byte_for_byte(int size, string framing)
    {
        var body = string.Create(size, 0, static (text, _) =>
        {
            var random = new Random(7);
            for (var i = 0; i < text.Length; i++) text[i] = (char)('a' + random.Next(26));
        });
        await using var origin = Origin.Answering(static request => $"HTTP/1.1 200 OK\r\nContent-Length: {request.Body.Length}\r\n\r\n{request.Body}");
        await using var gateway = await StartAsync(origin);
        using var client = await TlsClient.ConnectAsync(gateway, "a.test");
        for (var i = 0; i < 2; i++)
        {
            var sending = client.SendAsync("POST / HTTP/1.1\r\nHost: a.test\r\n" + (framing == "length"
                ? $"Content-Length: {size}\r\n\r\n{body}"
                : $"Transfer-Encoding: chunked\r\n\r\n{size:x}\r\n{body}\r\n0\r\n\r\n"));
            var answer = await client.ReadResponseAsync();
            await sending;
            answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..].ShouldBe(body);
        }
    }

    [Fact]
    public async Task Chunked_responses_pass_to_a_reader_that_is_slow()
    {
        const int chunks = 200;
        var chunk = new string('x', 9000);
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (var i = 0; i < chunks; i++) await wire.SendAsync($"2328\r\n{chunk}\r\n");
            await wire.SendAsync("0\r\n\r\n");
        });
        await using var gateway = await StartAsync(origin);
        using var client = await TlsClient.ConnectAsync(gateway, "a.test");
        await client.SendAsync(Get);
        await client.ReadUntilAsync("\r\n\r\n");
        await Task.Delay(300);
        var body = await client.ReadUntilAsync("\r\n0\r\n\r\n");
        body.Count(static c => c == 'x').ShouldBe(chunks * chunk.Length);
    }

    [Fact]
    public async Task A_tunnel_passes_both_ways()
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello\n");
            while (true) await wire.SendAsync("echo " + await wire.ReadUntilAsync("\n"));
        });
        await using var gateway = await StartAsync(origin);
        using var client = await TlsClient.ConnectAsync(gateway, "a.test");
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        (await client.ReadUntilAsync("hello\n")).ShouldStartWith("HTTP/1.1 101 ");
        for (var i = 0; i < 5; i++)
        {
            await client.SendAsync($"line {i}\n");
            (await client.ReadUntilAsync("\n")).ShouldBe($"echo line {i}\n");
        }
    }

    [Fact]
    public async Task Requests_that_come_one_byte_at_a_time_or_many_at_once_are_served()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await StartAsync(origin);
        using var client = await TlsClient.ConnectAsync(gateway, "a.test");
        foreach (var c in Get) await client.SendAsync(c.ToString());
        (await client.ReadResponseAsync()).ShouldEndWith("ok");
        await client.SendAsync(string.Concat(Enumerable.Repeat(Get, 50)));
        for (var i = 0; i < 50; i++) (await client.ReadResponseAsync()).ShouldEndWith("ok");
    }

    [Fact]
    public async Task A_close_is_said()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await StartAsync(origin);
        using var client = await TlsClient.ConnectAsync(gateway, "a.test");
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n");
        (await client.ReadToEndAsync()).ShouldEndWith("ok");
        await TestGateway.EventuallyAsync(() => gateway.Gateway.OpenListeners.Single().Open == 0);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("POST /long HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")]
    public async Task Plain_http_is_told_that_this_is_tls(string request)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await StartAsync(origin);
        using var client = await gateway.ConnectAsync();
        var answer = await client.AskAsync(request);
        (answer.Status, answer.Refusal).ShouldBe((400, "plain-http-on-tls"));
        answer.Closes.ShouldBeTrue();
        (await client.ReadToEndAsync()).ShouldBe("");
        origin.Connections.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("\x16\x03\x01\x00\x05junk!")]
    [InlineData("\x80\x2e\x01\x00\x02")]
    [InlineData("\x16\x03\x01\xff\xff")]
    public async Task What_is_no_handshake_is_counted_and_closed(string bytes)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await StartAsync(origin, "timeouts: { handshake: 300ms }");
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(bytes);
        await client.ReadToAnyEndAsync();
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.TlsHandshakeFailed) + gateway.Refusals(Refusal.TlsHandshakeTimeout) == 1);
        await TestGateway.EventuallyAsync(() => gateway.Gateway.OpenListeners.Single().Open == 0 && gateway.Gateway.Loops.Sum(static l => l.Handshakes) == 0);
    }

    [Fact]
    public async Task A_handshake_that_is_not_made_in_time_ends()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await StartAsync(origin, "timeouts: { handshake: 200ms }");
        using var silent = await gateway.ConnectAsync();
        await Should.ThrowAsync<ResetException>(silent.ReadToEndAsync());
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.TlsHandshakeTimeout) == 1);
    }

    [Fact]
    public async Task Handshakes_beyond_the_limit_are_refused()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await StartAsync(origin, "limits: { handshakes: 2 }");
        using var first = await gateway.ConnectAsync();
        using var second = await gateway.ConnectAsync();
        await TestGateway.EventuallyAsync(() => gateway.Gateway.Loops.Sum(static l => l.Handshakes) == 2);
        await Should.ThrowAsync<Exception>(async () => await TlsClient.ConnectAsync(gateway, "a.test"));
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.TooManyHandshakes) == 1);
        first.Dispose();
        await TestGateway.EventuallyAsync(() => gateway.Gateway.Loops.Sum(static l => l.Handshakes) == 1);
        using var served = await TlsClient.ConnectAsync(gateway, "a.test");
        (await served.AskAsync(Get)).ShouldEndWith("ok");
    }

    [Fact]
    public async Task Only_protocols_that_are_spoken_are_agreed_on()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await StartAsync(origin);
        using var both = await TlsClient.ConnectAsync(gateway, "a.test", SslProtocols.None, SslApplicationProtocol.Http11, SslApplicationProtocol.Http2);
        both.Stream.NegotiatedApplicationProtocol.ShouldBe(SslApplicationProtocol.Http2);
        using var old = await TlsClient.ConnectAsync(gateway, "a.test", SslProtocols.None, SslApplicationProtocol.Http11);
        old.Stream.NegotiatedApplicationProtocol.ShouldBe(SslApplicationProtocol.Http11);
        using var none = await TlsClient.ConnectAsync(gateway, "a.test");
        none.Stream.NegotiatedApplicationProtocol.Protocol.Length.ShouldBe(0);
        await Should.ThrowAsync<AuthenticationException>(() => TlsClient.ConnectAsync(gateway, "a.test", SslProtocols.None, new SslApplicationProtocol(Encoding.ASCII.GetBytes("spdy/3"))));
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.TlsHandshakeFailed) == 1);
    }

    [Fact]
    public async Task Modern_is_tls_1_3_alone()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await StartAsync(origin, profile: "profile: modern");
        using var client = await TlsClient.ConnectAsync(gateway, "a.test", SslProtocols.Tls13);
        (await client.AskAsync(Get)).ShouldEndWith("ok");
        await Should.ThrowAsync<AuthenticationException>(() => TlsClient.ConnectAsync(gateway, "a.test", SslProtocols.Tls12));
    }

    [Fact]
    public async Task A_thousand_connections_that_end_anywhere_leave_nothing()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await StartAsync(origin);
        var random = new Random(3);
        await Parallel.ForEachAsync(Enumerable.Range(0, 1000), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            if (i % 3 == 0)
            {
                using var raw = await gateway.ConnectAsync();
                await raw.SendAsync(Convert.FromHexString("16030100f8010000f40303").AsMemory(0, random.Next(11)));
                if (i % 2 == 0) raw.Reset();
                return;
            }

            using var client = await TlsClient.ConnectAsync(gateway, "a.test");
            if (i % 3 == 1) (await client.AskAsync(Get)).ShouldEndWith("ok");
            else await client.SendAsync(Get[..random.Next(Get.Length)]);
        });
        await TestGateway.EventuallyAsync(() => gateway.Gateway.OpenListeners.Single().Open == 0, "connections");
        gateway.Gateway.Loops.Sum(static l => l.Loop.Buffers.Leased).ShouldBe(0);
        gateway.Gateway.Loops.Sum(static l => l.Handshakes).ShouldBe(0);
    }

    private Task<TestGateway> StartAsync(Origin origin, string listener = "", string profile = "")
    {
        var certificate = _files.Make("a", ["a.test"]);
        return TestGateway.ForwardingAsync(origin, $"tls: {{ certificates: [{certificate}]{(profile.Length == 0 ? "" : ", " + profile)} }}" + (listener.Length == 0 ? "" : ", " + listener));
    }
}
