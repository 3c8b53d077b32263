using Weir.Http;
using Weir.Proxy.Tests.Fixture;
using Weir.Sdk.Policies;

namespace Weir.Proxy.Tests.Limits;

/// <summary>Nobody may take for ever: each timeout has its status, its name, and what becomes of the connections.</summary>
public class TimeoutTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n")]
    [InlineData("G")]
    public async Task A_head_that_does_not_end_is_408(string part)
    {
        await using var origin = Origin.Answering();
        // Long enough that the part comes within it, however cold this process is.
        await using var gateway = await TestGateway.ForwardingAsync(origin, "timeouts: { header: 1s }");
        using var client = await gateway.ConnectAsync();
        var response = await client.AskAsync(part);
        response.Status.ShouldBe(408);
        response.Refusal.ShouldBe("header-timeout");
        response.Closes.ShouldBeTrue();
        (await client.ReadToEndAsync()).ShouldBe("");
    }

    [Fact]
    public async Task A_head_in_drops_does_not_extend_its_time()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, "timeouts: { header: 300ms }");
        using var client = await gateway.ConnectAsync();
        var answer = client.ReadResponseAsync();
        await client.SendAsync("GET / HTTP/1.1\r\n");
        for (var i = 0; i < 200 && !answer.IsCompleted; i++)
        {
            await client.SendAsync("X: y\r\n");
            await Task.Delay(30);
        }

        (await answer).Refusal.ShouldBe("header-timeout");
    }

    [Fact]
    public async Task On_a_kept_connection_an_origin_has_the_idle_time_of_the_route_that_uses_it_now()
    {
        await using var origin = Origin.Start(
            async (wire, _) =>
            {
                await wire.ReadRequestAsync();
                await wire.SendAsync(Origin.Ok);
                await Task.Delay(TimeSpan.FromSeconds(20));
            },
            receiveBuffer: 4096);
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: { address: "127.0.0.1:0" } }
            routes:
              patient: { forward: origin }
              hasty: { match: { path: /hasty }, timeouts: { idle: 200ms, first-byte: 200ms }, forward: origin }
            clusters: { origin: { endpoints: ["{{origin.Url}}"] } }
            """);
        (await gateway.AskAsync(Get)).Status.ShouldBe(200);
        using var client = await gateway.ConnectAsync();
        var begun = System.Diagnostics.Stopwatch.GetTimestamp();
        var answer = client.ReadResponseAsync();
        var sending = client.SendAsync("POST /hasty HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n" + new string('x', 9_000_000));
        (await answer).Status.ShouldBe(504);
        System.Diagnostics.Stopwatch.GetElapsedTime(begun).ShouldBeLessThan(TimeSpan.FromSeconds(10));
        origin.Connections.Count.ShouldBe(1);
        client.Dispose();
        // Whether the last of the body was still taken (RFC 9112 §9.6) or not is no matter here.
        await sending.ContinueWith(static ended => ended.Exception, TaskScheduler.Default);
    }

    [Fact]
    public async Task A_connection_without_any_request_is_closed_without_a_word()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, "timeouts: { header: 200ms }");
        using var client = await gateway.ConnectAsync();
        (await client.ReadToEndAsync()).ShouldBe("");
        gateway.Refusals(Refusal.HeaderTimeout).ShouldBe(0);
    }

    [Fact]
    public async Task An_idle_connection_is_closed_in_good_order()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, "timeouts: { keep-alive: 200ms }");
        using var client = await gateway.ConnectAsync();
        (await client.AskAsync(Get)).Closes.ShouldBeFalse();
        (await client.ReadToEndAsync()).ShouldBe("");
    }

    [Theory]
    [InlineData("Content-Length: 10\r\n\r\nhalf")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")]
    public async Task A_body_that_stops_is_408(string rest)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "timeouts: { body-idle: 200ms }");
        using var client = await gateway.ConnectAsync();
        var response = await client.AskAsync("POST / HTTP/1.1\r\nHost: a\r\n" + rest);
        response.Status.ShouldBe(408);
        response.Refusal.ShouldBe("body-timeout");
        response.Closes.ShouldBeTrue();
        await TestGateway.EventuallyAsync(() => gateway.UpstreamConnections == 0);
    }

    [Fact]
    public async Task A_body_that_trickles_is_408()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "limits: { body-rate: 10KiB }");
        using var client = await gateway.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
        var answer = client.ReadResponseAsync();
        for (var i = 0; i < 300 && !answer.IsCompleted; i++)
        {
            await client.SendAsync("x");
            await Task.Delay(50);
        }

        var response = await answer;
        response.Status.ShouldBe(408);
        response.Refusal.ShouldBe("body-too-slow");
    }

    [Fact]
    public async Task A_client_that_takes_nothing_is_reset()
    {
        var body = new string('x', 20_000_000);
        await using var origin = Origin.Answering($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        await using var gateway = await TestGateway.ForwardingAsync(origin, "timeouts: { write: 300ms }");
        using var client = await gateway.ConnectAsync(receiveBuffer: 4096);
        await client.SendAsync(Get);
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.ClientTooSlow) == 1);
        await client.ReadToResetAsync();
        await TestGateway.EventuallyAsync(() => gateway.UpstreamConnections == 0);
    }

    [Fact]
    public async Task An_origin_that_does_not_answer_is_504()
    {
        await using var origin = Origin.Start(async (wire, _) => await wire.ReadToEndAsync());
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "timeouts: { first-byte: 200ms }");
        using var client = await gateway.ConnectAsync();
        var response = await client.AskAsync(Get);
        response.Status.ShouldBe(504);
        response.Refusal.ShouldBe("upstream-timeout");
        response.Closes.ShouldBeFalse();
        gateway.UpstreamConnections.ShouldBe(0);
        (await client.AskAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")).Refusal.ShouldBe("upstream-timeout");
    }

    [Fact]
    public async Task The_first_byte_is_not_due_while_the_request_is_being_sent()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "timeouts: { first-byte: 200ms }");
        using var client = await gateway.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n");
        for (var i = 0; i < 10; i++)
        {
            await Task.Delay(60);
            await client.SendAsync("x");
        }

        (await client.ReadResponseAsync()).Body.ShouldBe("ok");
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nhalf")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nhalf")]
    public async Task A_response_that_stops_is_cut_where_the_client_sees_it(string part)
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync(part);
            await wire.ReadToEndAsync();
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "timeouts: { idle: 300ms }");
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Get);
        (await client.ReadToResetAsync()).ShouldContain("half");
        gateway.Refusals(Refusal.UpstreamIdleTimeout).ShouldBe(1);
    }

    [Fact]
    public async Task The_whole_exchange_has_its_time()
    {
        await using var origin = Origin.Start(async (wire, _) => await wire.ReadToEndAsync());
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "timeouts: { total: 200ms }");
        using var client = await gateway.ConnectAsync();
        var response = await client.AskAsync(Get);
        response.Status.ShouldBe(504);
        response.Refusal.ShouldBe("upstream-timeout");
        (await client.AskAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")).Status.ShouldBe(504);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_response_beyond_the_whole_time_is_cut(bool clientIsSlow)
    {
        var body = new string('x', 20_000_000);
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n");
            if (clientIsSlow) await wire.SendAsync(body);
            else await wire.ReadToEndAsync();
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "timeouts: { total: 400ms }");
        using var client = await gateway.ConnectAsync(receiveBuffer: 4096);
        await client.SendAsync(Get);
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.UpstreamTimeout) == 1);
        await client.ReadToResetAsync();
    }

    [Fact]
    public async Task Waiting_for_a_connection_counts_towards_the_whole_time()
    {
        await using var origin = Origin.Start(async (wire, _) => await wire.ReadToEndAsync());
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "timeouts: { total: 300ms }", cluster: "pool: { connections: 1, queue-timeout: 20s }");
        var answers = await Task.WhenAll(gateway.AskAsync(Get), gateway.AskAsync(Get), gateway.AskAsync(Get));
        answers.ShouldAllBe(static a => a.Status == 504 && a.Refusal == "upstream-timeout");
    }

    [Fact]
    public async Task Time_that_a_policy_used_up_is_not_spent_again_in_a_queue()
    {
        var release = new SemaphoreSlim(0);
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await release.WaitAsync();
            await wire.SendAsync(Origin.Ok);
        });
        var scripts = new Scripts().Add("slow", static () => new Script
        {
            Request = static async r =>
            {
                await r.DelayAsync(TimeSpan.FromSeconds(20));
                return Verdict.Continue;
            },
        });
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: { address: "127.0.0.1:0" } }
            clusters: { origin: { endpoints: ["{{origin.Url}}"], pool: { connections: 1, queue-timeout: 20s } } }
            routes:
              slow: { match: { path: /slow }, forward: origin, timeouts: { total: 100ms }, policies: [{ script: slow }] }
              rest: { forward: origin }
            """, scripts: scripts);
        using var holder = await gateway.ConnectAsync();
        await holder.SendAsync(Get);
        await TestGateway.EventuallyAsync(() => origin.Received.Length > 0);
        var late = gateway.AskAsync("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
        (await late.WaitAsync(TimeSpan.FromSeconds(10))).Refusal.ShouldBe("upstream-timeout");
        release.Release();
        (await holder.ReadResponseAsync()).Status.ShouldBe(200);
    }

    [Fact]
    public async Task No_policy_waits_when_the_time_is_used_up()
    {
        var scripts = new Scripts().Add("slow", static () => new Script
        {
            Request = static async r =>
            {
                await r.DelayAsync(TimeSpan.FromSeconds(20));
                await r.DelayAsync(TimeSpan.FromSeconds(20));
                return Verdict.Continue;
            },
        });
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "timeouts: { total: 100ms }, policies: [{ script: slow }]", scripts: scripts);
        (await gateway.AskAsync(Get).WaitAsync(TimeSpan.FromSeconds(10))).Refusal.ShouldBe("upstream-timeout");
    }

    [Fact]
    public async Task A_connection_that_is_not_accepted_is_504()
    {
        // A listening socket with a full queue: the kernel leaves further handshakes unanswered.
        using var full = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        full.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        full.Listen(0);
        var address = full.LocalEndPoint!.ToString()!;
        using var first = await RawConnection.ConnectAsync(address);
        await using var gateway = await TestGateway.StartAsync(TestGateway.Forwarding("http://" + address, cluster: "connect-timeout: 200ms, retry: 1"));
        var response = await gateway.AskAsync(Get);
        if (response.Refusal != "connect-timeout") response = await gateway.AskAsync(Get);
        response.Status.ShouldBe(504);
        response.Refusal.ShouldBe("connect-timeout");
        await TestGateway.EventuallyAsync(() => gateway.UpstreamConnections <= 1);
    }

    [Theory]
    [InlineData(Get)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nhalf")]
    public async Task A_client_that_leaves_ends_the_work_for_it(string request)
    {
        var ended = new TaskCompletionSource();
        await using var origin = Origin.Start(async (wire, _) =>
        {
            try
            {
                await wire.ReadToEndAsync();
            }
            finally
            {
                ended.TrySetResult();
            }
        });
        var statuses = new System.Collections.Concurrent.ConcurrentQueue<(int, Refusal)>();
        var scripts = new Scripts().Add("log", () => new Script { Log = s => statuses.Enqueue((s.Status, s.Refusal)) });
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "policies: [{ script: log }]", scripts: scripts);
        var client = await gateway.ConnectAsync();
        await client.SendAsync(request);
        await TestGateway.EventuallyAsync(() => origin.Received.Length > 0);
        client.Reset();
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
        gateway.Refusals(Refusal.ClientGone).ShouldBe(1);
        statuses.ShouldHaveSingleItem().ShouldBe((499, Refusal.ClientGone));
        gateway.UpstreamConnections.ShouldBe(0);
    }
}
