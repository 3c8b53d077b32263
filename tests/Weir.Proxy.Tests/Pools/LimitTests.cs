using Weir.Http;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Pools;

/// <summary>A number of connections is one for the process; who finds none waits in one queue, on whatever loop.</summary>
public class LimitTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(4, true)]
    [InlineData(2, false)]
    [InlineData(4, false)]
    public async Task Exchanges_of_all_loops_share_the_connections_there_may_be(int loops, bool keeps)
    {
        int open = 0, most = 0;
        await using var origin = Origin.Start(async (wire, _) =>
        {
            do
            {
                await wire.ReadRequestAsync();
                var now = Interlocked.Increment(ref open);
                InterlockedMax(ref most, now);
                await Task.Delay(1);
                Interlocked.Decrement(ref open);
                await wire.SendAsync(keeps ? Origin.Ok : "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
            }
            while (keeps);
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, cluster: "pool: { connections: 2, queue-timeout: 30s }", loops: loops);
        await Task.WhenAll(Enumerable.Range(0, 12).Select(async _ =>
        {
            using var client = await gateway.ConnectAsync();
            for (var i = 0; i < 25; i++) (await client.AskAsync(Get)).Body.ShouldBe("ok");
        }));
        most.ShouldBeLessThanOrEqualTo(2);
        if (keeps) origin.Connections.Count.ShouldBe(2);
        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
    }

    [Fact]
    public async Task A_queue_that_is_full_refuses_and_one_that_is_slow_gives_up()
    {
        var release = new SemaphoreSlim(0);
        await using var origin = Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                await wire.ReadRequestAsync();
                await release.WaitAsync();
                await wire.SendAsync(Origin.Ok);
            }
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, cluster: "pool: { connections: 1, queue: 1, queue-timeout: 300ms }, retry: 1");
        using var first = await gateway.ConnectAsync();
        await first.SendAsync(Get);
        await TestGateway.EventuallyAsync(() => origin.Received.Length > 0);
        using var second = await gateway.ConnectAsync();
        await second.SendAsync(Get);
        await TestGateway.EventuallyAsync(() => gateway.Active == 2);
        var full = await gateway.AskAsync(Get);
        full.Status.ShouldBe(503);
        full.Refusal.ShouldBe("queue-full");
        full["Retry-After"].ShouldNotBeNull();
        var slow = await second.ReadResponseAsync();
        slow.Status.ShouldBe(503);
        slow.Refusal.ShouldBe("queue-timeout");
        release.Release(10);
        (await first.ReadResponseAsync()).Body.ShouldBe("ok");
        (await second.AskAsync(Get)).Body.ShouldBe("ok");
        gateway.UpstreamConnections.ShouldBe(1);
    }

    [Fact]
    public async Task Waiting_in_the_queue_ends_after_its_timeout_however_many_attempts_there_may_be()
    {
        await using var origin = Origin.Start(static async (wire, _) => await wire.ReadToEndAsync());
        await using var gateway = await TestGateway.ForwardingAsync(origin, cluster: "pool: { connections: 1, queue-timeout: 400ms }, retry: 5");
        using var first = await gateway.ConnectAsync();
        await first.SendAsync(Get);
        await TestGateway.EventuallyAsync(() => origin.Received.Length > 0);
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        (await gateway.AskAsync(Get)).Refusal.ShouldBe("queue-timeout");
        System.Diagnostics.Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromMilliseconds(1200));
    }

    [Fact]
    public async Task A_client_that_leaves_the_queue_leaves_its_place()
    {
        var release = new SemaphoreSlim(0);
        await using var origin = Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                await wire.ReadRequestAsync();
                await release.WaitAsync();
                await wire.SendAsync(Origin.Ok);
            }
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, cluster: "pool: { connections: 1, queue: 1, queue-timeout: 30s }");
        using var first = await gateway.ConnectAsync();
        await first.SendAsync(Get);
        await TestGateway.EventuallyAsync(() => origin.Received.Length > 0);
        var second = await gateway.ConnectAsync();
        await second.SendAsync(Get);
        await TestGateway.EventuallyAsync(() => gateway.Active == 2);
        second.Reset();
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.ClientGone) == 1 && gateway.Active == 1);
        using var third = await gateway.ConnectAsync();
        await third.SendAsync(Get);
        await TestGateway.EventuallyAsync(() => gateway.Active == 2);
        release.Release(2);
        (await first.ReadResponseAsync()).Body.ShouldBe("ok");
        (await third.ReadResponseAsync()).Body.ShouldBe("ok");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_endpoint_at_its_limit_leaves_the_exchange_to_one_that_is_not(int loops)
    {
        var release = new SemaphoreSlim(0);
        await using var stuck = Origin.Start(async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await release.WaitAsync();
            await wire.SendAsync(Origin.Ok);
        });
        await using var free = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: { address: "127.0.0.1:0" } }
            routes: { all: { forward: { cluster: two, host: endpoint } } }
            clusters: { two: { balancer: round-robin, endpoints: ["{{stuck.Url}}", "{{free.Url}}"], pool: { connections: 1, queue-timeout: 20s } } }
            """, loops);
        using var first = await gateway.ConnectAsync();
        using var second = await gateway.ConnectAsync();
        await Task.WhenAll(first.SendAsync(Get), second.SendAsync(Get));
        await TestGateway.EventuallyAsync(() => stuck.Received.Length > 0);
        for (var i = 0; i < 6; i++) (await gateway.AskAsync(Get)).Body.ShouldBe("ok");
        var host = $"\r\nHost: {free.Url["http://".Length..]}\r\n";
        free.Received.Split("\r\nHost: ").Length.ShouldBe(free.Received.Split(host).Length, "Each request carries the Host of the endpoint it went to.");
        release.Release(10);
        await first.ReadResponseAsync();
        await second.ReadResponseAsync();
    }

    [Fact]
    public async Task A_removed_endpoint_is_let_go_idle_at_once_and_busy_when_it_is_done()
    {
        var release = new SemaphoreSlim(0);
        await using var old = Origin.Start(async (wire, number) =>
        {
            while (true)
            {
                await wire.ReadRequestAsync();
                if (number == 1) await release.WaitAsync();
                await wire.SendAsync(Origin.Ok);
            }
        });
        await using var now = Origin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew");
        await using var gateway = await TestGateway.ForwardingAsync(old, loops: 2);
        using var idle = await gateway.ConnectAsync();
        (await idle.AskAsync(Get)).Body.ShouldBe("ok");
        var state = gateway.Gateway.Store.Endpoints.Single();

        using var busy = await gateway.ConnectAsync();
        using var holder = await gateway.ConnectAsync();
        // Two at once, so that one of them is on the second connection.
        await busy.SendAsync(Get);
        await holder.SendAsync(Get);
        while (old.Connections.Count < 2)
        {
            await Task.Delay(20);
            if (old.Connections.Count < 2) await idle.SendAsync(Get);
        }

        (await gateway.ApplyAsync(TestGateway.Forwarding(now.Url))).IsApplied.ShouldBeTrue();
        (await gateway.AskAsync(Get)).Body.ShouldBe("new");
        release.Release(100);
        (await busy.ReadResponseAsync()).Body.ShouldBe("ok");
        (await holder.ReadResponseAsync()).Body.ShouldBe("ok");
        await TestGateway.EventuallyAsync(() => state.Connections == 0, "all its connections are closed");
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen && Interlocked.CompareExchange(ref most, value, seen) != seen; seen = Volatile.Read(ref most))
        {
        }
    }
}
