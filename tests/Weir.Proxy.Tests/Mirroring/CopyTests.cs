using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Weir.Http;
using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.GrpcWeb;
using Weir.Proxy.Tests.Http2;
using Weir.Sdk.Policies;
using static Weir.Proxy.Tests.Mirroring.MirrorSite;

namespace Weir.Proxy.Tests.Mirroring;

/// <summary>What is copied, and when.</summary>
public sealed class CopyTests
{
    [Fact]
    public async Task A_copy_is_the_request_as_its_origin_gets_it_with_a_mark()
    {
        await using var origin = Origin.Answering();
        await using var shadow = Origin.Answering("HTTP/1.1 500 No\r\nContent-Length: 4\r\n\r\nelse");
        await using var site = await StartAsync(origin.Url, shadow.Url, route: "policies: [{ headers: { request: { set: { X-Policy: p } } } }]");
        var answer = await site.Gateway.AskAsync("GET /x?y=1 HTTP/1.1\r\nHost: shop.example\r\nX-Mine: a\r\nX-Mine: b\r\nX-Weir-Mirror: forged\r\nConnection: close\r\n\r\n");
        answer.Body.ShouldBe("ok");
        await site.ShouldComeToAsync(MirrorOutcome.Answered);
        var lines = origin.Received.Split("\r\n");
        lines.ShouldNotContain(static l => l.StartsWith("x-weir-mirror", StringComparison.OrdinalIgnoreCase));
        lines.ShouldContain("X-Policy: p");
        lines[0].ShouldBe("GET /x?y=1 HTTP/1.1");
        var copied = shadow.Received.Split("\r\n");
        copied[0].ShouldBe(lines[0]);
        copied.Order().ShouldBe(lines.Append("X-Weir-Mirror: all").Order());
    }

