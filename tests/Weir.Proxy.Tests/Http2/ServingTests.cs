using System.Net;
using System.Net.Http;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Weir.Http;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Http2;

/// <summary>Clients of HTTP/2, as the platform's own client is one, to origins of HTTP/1.1.</summary>
public sealed class ServingTests
{
    [Fact]
    public async Task A_request_and_its_response()
    {
        await using var origin = Origin.Answering("HTTP/1.1 201 Fine\r\nContent-Length: 2\r\nX-Answer: yes\r\nConnection: x-hop\r\nX-Hop: 1\r\n\r\nok");
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = Client();
        using var request = Request(gateway, "/a/b?c=d");
        request.Headers.Add("X-Asked", "1");
        using var response = await client.SendAsync(request);
        response.StatusCode.ShouldBe(HttpStatusCode.Created);
        response.Version.ShouldBe(HttpVersion.Version20);
        response.Headers.GetValues("X-Answer").ShouldBe(["yes"]);
        response.Headers.Contains("X-Hop").ShouldBeFalse();
        response.Headers.Date.ShouldNotBeNull();
        (await response.Content.ReadAsStringAsync()).ShouldBe("ok");
        origin.Received.ShouldStartWith("GET /a/b?c=d HTTP/1.1\r\nHost: 127.0.0.1:");
        origin.Received.ShouldContain("x-asked: 1\r\n");
        origin.Received.ShouldContain("Via: 2 weir\r\n");
        await IsQuietAsync(gateway, client);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 3)]
    [InlineData(65_536, 1)]
    [InlineData(5_000_000, 2)]
    public async Task Bodies_pass_both_ways_on_many_streams_at_once(int size, int loops)
    {
        await using var origin = Origin.Start(static async (wire, _) =>
        {
            while (true)
            {
                var request = await wire.ReadRequestAsync();
                await wire.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {request.Body.Length}\r\n\r\n{request.Body}");
            }
        }, records: false);
        await using var gateway = await TestGateway.ForwardingAsync(origin, loops: loops);
        using var client = Client();
        var streams = size > 1_000_000 ? 4 : 100;
        await Task.WhenAll(Enumerable.Range(0, streams).Select(async i =>
        {
            var bytes = RandomNumberGenerator.GetBytes(size);
            bytes[0] = (byte)i;
            using var request = Request(gateway, "/" + i);
            request.Method = HttpMethod.Post;
            request.Content = new ByteArrayContent(bytes);
            using var response = await client.SendAsync(request);
            (await response.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(bytes).ShouldBeTrue($"stream {i}");
        }));
        await IsQuietAsync(gateway, client);
    }

    [Fact]
    public async Task Trailers_pass_both_ways()
    {
        await using var origin = Origin.Start(static async (wire, _) =>
        {
            (await wire.ReadUntilAsync("0\r\nx-sum: 5\r\n\r\n")).ShouldContain("hello");
            await wire.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Count: 2\r\n\r\n");
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var wire = await Http2Wire.ConnectAsync(gateway);
        await wire.HeadersAsync(1, endStream: false, Http2Gateway.Ask("/", "POST"));
        await wire.DataAsync(1, "hello", endStream: false);
        await wire.HeadersAsync(1, endStream: true, ("x-sum", "5"));
        var answer = await wire.ReadAnswerAsync(1);
        answer.Status.ShouldBe("200");
        answer.Body.ShouldBe("ok");
        answer.Trailers.ShouldBe([("x-count", "2")]);
    }

    [Fact]
    public async Task A_stream_that_nobody_reads_holds_up_no_other()
    {
        var stuck = new TaskCompletionSource();
        await using var origin = Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                var head = await wire.ReadUntilAsync("\r\n\r\n");
                if (head.Contains("/stuck", StringComparison.Ordinal)) await stuck.Task;
                else await wire.SendAsync(Origin.Ok);
            }
        }, receiveBuffer: 4096);
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var wire = await Http2Wire.ConnectAsync(gateway);
        await wire.HeadersAsync(1, endStream: false, Http2Gateway.Ask("/stuck", "POST"));
        // More than the origin takes, as far as its window lets it.
        var sent = await wire.FillWindowAsync(1, patience: 500);
        sent.ShouldBeInRange(65_536, 16 * 1024 * 1024);
        for (var id = 3; id < 103; id += 2)
        {
            await wire.HeadersAsync(id, endStream: true, Http2Gateway.Ask("/"));
            (await wire.ReadAnswerAsync(id)).Status.ShouldBe("200");
        }

        stuck.SetResult();
    }

    [Fact]
    public async Task A_client_that_takes_one_body_slowly_gets_the_others()
    {
        await using var origin = Origin.Start(static async (wire, _) =>
        {
            while (true)
            {
                var request = await wire.ReadRequestAsync();
                await wire.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n{new string('x', 200_000)}");
            }
        }, records: false);
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var wire = await Http2Wire.ConnectAsync(gateway, window: 0);
        await wire.WindowUpdateAsync(0, 10_000_000);
        for (var id = 1; id <= 5; id += 2) await wire.HeadersAsync(id, endStream: true, Http2Gateway.Ask("/"));
        await wire.WindowUpdateAsync(5, 1_000_000);
        (await wire.ReadAnswerAsync(5)).Body.Length.ShouldBe(200_000);
        await wire.WindowUpdateAsync(1, 1_000_000);
        (await wire.ReadAnswerAsync(1)).Body.Length.ShouldBe(200_000);
        await wire.WindowUpdateAsync(3, 1_000_000);
        (await wire.ReadAnswerAsync(3)).Body.Length.ShouldBe(200_000);
    }

    [Fact]
    public async Task A_client_that_gives_up_a_request_is_gone_for_the_origin()
    {
        await using var origin = Origin.Start(static async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx");
            await wire.ReadToEndAsync();
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = Client();
        using (var request = Request(gateway, "/"))
        using (await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        {
            gateway.Active.ShouldBe(1);
        }

        await TestGateway.EventuallyAsync(() => gateway.Active == 0 && gateway.UpstreamConnections == 0, "the end of the exchange");
        gateway.Refusals(Refusal.ClientGone).ShouldBe(1);
    }

    [Fact]
    public async Task What_is_refused_is_answered_like_in_http1()
    {
        await using var gateway = await TestGateway.StartAsync("version: 1\nlisteners: { web: \"127.0.0.1:0\" }\nroutes: { a: { match: { path: /a, methods: [GET] }, respond: { status: 200, body: hi } } }");
        using var client = Client();
        using var missing = await client.SendAsync(Request(gateway, "/b"));
        missing.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        missing.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        using var wrong = await client.SendAsync(new HttpRequestMessage(HttpMethod.Delete, Request(gateway, "/a").RequestUri) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact });
        wrong.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        using var right = await client.SendAsync(Request(gateway, "/a"));
        (await right.Content.ReadAsStringAsync()).ShouldBe("hi");
        using var head = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, Request(gateway, "/a").RequestUri) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact });
        head.StatusCode.ShouldBe(HttpStatusCode.OK);
        head.Content.Headers.ContentLength.ShouldBe(2);
    }

    [Fact]
    public async Task Websocket_passes_to_an_origin_of_http1()
    {
        await using var origin = Origin.Start(static async (wire, _) =>
        {
            var head = await wire.ReadUntilAsync("\r\n\r\n");
            head.ShouldStartWith("GET /chat HTTP/1.1\r\n");
            head.ShouldContain("Connection: Upgrade\r\n", Case.Insensitive);
            head.ShouldContain("Upgrade: websocket\r\n", Case.Insensitive);
            head.ShouldContain("Sec-WebSocket-Version: 13\r\n", Case.Insensitive);
            var key = head.Split("Sec-WebSocket-Key: ")[1].Split("\r\n")[0];
#pragma warning disable CA5350 // RFC 6455 names it.
            var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
            await wire.SendAsync($"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n");
            // A text frame of the client's, masked; it is said again without the mask.
            var frame = Encoding.Latin1.GetBytes(await wire.ReadCountAsync(2 + 4 + 5));
            var text = new byte[5];
            for (var i = 0; i < 5; i++) text[i] = (byte)(frame[6 + i] ^ frame[2 + (i % 4)]);
            await wire.SendAsync("\u0081\u0005" + Encoding.ASCII.GetString(text));
            await wire.ReadCountAsync(2 + 4 + 2);
            await wire.SendAsync("\u0088\u0002\u0003\u00e8");
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler());
        using var socket = new ClientWebSocket();
        socket.Options.HttpVersion = HttpVersion.Version20;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        await socket.ConnectAsync(new Uri($"ws://{gateway.Address()}/chat"), invoker, default);
        await socket.SendAsync(Encoding.ASCII.GetBytes("hello"), WebSocketMessageType.Text, true, default);
        var buffer = new byte[16];
        var received = await socket.ReceiveAsync(buffer, default);
        Encoding.ASCII.GetString(buffer, 0, received.Count).ShouldBe("hello");
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
        await TestGateway.EventuallyAsync(() => gateway.Active == 0, "the end of the tunnel");
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 502)]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: wrong\r\n\r\n", 502)]
    [InlineData("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", 403)]
    public async Task Websocket_is_not_taken_for_open_unless_it_is(string answer, int status)
    {
        await using var origin = Origin.Answering(answer);
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var wire = await Http2Wire.ConnectAsync(gateway);
        await wire.HeadersAsync(1, endStream: false, (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":path", "/"), (":authority", "a"));
        (await wire.ReadAnswerAsync(1)).Status.ShouldBe($"{status}");
    }

    [Fact]
    public async Task Websocket_is_refused_where_the_route_has_none()
    {
        await using var gateway = await TestGateway.StartAsync("version: 1\nlisteners: { web: \"127.0.0.1:0\" }\nroutes: { a: { respond: 200 } }");
        using var wire = await Http2Wire.ConnectAsync(gateway);
        await wire.HeadersAsync(1, endStream: false, (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":path", "/"), (":authority", "a"));
        (await wire.ReadAnswerAsync(1)).Status.ShouldBe("501");
    }

    [Fact]
    public async Task A_stop_answers_what_is_under_way_and_says_so()
    {
        var go = new TaskCompletionSource();
        await using var origin = Origin.Held(go.Task);
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var wire = await Http2Wire.ConnectAsync(gateway);
        await wire.HeadersAsync(1, endStream: true, Http2Gateway.Ask("/"));
        await TestGateway.EventuallyAsync(() => gateway.Active == 1);
        var stopping = gateway.Gateway.DrainAsync(TimeSpan.FromSeconds(20));
        (await wire.ReadGoAwayAsync()).LastStream.ShouldBe(int.MaxValue);
        go.SetResult();
        (await wire.ReadAnswerAsync(1)).Status.ShouldBe("200");
        (await wire.ReadGoAwayAsync()).LastStream.ShouldBe(1);
        await wire.ReadEndAsync();
        await stopping;
    }

    [Fact]
    public async Task A_listener_may_speak_http1_alone()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, "http2: false");
        (await gateway.AskAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")).Status.ShouldBe(505);
    }

    private static HttpClient Client() => new(new SocketsHttpHandler { EnableMultipleHttp2Connections = false });

    private static HttpRequestMessage Request(TestGateway gateway, string path)
        => new(HttpMethod.Get, $"http://{gateway.Address()}{path}") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };

    private static async Task IsQuietAsync(TestGateway gateway, HttpClient client)
    {
        client.Dispose();
        await TestGateway.EventuallyAsync(() => gateway.Active == 0 && gateway.Gateway.OpenListeners.Single().Open == 0, "the end of the connection");
        foreach (var loop in gateway.Gateway.Loops) await loop.RunAsync(static l => l.Loop.Buffers.Leased.ShouldBe(0));
    }
}
