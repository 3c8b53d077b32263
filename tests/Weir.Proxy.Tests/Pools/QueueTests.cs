using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.Http2;

namespace Weir.Proxy.Tests.Pools;

/// <summary>Who waits for a connection gets one to an endpoint that may have the request.</summary>
public sealed class QueueTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private const string Blue = "GET /blue HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(1, false)]
    public async Task A_connection_to_an_endpoint_that_drains_is_not_given_to_who_waits(int loops, bool keeps)
    {
        var (goA, goB) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var a = Held("a", goA.Task, keeps);
        await using var b = Held("b", goB.Task, keeps);
        await using var gateway = await StartAsync(a, b, loops);
        using var atA = await AskOneAsync(gateway, a, Blue);
        using var atB = await AskOneAsync(gateway, b, Get);
        var waiting = Enumerable.Range(0, 3).Select(_ => gateway.AskAsync(Get)).ToList();
        var state = gateway.Gateway.Current!.Clusters["c"].State;
        await TestGateway.EventuallyAsync(() => state.Queue.Count == 3);
        await gateway.Gateway.OverrideAsync([new EndpointOverride(new EndpointTarget("c", a.Url), true, null)]);
        await TestGateway.EventuallyAsync(() => state.All.Set.Open.Length == 1);
        goA.SetResult();
        (await atA.ReadResponseAsync()).Body.ShouldBe("a");
        goB.SetResult();
        (await atB.ReadResponseAsync()).Body.ShouldBe("b");
        foreach (var one in waiting) (await one).Body.ShouldBe("b");
        await TestGateway.EventuallyAsync(() => state.Active == 0 && state.Queue.Count == 0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Who_waits_for_endpoints_with_labels_gets_no_other(int loops)
    {
        var (goA, goB) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var a = Held("a", goA.Task, keeps: true);
        await using var b = Held("b", goB.Task, keeps: true);
        await using var gateway = await StartAsync(a, b, loops);
        using var atA = await AskOneAsync(gateway, a, Blue);
        using var atB = await AskOneAsync(gateway, b, Get);
        var waiting = Enumerable.Range(0, 3).Select(_ => gateway.AskAsync(Blue)).ToList();
        var state = gateway.Gateway.Current!.Clusters["c"].State;
        await TestGateway.EventuallyAsync(() => state.Queue.Count == 3);
        var any = gateway.AskAsync(Get);
        await TestGateway.EventuallyAsync(() => state.Queue.Count == 4);
        goB.SetResult();
        (await atB.ReadResponseAsync()).Body.ShouldBe("b");
        // The others before it wait for what they may have, and do not stand in its way.
        (await any).Body.ShouldBe("b");
        goA.SetResult();
        (await atA.ReadResponseAsync()).Body.ShouldBe("a");
        foreach (var one in waiting) (await one).Body.ShouldBe("a");
        await TestGateway.EventuallyAsync(() => state.Active == 0 && state.Queue.Count == 0);
    }

    [Fact]
    public async Task A_stream_that_is_granted_to_who_leaves_at_that_moment_is_the_next_ones()
    {
        var go = new TaskCompletionSource();
        var asked = 0;
        var answered = new SemaphoreSlim(0);
        await using var origin = new Http2Origin(
            async (wire, _) =>
            {
                for (var id = 1; ; id += 2)
                {
                    await wire.ReadAnswerAsync(id);
                    if (Interlocked.Increment(ref asked) == 1) await go.Task;
                    await wire.HeadersAsync(id, endStream: true, (":status", "204"));
                    answered.Release();
                }
            },
            (3, 1));
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c } }
            clusters: { c: { protocol: http2, pool: { connections: 1, queue-timeout: 60s }, endpoints: ["{{origin.Url}}"] } }
            """);
        using var first = await gateway.ConnectAsync();
        await first.SendAsync(Get);
        await TestGateway.EventuallyAsync(() => Volatile.Read(ref asked) == 1);
        using var leaving = await gateway.ConnectAsync();
        await leaving.SendAsync(Get);
        await TestGateway.EventuallyAsync(() => gateway.Active == 2);
        var next = gateway.AskAsync(Get);
        await TestGateway.EventuallyAsync(() => gateway.Active == 3);
        // Both come to the loop in one pass, the end of the stream first.
        using var hold = new ManualResetEventSlim();
        gateway.Gateway.Loops[0].Loop.Post(static state => ((ManualResetEventSlim)state!).Wait(), hold);
        go.SetResult();
        await answered.WaitAsync();
        leaving.Reset();
        hold.Set();
        (await first.ReadResponseAsync()).Status.ShouldBe(204);
        (await next.WaitAsync(TimeSpan.FromSeconds(20))).Status.ShouldBe(204);
    }

    [Fact]
    public async Task Who_waits_has_an_endpoint_that_comes()
    {
        var go = new TaskCompletionSource();
        await using var a = Held("a", go.Task, keeps: true);
        await using var b = Held("b", Task.CompletedTask, keeps: true);
        await using var gateway = await StartAsync(a, b, 2);
        await gateway.Gateway.OverrideAsync([new EndpointOverride(new EndpointTarget("c", b.Url), true, null)]);
        var state = gateway.Gateway.Current!.Clusters["c"].State;
        await TestGateway.EventuallyAsync(() => state.All.Set.Open.Length == 1);
        using var atA = await AskOneAsync(gateway, a, Get);
        var waiting = Enumerable.Range(0, 3).Select(_ => gateway.AskAsync(Get)).ToList();
        await TestGateway.EventuallyAsync(() => state.Queue.Count == 3);
        await gateway.Gateway.OverrideAsync([new EndpointOverride(new EndpointTarget("c", b.Url), false, null)]);
        foreach (var one in waiting) (await one).Body.ShouldBe("b");
        go.SetResult();
        (await atA.ReadResponseAsync()).Body.ShouldBe("a");
    }

    [Fact]
    public async Task Who_waits_has_a_place_of_a_limit_that_rises()
    {
        var go = new TaskCompletionSource();
        await using var origin = Origin.Held(go.Task);
        await using var gateway = await TestGateway.ForwardingAsync(origin, cluster: "pool: { connections: 1, queue-timeout: 20s }");
        using var first = await gateway.ConnectAsync();
        await first.SendAsync(Get);
        var second = gateway.AskAsync(Get);
        var state = gateway.Gateway.Current!.Clusters.Values.Single().State;
        await TestGateway.EventuallyAsync(() => state.Queue.Count == 1);
        (await gateway.ApplyAsync(TestGateway.Forwarding(origin.Url, cluster: "pool: { connections: 2, queue-timeout: 20s }"))).IsApplied.ShouldBeTrue();
        await TestGateway.EventuallyAsync(() => origin.Connections.Count == 2);
        go.SetResult();
        (await first.ReadResponseAsync()).Status.ShouldBe(200);
        (await second).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Who_waits_for_a_stream_counts_as_who_waits_for_a_connection()
    {
        var go = new TaskCompletionSource();
        var asked = 0;
        await using var origin = new Http2Origin(
            async (wire, _) =>
            {
                for (var id = 1; ; id += 2)
                {
                    await wire.ReadAnswerAsync(id);
                    Interlocked.Increment(ref asked);
                    await go.Task;
                    await wire.HeadersAsync(id, endStream: true, (":status", "204"));
                }
            },
            (3, 1));
        const int loops = 4;
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c } }
            clusters: { c: { protocol: http2, pool: { connections: {{loops}}, streams: 1, queue: 3, queue-timeout: 60s }, endpoints: ["{{origin.Url}}"] } }
            """, loops);
        var asking = Enumerable.Range(0, 40).Select(_ => gateway.AskAsync(Get)).ToList();
        // All but those that have a stream or may wait are refused, on whichever loops they are.
        await TestGateway.EventuallyAsync(() => asking.Count(static a => a.IsCompleted) >= 40 - loops - 3);
        gateway.Gateway.Current!.Clusters["c"].State.Queue.Count.ShouldBeLessThanOrEqualTo(3);
        go.SetResult();
        var answers = await Task.WhenAll(asking);
        answers.Where(static a => a.Status != 204).ShouldAllBe(static a => a.Refusal == "queue-full");
        answers.Count(static a => a.Status == 204).ShouldBeLessThanOrEqualTo(loops + 3);
    }

    private static Origin Held(string name, Task until, bool keeps) => Origin.Start(async (wire, _) =>
    {
        do
        {
            await wire.ReadRequestAsync();
            await until;
            await wire.SendAsync($"HTTP/1.1 200 OK\r\n{(keeps ? "" : "Connection: close\r\n")}Content-Length: 1\r\n\r\n{name}");
        }
        while (keeps);
    });

    private static Task<TestGateway> StartAsync(Origin a, Origin b, int loops) => TestGateway.StartAsync($$"""
        version: 1
        listeners: { web: "127.0.0.1:0" }
        routes:
          all: { forward: c }
          blue: { match: { path: /blue }, forward: { cluster: c, subset: { colour: blue } } }
        clusters:
          c:
            pool: { connections: 1, queue-timeout: 20s }
            endpoints: [{ url: "{{a.Url}}", labels: { colour: blue } }, { url: "{{b.Url}}" }]
        """, loops);

    // A request that this endpoint has.
    private static async Task<RawConnection> AskOneAsync(TestGateway gateway, Origin origin, string request)
    {
        var client = await gateway.ConnectAsync();
        await client.SendAsync(request);
        await TestGateway.EventuallyAsync(() => origin.Received.Length > 0);
        return client;
    }
}
