using System.Net;
using System.Net.Http;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Weir.Http;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.Tls;

namespace Weir.Proxy.Tests.Http2;

/// <summary>Origins of HTTP/2: real ones, and such as break the rules.</summary>
public sealed class UpstreamTests : IDisposable
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    private readonly Certificates _files = new();
    private readonly Authority _authority;

    public UpstreamTests() => _authority = new Authority(_files);

    public void Dispose()
    {
        _authority.Dispose();
        _files.Dispose();
    }

    [Theory]
    [InlineData(false, false, "http2", 1)]
    [InlineData(false, true, "http2", 1)]
    [InlineData(true, false, "http2", 2)]
    [InlineData(true, true, "auto", 1)]
    [InlineData(false, true, "auto", 2)]
    [InlineData(true, true, "http1", 1)]
    [InlineData(false, true, "http1", 1)]
    public async Task Every_client_reaches_every_origin(bool isHttp2, bool isSecure, string protocol, int loops)
    {
        await using var origin = await KestrelOrigin.StartAsync(
            KestrelOrigin.EchoAsync, isSecure ? _authority.Issue(["localhost"]) : null, isSecure ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http2);
        await using var gateway = await StartAsync(origin.Url, $"protocol: {protocol}", loops: loops);
        using var client = new HttpClient(new SocketsHttpHandler { EnableMultipleHttp2Connections = false });
        await Task.WhenAll(Enumerable.Range(0, 60).Select(async i =>
        {
            var bytes = RandomNumberGenerator.GetBytes(1 + (i * i * 50));
            using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{gateway.Address()}/echo/{i}?a=b")
            {
                Version = isHttp2 ? HttpVersion.Version20 : HttpVersion.Version11,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new ByteArrayContent(bytes),
            };
            request.Headers.TransferEncodingChunked = !isHttp2 && i % 2 == 0;
            using var response = await client.SendAsync(request);
            (await response.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(bytes).ShouldBeTrue($"exchange {i}");
            response.Headers.GetValues("x-protocol").Single().ShouldBe(protocol == "http1" ? "HTTP/1.1" : "HTTP/2");
            var saw = response.Headers.GetValues("x-saw").Single();
            saw.ShouldContain("X-Forwarded-For=127.0.0.1");
            saw.ShouldContain($"Via={(isHttp2 ? "2" : "1.1")} weir");
            if (protocol != "http1") response.TrailingHeaders.GetValues("x-length").Single().ShouldBe($"{bytes.Length}");
        }));
        if (protocol == "http2" && loops == 1) origin.Connections.ShouldBe(1);
        await IsQuietAsync(gateway);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_empty_body_of_known_length_may_have_trailers(bool late)
    {
        var sent = new SemaphoreSlim(0);
        await using var origin = Http2Origin.Answering(async (wire, id) =>
        {
            await wire.HeadersAsync(id, endStream: false, (":status", "200"), ("content-length", "0"));
            if (late) await sent.WaitAsync();
            await wire.HeadersAsync(id, endStream: true, ("x-after", "all"));
        });
        await using var gateway = await StartAsync(origin.Url, "protocol: http2");
        using var client = await Http2Wire.ConnectAsync(gateway);
        await client.HeadersAsync(1, endStream: true, Http2Gateway.Ask("/"));
        if (late) (await client.ReadStatusAsync(1)).ShouldBe("200");
        sent.Release();
        var answer = await client.ReadAnswerAsync(1);
        answer.Body.ShouldBeEmpty();
        answer.Trailers.ShouldBe([("x-after", "all")]);

        using var plain = await gateway.ConnectAsync();
        sent.Release();
        await plain.SendAsync(Get);
        var text = await plain.ReadUntilAsync("x-after: all\r\n\r\n");
        text.ShouldContain("Transfer-Encoding: chunked\r\n");
        text.ShouldNotContain("ontent-");
        text.ShouldEndWith("\r\n\r\n0\r\nx-after: all\r\n\r\n");
        await IsQuietAsync(gateway);
    }

    [Fact]
    public async Task Bytes_in_a_body_that_was_said_to_be_empty_are_refused()
    {
        var seen = new TaskCompletionSource();
        await using var origin = Http2Origin.Answering(async (wire, id) =>
        {
            await wire.HeadersAsync(id, endStream: false, (":status", "200"), ("content-length", "0"));
            await seen.Task;
            await wire.DataAsync(id, "x", endStream: true);
        });
        await using var gateway = await StartAsync(origin.Url, "protocol: http2");
        using var client = await Http2Wire.ConnectAsync(gateway);
        await client.HeadersAsync(1, endStream: true, Http2Gateway.Ask("/"));
        (await client.ReadStatusAsync(1)).ShouldBe("200");
        seen.SetResult();
        (await client.ReadResetAsync(1)).ShouldBe(2u);
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.UpstreamBadResponse) == 1);
    }

    [Fact]
    public async Task Heads_of_all_sizes_pass()
    {
        await using var origin = await KestrelOrigin.StartAsync(static async context =>
        {
            context.Response.Headers["x-long"] = context.Request.Headers["x-long"];
            await context.Response.WriteAsync("ok");
        });
        await using var gateway = await StartAsync(origin.Url, "protocol: http2", "limits: { header: 128KiB }");
        foreach (var size in new[] { 1, 100, 4000, 15_000, 16_384, 28_000 })
        {
            var answer = await gateway.AskAsync($"GET / HTTP/1.1\r\nHost: a\r\nX-Long: {new string('v', size)}\r\n\r\n");
            answer.Status.ShouldBe(200);
            answer["x-long"].ShouldBe(new string('v', size));
        }
    }

    [Fact]
    public async Task Requests_wait_for_a_stream_when_the_origin_allows_few()
    {
        var most = 0;
        var now = 0;
        await using var origin = new Http2Origin(
            async (wire, _) =>
            {
                for (var id = 1; ; id += 2)
                {
                    await wire.ReadAnswerAsync(id);
                    most = Math.Max(most, Interlocked.Increment(ref now));
                    await Task.Delay(5);
                    Interlocked.Decrement(ref now);
                    await wire.HeadersAsync(id, endStream: true, (":status", "204"));
                }
            },
            (3, 1));
        await using var gateway = await StartAsync(origin.Url, "protocol: http2, pool: { connections: 1 }");
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => gateway.AskAsync(Get)));
        answers.ShouldAllBe(static a => a.Status == 204);
        most.ShouldBe(1);
        origin.Connections.ShouldBe(1);
        await IsQuietAsync(gateway);
    }

    [Fact]
    public async Task More_streams_than_one_connection_takes_open_another()
    {
        var all = new TaskCompletionSource();
        var seen = 0;
        await using var origin = new Http2Origin(async (wire, _) =>
        {
            for (var id = 1; id <= 3; id += 2)
            {
                await wire.ReadAnswerAsync(id);
                if (Interlocked.Increment(ref seen) == 6) all.SetResult();
            }

            await all.Task;
            for (var id = 1; id <= 3; id += 2) await wire.HeadersAsync(id, endStream: true, (":status", "204"));
            await wire.ReadEndAsync();
        });
        await using var gateway = await StartAsync(origin.Url, "protocol: http2, pool: { streams: 2 }");
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => gateway.AskAsync(Get)));
        answers.ShouldAllBe(static a => a.Status == 204);
        origin.Connections.ShouldBe(3);
        await IsQuietAsync(gateway);
    }

    [Theory]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", false)]
    [InlineData(Get, false)]
    [InlineData(Get, true)]
    public async Task What_the_origin_did_not_look_at_is_sent_again(string request, bool byGoAway)
    {
        await using var origin = new Http2Origin(async (wire, number) =>
        {
            await wire.ReadAnswerAsync(1);
            if (number == 0 && byGoAway) await wire.SendAsync(Http2Wire.GoAway, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]);
            else if (number == 0) await wire.ResetAsync(1, code: 7);
            var next = number == 0 && !byGoAway ? 3 : 1;
            if (next == 3) await wire.ReadAnswerAsync(3);
            if (number == 1 || !byGoAway) await wire.HeadersAsync(next, endStream: true, (":status", "204"));
            await wire.ReadEndAsync();
        });
        await using var gateway = await StartAsync(origin.Url, "protocol: http2");
        (await gateway.AskAsync(request)).Status.ShouldBe(204);
        origin.Connections.ShouldBe(byGoAway ? 2 : 1);
        await IsQuietAsync(gateway);
    }

    [Fact]
    public async Task What_is_under_way_when_the_origin_goes_is_answered()
    {
        await using var origin = new Http2Origin(static async (wire, number) =>
        {
            await wire.ReadAnswerAsync(1);
            if (number == 0) await wire.SendAsync(Http2Wire.GoAway, 0, 0, [0, 0, 0, 1, 0, 0, 0, 0]);
            await Task.Delay(50);
            await wire.HeadersAsync(1, endStream: true, (":status", "204"));
            await wire.ReadEndAsync();
        });
        await using var gateway = await StartAsync(origin.Url, "protocol: http2");
        (await gateway.AskAsync(Get)).Status.ShouldBe(204);
        (await gateway.AskAsync(Get)).Status.ShouldBe(204);
        origin.Connections.ShouldBe(2);
        await IsQuietAsync(gateway);
    }

    public static TheoryData<string, int, string> Broken => new()
    {
        { "a reset", 502, "upstream-reset" },
        { "the end of the connection", 502, "upstream-closed" },
        { "no status", 502, "upstream-bad-response" },
        { "an upper-case name", 502, "upstream-bad-response" },
        { "a connection field", 502, "upstream-bad-response" },
        { "a block that cannot be decoded", 502, "upstream-bad-response" },
        { "a frame on stream 0", 502, "upstream-bad-response" },
        { "a push", 502, "upstream-bad-response" },
        { "an interim response that ends", 502, "upstream-bad-response" },
        { "a head that is too large", 502, "upstream-header-too-large" },
        { "silence", 504, "upstream-timeout" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task A_broken_origin_is_named(string how, int status, string refusal)
    {
        await using var origin = new Http2Origin(async (wire, _) =>
        {
            await wire.ReadAnswerAsync(1);
            switch (how)
            {
                case "a reset":
                    await wire.ResetAsync(1, code: 2);
                    break;
                case "the end of the connection":
                    return;
                case "no status":
                    await wire.HeadersAsync(1, endStream: true, ("a", "b"));
                    break;
                case "an upper-case name":
                    await wire.HeadersAsync(1, endStream: true, (":status", "200"), ("Aa", "b"));
                    break;
                case "a connection field":
                    await wire.HeadersAsync(1, endStream: true, (":status", "200"), ("connection", "close"));
                    break;
                case "a block that cannot be decoded":
                    await wire.SendAsync(Http2Wire.Headers, 5, 1, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
                    break;
                case "a frame on stream 0":
                    await wire.SendAsync(Http2Wire.Headers, 5, 0, [0x88]);
                    break;
                case "a push":
                    await wire.SendAsync(Http2Wire.PushPromise, 4, 1, [0, 0, 0, 2, 0x88]);
                    break;
                case "an interim response that ends":
                    await wire.HeadersAsync(1, endStream: true, (":status", "103"));
                    break;
                case "a head that is too large":
                    await wire.HeadersAsync(1, endStream: true, (":status", "200"), ("a", new string('b', 5000)));
                    break;
            }

            await wire.ReadEndAsync();
        });
        await using var gateway = await StartAsync(origin.Url, "protocol: http2, header-limit: 4KiB", route: how == "silence" ? "timeouts: { first-byte: 300ms }" : "");
        var answer = await gateway.AskAsync(Get);
        answer.Status.ShouldBe(status);
        answer.Refusal.ShouldBe(refusal);
        await IsQuietAsync(gateway);
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("end")]
    [InlineData("too much")]
    [InlineData("too little")]
    public async Task A_body_that_is_cut_is_cut_for_the_client_too(string how)
    {
        await using var origin = new Http2Origin(async (wire, _) =>
        {
            await wire.ReadAnswerAsync(1);
            await wire.HeadersAsync(1, endStream: false, (":status", "200"), ("content-length", "10"));
            await wire.DataAsync(1, "hello", endStream: how == "too little");
            if (how == "reset") await wire.ResetAsync(1);
            if (how == "end") return;
            if (how == "too much") await wire.DataAsync(1, "hello!", endStream: true);
            await wire.ReadEndAsync();
        });
        await using var gateway = await StartAsync(origin.Url, "protocol: http2");
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Get);
        (await client.ReadToResetAsync()).ShouldNotContain("hello!");
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.UpstreamBodyTruncated) + gateway.Refusals(Refusal.UpstreamBadResponse) == 1);
        await IsQuietAsync(gateway);
    }

    [Fact]
    public async Task Interim_responses_pass_and_the_final_one_that_comes_with_them_is_not_lost()
    {
        await using var origin = Http2Origin.Answering(static async (wire, id) =>
        {
            byte[] all =
            [
                .. Http2Wire.Frame(Http2Wire.Headers, 4, id, Http2Wire.Block((":status", "103"), ("link", "a"))),
                .. Http2Wire.Frame(Http2Wire.Headers, 4, id, Http2Wire.Block((":status", "200"), ("content-length", "2"), ("x-final", "1"))),
                .. Http2Wire.Frame(Http2Wire.Data, 1, id, "ok"u8.ToArray()),
            ];
            await wire.SendRawAsync(all);
        });
        await using var gateway = await StartAsync(origin.Url, "protocol: http2");
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            await client.SendAsync(Get);
            var answer = await client.ReadResponseAsync();
            // A hint that is overtaken by the response itself may be left out.
            if (answer.Status == 103) answer = await client.ReadResponseAsync();
            answer.Status.ShouldBe(200);
            answer["x-final"].ShouldBe("1");
            answer.Body.ShouldBe("ok");
        }
    }

    [Fact]
    public async Task An_origin_that_answers_early_ends_the_upload()
    {
        await using var origin = new Http2Origin(static async (wire, _) =>
        {
            while (wire.Seen[Http2Wire.Headers] == 0) await wire.ReadFrameAsync();
            await wire.HeadersAsync(1, endStream: true, (":status", "413"));
            await wire.ResetAsync(1, code: 0);
            await wire.ReadEndAsync();
        });
        await using var gateway = await StartAsync(origin.Url, "protocol: http2");
        using var client = await gateway.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n" + new string('x', 1000));
        (await client.ReadResponseAsync()).Status.ShouldBe(413);
        await IsQuietAsync(gateway);
    }

    [Fact]
    public async Task A_connection_that_does_not_answer_a_ping_is_given_up()
    {
        await using var origin = new Http2Origin(static async (wire, number) =>
        {
            await wire.ReadAnswerAsync(1);
            // Nothing is read any more, so no ping is answered.
            if (number == 0) await Task.Delay(TimeSpan.FromSeconds(10));
            await wire.HeadersAsync(1, endStream: true, (":status", "204"));
            await wire.ReadEndAsync();
        });
        await using var gateway = await StartAsync(origin.Url, "protocol: http2, connect-timeout: 200ms, pool: { ping: 200ms }");
        var answer = await gateway.AskAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "POST");
        answer.Refusal.ShouldBe("upstream-reset");
        (await gateway.AskAsync(Get)).Status.ShouldBe(204);
    }

    [Fact]
    public async Task An_idle_connection_is_closed_in_good_order()
    {
        var left = new TaskCompletionSource<(int, uint)>();
        await using var origin = new Http2Origin(async (wire, _) =>
        {
            await wire.ReadAnswerAsync(1);
            await wire.HeadersAsync(1, endStream: true, (":status", "204"));
            var (last, code, _) = await wire.ReadGoAwayAsync();
            left.SetResult((last, code));
        });
        await using var gateway = await StartAsync(origin.Url, "protocol: http2, pool: { idle-timeout: 100ms }");
        (await gateway.AskAsync(Get)).Status.ShouldBe(204);
        (await left.Task).ShouldBe((0, 0u));
        await TestGateway.EventuallyAsync(() => gateway.UpstreamConnections == 0);
    }

    [Fact]
    public async Task With_fewer_connections_than_loops_every_loop_is_served()
    {
        await using var origin = await KestrelOrigin.StartAsync(KestrelOrigin.EchoAsync);
        await using var gateway = await StartAsync(origin.Url, "protocol: http2, pool: { connections: 1, queue-timeout: 20s }", loops: 4);
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(async i =>
        {
            using var client = await gateway.ConnectAsync();
            var statuses = new List<int>();
            for (var n = 0; n < 3; n++) statuses.Add((await client.AskAsync(Get)).Status);
            return statuses;
        }));
        answers.ShouldAllBe(static a => a.All(static s => s == 200));
        gateway.UpstreamConnections.ShouldBeLessThanOrEqualTo(1);
        await IsQuietAsync(gateway);
    }

    [Theory]
    [InlineData("""c: { protocol: http2, endpoints: ["http://127.0.0.1:1"], proxy-protocol: v1 }""", "serve one client each")]
    [InlineData("""c: { protocol: http2, endpoints: ["tcp://127.0.0.1:1"] }""", "not of HTTP")]
    [InlineData("""c: { protocol: http2, endpoints: ["udp://127.0.0.1:1"] }""", "not of HTTP")]
    public async Task What_cannot_be_shared_is_refused_in_the_file(string cluster, string said)
    {
        await using var gateway = await TestGateway.StartAsync("version: 1\nlisteners: { web: \"127.0.0.1:0\" }\nroutes: { r: { respond: 200 } }");
        var result = await gateway.ApplyAsync($"version: 1\nlisteners: {{ web: \"127.0.0.1:0\" }}\nroutes: {{ r: {{ respond: 200 }} }}\nclusters: {{ {cluster} }}");
        result.IsApplied.ShouldBeFalse();
        string.Join('\n', result.Diagnostics.Select(static d => d.Text)).ShouldContain(said);
    }

    [Fact]
    public async Task No_origin_fails_all_who_wait_for_it()
    {
        await using var gateway = await StartAsync(Origin.Refusing(), "protocol: http2");
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => gateway.AskAsync(Get)));
        answers.ShouldAllBe(static a => a.Status == 502 && a.Refusal == "connect-failed");
        await IsQuietAsync(gateway);
    }

    private Task<TestGateway> StartAsync(string url, string cluster, string listener = "", string route = "", int loops = 1)
        => TestGateway.StartAsync(
            $$"""
            version: 1
            listeners: { web: { address: "127.0.0.1:0"{{(listener.Length > 0 ? ", " + listener : "")}} } }
            routes: { all: { forward: origin{{(route.Length > 0 ? ", " + route : "")}} } }
            clusters: { origin: { endpoints: ["{{url}}"], tls: { name: localhost, ca: "{{_authority.File}}" }, {{cluster}} } }
            """,
            loops);

    private static async Task IsQuietAsync(TestGateway gateway)
    {
        await TestGateway.EventuallyAsync(() => gateway.Active == 0, "the end of the exchanges");
        gateway.Gateway.Store.Endpoints.ShouldAllBe(static e => e.Active == 0);
    }
}
