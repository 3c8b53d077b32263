using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Health;

/// <summary>What a client took of the time, or chose, is not held against an endpoint.</summary>
public sealed class BlameTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Fact]
    public async Task Who_waited_for_a_connection_until_its_total_timeout_says_nothing_of_the_endpoint()
    {
        await using var origin = Origin.Held(new TaskCompletionSource().Task);
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes:
              slow: { match: { path: /slow }, forward: c }
              all: { timeouts: { total: 60ms }, forward: c }
            clusters: { c: { endpoints: ["{{origin.Url}}"], pool: { connections: 1 }, breaker: { errors: { percent: 50%, volume: 5, open: 5s } } } }
            """);
        using var slow = await gateway.ConnectAsync();
        await slow.SendAsync("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
        await TestGateway.EventuallyAsync(() => State(gateway).Active == 1);
        for (var i = 0; i < 5; i++) (await gateway.AskAsync(Get)).Status.ShouldBe(504);
        origin.Connections.Count.ShouldBe(1);
        origin.Received.Split("GET").Length.ShouldBe(2);
        await TestGateway.EventuallyAsync(() => State(gateway).Active == 1);
        (State(gateway).Breaker.Position, Endpoints(gateway)[0].State.FailuresInARow).ShouldBe((BreakerPosition.Closed, 0));
    }

    [Fact]
    public async Task A_client_that_sends_its_body_slowly_says_nothing_of_the_endpoint()
    {
        await using var a = Origin.Answering();
        await using var b = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { timeouts: { total: 60ms }, forward: c } }
            clusters: { c: { endpoints: ["{{a.Url}}", "{{b.Url}}"], balancer: round-robin, breaker: { errors: { percent: 50%, volume: 8, open: 5s } } } }
            """);
        for (var i = 0; i < 12; i++)
        {
            using var client = await gateway.ConnectAsync();
            await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf");
            await client.ReadToAnyEndAsync();
        }

        await Task.Delay(100);
        (gateway.HealthChanges.Count, State(gateway).Breaker.Position).ShouldBe((0, BreakerPosition.Closed));
    }

    [Fact]
    public async Task A_deadline_that_a_client_chose_says_nothing_of_the_endpoint()
    {
        async Task Script(RawConnection wire, int number)
        {
            while (true)
            {
                await wire.ReadRequestAsync();
                await Task.Delay(20);
                await wire.SendAsync(Origin.Ok);
            }
        }

        await using var a = Origin.Start(Script);
        await using var b = Origin.Start(Script);
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c } }
            clusters: { c: { endpoints: ["{{a.Url}}", "{{b.Url}}"], breaker: { errors: { percent: 50%, volume: 20, open: 5s } } } }
            """);
        for (var i = 0; i < 30; i++)
        {
            using var client = await gateway.ConnectAsync();
            await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc\r\ngrpc-timeout: 1m\r\nContent-Length: 0\r\n\r\n");
            await client.ReadResponseAsync();
        }

        await Task.Delay(100);
        (gateway.HealthChanges.Count, State(gateway).Breaker.Position).ShouldBe((0, BreakerPosition.Closed));
    }

    [Fact]
    public async Task A_client_that_reads_slowly_says_nothing_of_the_endpoint()
    {
        static Origin Large() => Origin.Start(static async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n");
            for (var i = 0; i < 2000; i++) await wire.SendAsync(new string('x', 10_000));
        });
        await using var a = Large();
        await using var b = Large();
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { timeouts: { total: 300ms }, forward: c } }
            clusters: { c: { endpoints: ["{{a.Url}}", "{{b.Url}}"], balancer: round-robin } }
            """);
        for (var i = 0; i < 10; i++)
        {
            using var client = await gateway.ConnectAsync(receiveBuffer: 4096);
            await client.SendAsync(Get);
            await TestGateway.EventuallyAsync(() => State(gateway).Active == 1);
            await TestGateway.EventuallyAsync(() => State(gateway).Active == 0);
        }

        await Task.Delay(100);
        string.Join(",", Enum.GetValues<Weir.Http.Refusal>().Where(r => gateway.Refusals(r) > 0)).ShouldBe("UpstreamTimeout");
        Endpoints(gateway).Select(e => e.State.FailuresInARow).ShouldBe([0, 0]);
        gateway.HealthChanges.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_mirror_that_is_slow_opens_no_breaker_of_clients()
    {
        await using var main = Origin.Answering();
        await using var canary = Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                await wire.ReadRequestAsync();
                await Task.Delay(100);
                await wire.SendAsync(Origin.Ok);
            }
        });
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes:
              all: { forward: { cluster: main, mirror: { cluster: c, timeout: 20ms } } }
              canary: { match: { path: /canary }, forward: c }
            clusters: { main: { endpoints: ["{{main.Url}}"] }, c: { endpoints: ["{{canary.Url}}"], breaker: { errors: { percent: 50%, volume: 10, open: 5s } } } }
            """);
        for (var i = 0; i < 30; i++)
        {
            (await gateway.AskAsync(Get)).Status.ShouldBe(200);
            if (i % 10 == 0) (await gateway.AskAsync("GET /canary HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);
        }

        await Task.Delay(200);
        ((await gateway.AskAsync("GET /canary HTTP/1.1\r\nHost: a\r\n\r\n")).Refusal ?? "200").ShouldBe("200");
    }

    private static ClusterState State(TestGateway gateway) => gateway.Gateway.Current!.Clusters["c"].State;

    private static Endpoint[] Endpoints(TestGateway gateway) => gateway.Gateway.Current!.Clusters["c"].Endpoints;
}
