using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Retries;

/// <summary>A request goes on where there is a way, and ends where there is none.</summary>
public sealed class WayOutTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Fact]
    public async Task Kept_connections_that_turn_out_closed_use_up_no_attempts()
    {
        // As behind a NAT that forgot its flows: what was kept is reset as it is used, what is new works.
        Origin Forgetful() => Origin.Start(async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync(Origin.Ok);
            await wire.ReadRequestAsync();
            wire.Reset();
        });
        await using var a = Forgetful();
        await using var b = Forgetful();
        await using var c = Forgetful();
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c } }
            clusters: { c: { balancer: round-robin, endpoints: ["{{a.Url}}", "{{b.Url}}", "{{c.Url}}"] } }
            """);
        for (var i = 0; i < 3; i++) (await gateway.AskAsync(Get)).Status.ShouldBe(200);
        await TestGateway.EventuallyAsync(() => gateway.IdleUpstream == 3);
        var answer = await gateway.AskAsync(Get);
        (answer.Refusal ?? "200").ShouldBe("200");
    }

    [Fact]
    public async Task A_retry_is_made_at_an_endpoint_that_was_not_tried()
    {
        string? holder = null;
        var resetting = "";
        Origin Named(string name) => Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                var request = await wire.ReadRequestAsync();
                if (request.Target == "/held")
                {
                    holder = name;
                    await new TaskCompletionSource().Task;
                }

                if (resetting == name)
                {
                    wire.Reset();
                    return;
                }

                await wire.SendAsync(Origin.Ok);
            }
        });
        await using var a = Named("a");
        await using var b = Named("b");
        await using var c = Named("c");
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c } }
            clusters: { c: { endpoints: ["{{a.Url}}", "{{b.Url}}", "{{c.Url}}"], balancer: round-robin, pool: { connections: 1 }, retry: { attempts: 2 }, health: { outliers: false } } }
            """);
        using var held = await gateway.ConnectAsync();
        await held.SendAsync("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
        await TestGateway.EventuallyAsync(() => holder is not null);
        // One is full, one resets, one is well and has nothing to do.
        resetting = holder == "a" ? "b" : "a";
        var answers = new List<string>();
        for (var i = 0; i < 9; i++) answers.Add((await gateway.AskAsync(Get)) is var answer && answer.Refusal is { } why ? why : answer.StartLine);
        answers.ShouldAllBe(static s => s == "HTTP/1.1 200 OK");
    }

    [Fact]
    public async Task A_full_queue_is_said_at_once()
    {
        await using var a = Origin.Held(new TaskCompletionSource().Task);
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c } }
            clusters: { c: { endpoints: ["{{a.Url}}"], pool: { connections: 1, queue: 0 }, retry: { backoff: { base: 500ms, max: 1s } } } }
            """);
        using var first = await gateway.ConnectAsync();
        await first.SendAsync(Get);
        await TestGateway.EventuallyAsync(() => a.Received.Length > 0);
        var before = State(gateway).Begun;
        (await gateway.AskAsync(Get)).Refusal.ShouldBe("queue-full");
        (State(gateway).Begun - before).ShouldBe(1u);
    }

    [Fact]
    public async Task Nothing_is_sent_for_a_client_that_left_while_a_policy_of_the_attempt_waited()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var scripts = new Scripts().Add("wait", () => new Script
        {
            Attempt = async _ =>
            {
                entered.TrySetResult();
                await go.Task;
            },
        });
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { policies: [ { script: wait } ], forward: c } }
            clusters: { c: { endpoints: ["{{origin.Url}}"] } }
            """, scripts: scripts);
        using (var client = await gateway.ConnectAsync())
        {
            await client.SendAsync("POST /buy HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
            await entered.Task;
            client.Reset();
        }

        await Task.Delay(100);
        go.SetResult();
        await TestGateway.EventuallyAsync(() => State(gateway).Active == 0);
        await Task.Delay(100);
        origin.Received.ShouldBe("");
    }

    [Fact]
    public async Task A_limit_of_connections_that_has_fallen_holds_in_the_end()
    {
        await using var a = Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                await wire.ReadRequestAsync();
                await Task.Delay(5);
                await wire.SendAsync(Origin.Ok);
            }
        });
        static string Yaml(string url, int connections) => $$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c } }
            clusters: { c: { endpoints: ["{{url}}"], pool: { connections: {{connections}} } } }
            """;
        await using var gateway = await TestGateway.StartAsync(Yaml(a.Url, 8));
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        var clients = Enumerable.Range(0, 12).Select(_ => Task.Run(async () =>
        {
            using var client = await gateway.ConnectAsync();
            while (!stop.IsCancellationRequested) await client.AskAsync(Get);
        })).ToList();
        await TestGateway.EventuallyAsync(() => gateway.UpstreamConnections == 8);
        (await gateway.ApplyAsync(Yaml(a.Url, 2))).IsApplied.ShouldBeTrue();
        await Task.Delay(1500);
        var now = gateway.UpstreamConnections;
        await Task.WhenAll(clients);
        now.ShouldBeLessThanOrEqualTo(2);
    }

    private static ClusterState State(TestGateway gateway) => gateway.Gateway.Current!.Clusters["c"].State;

    [Theory]
    [InlineData("{ url: \"DEAD\" }, { url: \"LIVE\", priority: 1 }", "")]
    [InlineData("{ url: \"DEAD\" }, { url: \"DEAD2\" }, { url: \"LIVE\", priority: 1 }", "")]
    [InlineData("{ url: \"DEAD\" }, { url: \"DEAD2\", priority: 1 }, { url: \"LIVE\", priority: 2 }", "")]
    [InlineData("{ url: \"DEAD\", zone: here }, { url: \"LIVE\", zone: there }, { url: \"LIVE2\", zone: there }", "zone: here")]
    public async Task When_all_of_a_group_were_tried_it_is_the_next_ones_turn(string endpoints, string top)
    {
        await using var live = Origin.Answering();
        await using var live2 = Origin.Answering();
        endpoints = endpoints.Replace("DEAD2", Origin.Refusing()).Replace("DEAD", Origin.Refusing()).Replace("LIVE2", live2.Url).Replace("LIVE", live.Url);
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            {{top}}
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c } }
            clusters: { c: { endpoints: [{{endpoints}}], health: { outliers: false } } }
            """);
        for (var i = 0; i < 20; i++) (await gateway.AskAsync(Get)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_breaker_that_opens_ends_retries_that_are_under_way()
    {
        await using var origin = Origin.Answering("HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n");
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c } }
            clusters: { c: { endpoints: ["{{origin.Url}}"], retry: { attempts: 5, on: [503], backoff: 1ms }, breaker: { errors: { volume: 3, open: 60s } } } }
            """);
        (await gateway.AskAsync(Get)).Status.ShouldBe(503);
        State(gateway).Begun.ShouldBe(3u);
        gateway.Count(static c => c.NotRetried[(int)RetryStop.Breaker]).ShouldBe(1);
    }
}