    [Fact]
    public async Task Bodies_and_trailers_are_copied()
    {
        await using var origin = Origin.Answering(static r => $"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{r.Body.Length:00}");
        await using var shadow = Origin.Answering();
        await using var site = await StartAsync(origin.Url, shadow.Url);
        using var client = await site.Gateway.ConnectAsync();
        (await client.AskAsync(Post("0123456789"))).Body.ShouldBe("10");
        await client.SendAsync("PUT /c HTTP/1.1\r\nHost: a\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
        await TestGateway.EventuallyAsync(() => shadow.Received.Contains("first", StringComparison.Ordinal));
        await client.SendAsync("6\r\nsecond\r\n0\r\nX-Sum: 7\r\n\r\n");
        (await client.ReadResponseAsync("PUT")).Body.ShouldBe("11");
        await site.ShouldComeToAsync(MirrorOutcome.Answered, 2);
        shadow.Received.ShouldContain("\r\n\r\n0123456789");
        shadow.Received.ShouldContain("Trailer: X-Sum\r\n");
        shadow.Received.ShouldEndWith("6\r\nsecond\r\n0\r\nX-Sum: 7\r\n\r\n");
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Either_side_may_speak_http_2(bool isClient, bool isOrigin)
    {
        var seen = new List<string>();
        Task<KestrelOrigin> StartOriginAsync() => KestrelOrigin.StartAsync(async context =>
        {
            var length = 0L;
            var buffer = new byte[16 * 1024];
            while (await context.Request.Body.ReadAsync(buffer) is > 0 and var read) length += read;
            lock (seen) seen.Add($"{context.Request.Headers["X-Weir-Mirror"]} {context.Request.Method} {context.Request.Path} {context.Request.Host} {length}");
            await context.Response.WriteAsync("ok");
        }, protocols: isOrigin ? Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http2 : Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http1);
        await using var origin = await StartOriginAsync();
        await using var shadow = await StartOriginAsync();
        var protocol = isOrigin ? "protocol: http2" : "protocol: http1";
        await using var site = await StartAsync(origin.Url, shadow.Url, "compare: {}", cluster: protocol, shadowCluster: protocol);
        if (isClient)
        {
            using var wire = await Http2Wire.ConnectAsync(site.Gateway);
            await wire.HeadersAsync(1, endStream: false, (":method", "POST"), (":scheme", "http"), (":path", "/x"), (":authority", "shop.example"));
            await wire.DataAsync(1, new string('x', 9000), endStream: false);
            await wire.DataAsync(1, new string('y', 1000), endStream: true);
            (await wire.ReadAnswerAsync(1)).Status.ShouldBe("200");
        }
        else
        {
            (await site.Gateway.AskAsync(Post(new string('x', 10_000)))).Body.ShouldBe("ok");
        }

        await site.ShouldComeToAsync(MirrorOutcome.Answered);
        seen.Order().ShouldBe([" POST /x shop.example 10000", "all POST /x shop.example 10000"]);
        site.Count(MirrorResult.Same).ShouldBe(1);
    }

    [Fact]
    public async Task Grpc_web_is_copied_as_the_grpc_that_it_becomes()
    {
        await using var origin = GrpcOrigin();
        Answer? copied = null;
        await using var shadow = GrpcOrigin(seen => copied = seen);
        await using var site = new MirrorSite(await TestGateway.StartAsync(
            Yaml(origin.Url, shadow.Url, "compare: { headers: grpc-status }", cluster: "protocol: http2", shadowCluster: "protocol: http2").Replace("cluster: origin,", "cluster: origin, grpc-web: true,")));
        var body = WebCalls.Message("asked");
        var answer = await WebCalls.CallAsync(site.Gateway, false, "application/grpc-web-text", WebCalls.Encode(body));
        answer.Messages.ShouldBe(["one"]);
        await site.ShouldComeToAsync(MirrorOutcome.Answered);
        copied!["content-type"].ShouldBe("application/grpc");
        copied.Body.ShouldBe(body);
        site.Count(MirrorResult.Same).ShouldBe(1);

        static Http2Origin GrpcOrigin(Action<Answer>? note = null) => Http2Origin.Answering(async (wire, id) =>
        {
            var seen = await wire.ReadAnswerAsync(id);
            note?.Invoke(seen);
            await wire.HeadersAsync(id, endStream: false, (":status", "200"), ("content-type", "application/grpc"));
            await wire.DataAsync(id, WebCalls.Message("one"), endStream: false);
            await wire.HeadersAsync(id, endStream: true, ("grpc-status", "0"));
        });
    }

    [Fact]
    public async Task No_policy_runs_twice()
    {
        var runs = 0;
        var scripts = new Scripts().Add("count", () => new Script
        {
            Request = _ => { runs++; return ValueTask.FromResult(Verdict.Continue); },
            Attempt = _ => { runs++; return ValueTask.CompletedTask; },
            Response = _ => { runs++; return ValueTask.FromResult(Verdict.Continue); },
            Log = _ => runs++,
        });
        await using var origin = Origin.Answering();
        await using var shadow = Origin.Answering();
        await using var site = await StartAsync(origin.Url, shadow.Url, route: "policies: [{ script: count }]", scripts: scripts);
        await site.Gateway.AskAsync(Get);
        await site.ShouldComeToAsync(MirrorOutcome.Answered);
        runs.ShouldBe(4);
    }

    [Fact]
    public async Task A_share_is_drawn_and_a_condition_is_asked()
    {
        await using var origin = Origin.Answering();
        await using var shadow = Origin.Answering();
        await using var site = await StartAsync(origin.Url, shadow.Url, "share: 25%, when: 'request.method == \"GET\"'");
        using var client = await site.Gateway.ConnectAsync();
        for (var i = 0; i < 400; i++) await client.AskAsync(Get);
        for (var i = 0; i < 50; i++) await client.AskAsync(Post("a"));
        await site.ShouldBeQuietAsync();
        // Five standard deviations on either side.
        site.Count(MirrorOutcome.Answered).ShouldBeInRange(57, 143);
        shadow.Received.ShouldNotContain("POST");
        (await site.Gateway.ApplyAsync(Yaml(origin.Url, shadow.Url, "share: 0"))).IsApplied.ShouldBeTrue();
        var before = site.Count(MirrorOutcome.Answered);
        for (var i = 0; i < 50; i++) await client.AskAsync(Get);
        await site.ShouldBeQuietAsync();
        site.Count(MirrorOutcome.Answered).ShouldBe(before);
    }

    [Fact]
    public async Task What_is_a_copy_already_is_not_copied_again()
    {
        await using var origin = Origin.Answering();
        await using var shadow = Origin.Answering();
        await using var site = await StartAsync(origin.Url, shadow.Url, listener: "trusted-proxies: 127.0.0.0/8");
        (await site.Gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\nX-Weir-Mirror: edge\r\n\r\n")).Body.ShouldBe("ok");
        await site.ShouldBeQuietAsync();
        shadow.Connections.ShouldBeEmpty();
        origin.Received.ShouldContain("X-Weir-Mirror: edge");
    }

    [Fact]
    public async Task A_tunnel_is_not_copied()
    {
        await using var origin = Origin.Start(static async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            await wire.SendAsync("echo " + await wire.ReadUntilAsync("\n"));
        });
        await using var shadow = Origin.Answering();
        await using var site = await StartAsync(origin.Url, shadow.Url);
        using var client = await site.Gateway.ConnectAsync();
        (await client.AskAsync("GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")).Status.ShouldBe(101);
        await client.SendAsync("a\n");
        (await client.ReadUntilAsync("\n")).ShouldBe("echo a\n");
        shadow.Connections.ShouldBeEmpty();
        site.Outcomes().ShouldBe("");
    }

    [Fact]
    public async Task An_arm_of_a_split_has_a_mirror_of_its_own()
    {
        await using var origin = Origin.Answering();
        await using var shadow = Origin.Answering();
        await using var site = new MirrorSite(await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: { address: "127.0.0.1:0" } }
            routes:
              all:
                split:
                  arms:
                    a: { weight: 1, forward: origin }
                    b: { when: 'request.header.x-b == "1"', forward: { cluster: origin, mirror: shadow } }
            clusters:
              origin: { endpoints: ["{{origin.Url}}"] }
              shadow: { endpoints: ["{{shadow.Url}}"] }
            """));
        await site.Gateway.AskAsync(Get);
        await site.Gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\nX-B: 1\r\n\r\n");
        await site.ShouldComeToAsync(MirrorOutcome.Answered);
    }

    [Fact]
    public async Task The_log_and_the_counts_tell_copies_from_requests()
    {
        await using var origin = Origin.Answering();
        await using var site = await StartAsync(origin.Url, Origin.Refusing(), logs: true);
        await site.Gateway.AskAsync(Get);
        await site.ShouldComeToAsync(MirrorOutcome.Failed);
        var records = new List<(bool IsMirror, string Route, string Cluster, int Status, Refusal Refusal, string Id, string Parent)>();
        var ring = site.Gateway.Gateway.Loops[0].Log;
        for (; !Unsafe.IsNullRef(ref ring.Peek()); ring.Take())
        {
            ref var r = ref ring.Peek();
            records.Add((r.IsMirror, r.Route, r.Cluster, r.Status, r.Refusal, System.Text.Encoding.ASCII.GetString(r.Text(AccessLog.LogText.RequestId)), System.Text.Encoding.ASCII.GetString(r.Text(AccessLog.LogText.ParentId))));
        }

        records.Count.ShouldBe(2);
        var own = records.Single(static r => !r.IsMirror);
        var copy = records.Single(static r => r.IsMirror);
        own.ShouldBe((false, "all", "origin", 200, Refusal.None, own.Id, ""));
        copy.ShouldBe((true, "all", "shadow", 0, Refusal.ConnectFailed, own.Id, own.Id));
        // Of a copy nothing is among the route's requests, nor among what clients were refused.
        var counters = site.Gateway.Gateway.Current!.Routes[0].State.PerLoop[0];
        counters.ByStatusClass.Sum().ShouldBe(1);
        site.Gateway.Refusals(Refusal.ConnectFailed).ShouldBe(0);
        site.State.Requests.PerLoop[0].ByStatusClass.ShouldBe([1, 0, 0, 0, 0, 0]);
    }

    [Fact]
    public async Task A_copy_ends_on_the_version_it_began_on()
    {
        var answer = new TaskCompletionSource();
        await using var origin = Origin.Answering();
        await using var shadow = Origin.Held(answer.Task);
        await using var site = await StartAsync(origin.Url, shadow.Url);
        var state = site.State;
        await site.Gateway.AskAsync(Get);
        (await site.Gateway.ApplyAsync(TestGateway.Forwarding(origin.Url))).IsApplied.ShouldBeTrue();
        (await site.Gateway.AskAsync(Get)).Body.ShouldBe("ok");
        state.Running.ShouldBe(1);
        answer.SetResult();
        await TestGateway.EventuallyAsync(() => state.PerLoop[0].Outcomes[(int)MirrorOutcome.Answered] == 1 && site.Gateway.Active == 0);
        shadow.Connections.Count.ShouldBe(1);
    }
}
