using Weir.Http;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Overload;

/// <summary>Limits of requests in flight, breakers and fallbacks, on sockets.</summary>
public sealed class GateTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [InlineData("requests: 3")]
    [InlineData("endpoint-requests: 3")]
    public async Task More_than_the_limit_are_refused_at_once(string limit)
    {
        var go = new TaskCompletionSource();
        await using var origin = Origin.Held(go.Task);
        await using var gateway = await StartAsync(origin.Url, $"breaker: {{ {limit} }}", loops: 2);
        var held = await HoldAsync(gateway, 3);
        var refused = await gateway.AskAsync(Get);
        refused.Status.ShouldBe(503);
        refused.Refusal.ShouldBe("cluster-busy");
        refused["Retry-After"].ShouldBe("1");
        go.SetResult();
        await AllAnsweredAsync(held);
        (await gateway.AskAsync(Get)).Status.ShouldBe(200);
        await IsEmptyAsync(gateway);
    }

    [Theory]
    [InlineData("requests: 1")]
    [InlineData("endpoint-requests: 1")]
    public async Task Who_waits_is_served_in_order(string limit)
    {
        var go = new TaskCompletionSource();
        await using var origin = Origin.Held(go.Task);
        await using var gateway = await StartAsync(origin.Url, $"breaker: {{ {limit}, queue: 10, queue-timeout: 20s }}", loops: 4);
        var held = await HoldAsync(gateway, 1);
        var waiting = Enumerable.Range(0, 10).Select(_ => gateway.AskAsync(Get)).ToList();
        await TestGateway.EventuallyAsync(() => State(gateway).Gate.Waiting == 10);
        (await gateway.AskAsync(Get)).Refusal.ShouldBe("cluster-busy");
        go.SetResult();
        await AllAnsweredAsync(held);
        foreach (var one in waiting) (await one).Status.ShouldBe(200);
        await IsEmptyAsync(gateway);
    }

    [Fact]
    public async Task Who_waits_too_long_or_goes_leaves_no_place_behind()
    {
        var go = new TaskCompletionSource();
        await using var origin = Origin.Held(go.Task);
        await using var gateway = await StartAsync(origin.Url, "breaker: { requests: 1, queue: 10, queue-timeout: 200ms }");
        var held = await HoldAsync(gateway, 1);
        (await gateway.AskAsync(Get)).Refusal.ShouldBe("cluster-busy");
        using (var gone = await gateway.ConnectAsync())
        {
            await gone.SendAsync(Get);
            await TestGateway.EventuallyAsync(() => State(gateway).Gate.Waiting == 1);
            gone.Reset();
            await TestGateway.EventuallyAsync(() => State(gateway).Gate.Waiting == 0);
        }

        go.SetResult();
        await AllAnsweredAsync(held);
        (await gateway.AskAsync(Get)).Status.ShouldBe(200);
        await IsEmptyAsync(gateway);
    }

    [Fact]
    public async Task The_critical_go_first_and_the_sheddable_not_at_all()
    {
        var go = new TaskCompletionSource();
        await using var origin = Origin.Held(go.Task);
        await using var gateway = await StartAsync(origin.Url, "breaker: { requests: 5, queue: 2, queue-timeout: 20s }");
        var held = await HoldAsync(gateway, 4);
        // Four of five are taken: the last place is not for those that can be shed.
        (await gateway.AskAsync("GET /sheddable HTTP/1.1\r\nHost: a\r\n\r\n")).Refusal.ShouldBe("cluster-busy");
        held.AddRange(await HoldAsync(gateway, 1, already: 4));
        var first = gateway.AskAsync(Get);
        await TestGateway.EventuallyAsync(() => State(gateway).Gate.Waiting == 1);
        var second = gateway.AskAsync(Get);
        await TestGateway.EventuallyAsync(() => State(gateway).Gate.Waiting == 2);
        var critical = gateway.AskAsync("GET /critical HTTP/1.1\r\nHost: a\r\n\r\n");
        (await second).Refusal.ShouldBe("cluster-busy");
        go.SetResult();
        (await critical).Status.ShouldBe(200);
        (await first).Status.ShouldBe(200);
        await AllAnsweredAsync(held);
        await IsEmptyAsync(gateway);
    }

    [Fact]
    public async Task Under_a_storm_the_limit_holds_over_all_loops_and_no_place_is_lost()
    {
        var at = 0;
        var most = 0;
        await using var origin = Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                await wire.ReadRequestAsync();
                var now = Interlocked.Increment(ref at);
                for (var seen = Volatile.Read(ref most); now > seen; seen = Volatile.Read(ref most)) Interlocked.CompareExchange(ref most, now, seen);
                await Task.Delay(1);
                Interlocked.Decrement(ref at);
                await wire.SendAsync(Origin.Ok);
            }
        });
        await using var gateway = await StartAsync(origin.Url, "breaker: { requests: 4, queue: 1000, queue-timeout: 30s }", loops: 4);
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(async _ =>
        {
            using var client = await gateway.ConnectAsync();
            var statuses = new List<int>();
            for (var i = 0; i < 20; i++) statuses.Add((await client.AskAsync(Get)).Status);
            return statuses;
        }));
        answers.ShouldAllBe(static a => a.All(static s => s == 200));
        most.ShouldBeLessThanOrEqualTo(4);
        await IsEmptyAsync(gateway);
    }

    [Fact]
    public async Task An_open_breaker_asks_nobody_and_closes_when_the_origin_is_back()
    {
        var isBroken = true;
        await using var origin = Origin.Answering(_ => Volatile.Read(ref isBroken) ? "HTTP/1.1 503 Broken\r\nContent-Length: 0\r\n\r\n" : Origin.Ok);
        await using var gateway = await StartAsync(origin.Url, "retry: 1, breaker: { errors: { percent: 50%, volume: 10, interval: 10s, open: 300ms, trials: 2 } }");
        for (var i = 0; i < 10; i++) (await gateway.AskAsync(Get)).Refusal.ShouldBeNull();
        var asked = origin.Connections.Count;
        var refused = await gateway.AskAsync(Get);
        refused.Status.ShouldBe(503);
        refused.Refusal.ShouldBe("breaker-open");
        refused["Retry-After"].ShouldBe("1");
        origin.Connections.Count.ShouldBe(asked);
        Volatile.Write(ref isBroken, false);
        await TestGateway.EventuallyAsync(async () => (await gateway.AskAsync(Get)).Status == 200, "it lets one through");
        await TestGateway.EventuallyAsync(async () => (await gateway.AskAsync(Get)).Status == 200 && State(gateway).Breaker.Position == Model.BreakerPosition.Closed, "it closes");
        for (var i = 0; i < 20; i++) (await gateway.AskAsync(Get)).Status.ShouldBe(200);
        gateway.Refusals(Refusal.BreakerOpen).ShouldBeGreaterThan(0);
        gateway.ClusterChanges.ShouldAllBe(static c => c.Cluster == "c");
        gateway.ClusterChanges.Select(static c => $"{c.Event}: {c.Reason}").ShouldBe(["BreakerOpened: 100% of 10 attempts failed; half open in 0.3 s", "BreakerHalfOpen: 2 may try", "BreakerClosed: 2 tried and succeeded"]);
    }

    [Fact]
    public async Task A_fallback_stands_in_for_refusals_and_not_for_answers()
    {
        await using var origin = Origin.Answering("HTTP/1.1 503 Mine\r\nContent-Length: 4\r\n\r\nmine");
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes:
              dead: { forward: dead, fallback: { respond: { status: 200, body: "later" } } }
              alive: { match: { path: /alive }, forward: alive, fallback: { respond: 204 } }
            clusters: { dead: { endpoints: ["{{Origin.Refusing()}}"] }, alive: { endpoints: ["{{origin.Url}}"] } }
            """);
        var stood = await gateway.AskAsync(Get);
        stood.Status.ShouldBe(200);
        stood.Body.ShouldBe("later");
        (await gateway.AskAsync("GET /alive HTTP/1.1\r\nHost: a\r\n\r\n")).Body.ShouldBe("mine");
    }

    [Theory]
    [InlineData("200", null)]
    [InlineData("{ status: 503, body: later }", "1")]
    [InlineData("{ status: 503, headers: { Retry-After: \"7\" } }", "7")]
    [InlineData("{ status: 302, headers: { Location: /later } }", null)]
    public async Task A_reply_that_stands_in_says_why_and_when_to_come_back(string reply, string? retryAfter)
    {
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: none, fallback: { respond: {{reply}} } } }
            clusters: { none: { endpoints: [{ url: "http://127.0.0.1:1", weight: 0 }] } }
            """);
        var answer = await gateway.AskAsync(Get);
        answer["Proxy-Status"].ShouldBe("weir; error=destination_unavailable; details=\"no-endpoint\"");
        answer["Retry-After"].ShouldBe(retryAfter);
        var counters = gateway.Gateway.Current!.Routes.Single().State.PerLoop[0];
        await TestGateway.EventuallyAsync(() => counters.Fallbacks?[(int)Refusal.NoEndpoint] == 1);
        gateway.Refusals(Refusal.NoEndpoint).ShouldBe(0);
    }

    [Fact]
    public async Task A_reply_of_an_open_breaker_says_when_that_lets_one_through()
    {
        await using var origin = Origin.Answering("HTTP/1.1 503 Broken\r\nContent-Length: 0\r\n\r\n");
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c, fallback: { respond: { status: 503, body: later } } } }
            clusters: { c: { endpoints: ["{{origin.Url}}"], breaker: { errors: { percent: 50%, volume: 2, open: 90s } } } }
            """);
        for (var i = 0; i < 2; i++) (await gateway.AskAsync(Get)).Body.ShouldBe("");
        var answer = await gateway.AskAsync(Get);
        (answer.Body, answer.Refusal).ShouldBe(("later", "breaker-open"));
        int.Parse(answer["Retry-After"]!, System.Globalization.CultureInfo.InvariantCulture).ShouldBeInRange(60, 90);
    }

    [Fact]
    public async Task The_wait_for_a_place_is_a_wait_in_a_queue()
    {
        var go = new TaskCompletionSource();
        await using var origin = Origin.Held(go.Task);
        await using var gateway = await StartAsync(origin.Url, "breaker: { requests: 1, queue: 10, queue-timeout: 150ms }", logs: true);
        var held = await HoldAsync(gateway, 1);
        (await gateway.AskAsync(Get)).Refusal.ShouldBe("cluster-busy");
        go.SetResult();
        await AllAnsweredAsync(held);
        await IsEmptyAsync(gateway);
        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
        var ring = gateway.Gateway.Loops[0].Log;
        ring.Peek().Queue.ShouldBeInRange(140_000, (int)ring.Peek().Total);
        ring.Take();
        ring.Peek().Queue.ShouldBe(-1);
        ring.Take();
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", "hello")]
    public async Task A_fallback_to_another_cluster_gets_the_whole_request(string request, string body)
    {
        await using var second = Origin.Answering(static asked => $"HTTP/1.1 200 OK\r\nContent-Length: {asked.Body.Length}\r\n\r\n{asked.Body}");
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: dead, fallback: { forward: second } } }
            clusters: { dead: { endpoints: ["{{Origin.Refusing()}}"], breaker: { requests: 5 } }, second: { endpoints: ["{{second.Url}}"], breaker: { requests: 5 } } }
            """, logs: true);
        var answer = await gateway.AskAsync(request);
        answer.Status.ShouldBe(200);
        answer.Body.ShouldBe(body);
        foreach (var cluster in gateway.Gateway.Current!.Clusters.Values) await TestGateway.EventuallyAsync(() => cluster.State.Gate.InFlight == 0 && cluster.State.Active == 0);
    }

    // RFC 9110 §9.2.2: to ask another cluster is to send the request again.
    [Theory]
    [InlineData("POST", "Content-Length: 0\r\n", "", "retry: 1", 502)]
    [InlineData("POST", "Content-Length: 0\r\n", "", "retry: 3", 502)]
    [InlineData("POST", "Content-Length: 0\r\n", "", "retry: { methods: [GET, POST] }", 200)]
    [InlineData("PUT", "Content-Length: 5\r\n", "hello", "retry: { attempts: 2, on: [connect-failure] }", 200)]
    public async Task A_fallback_to_another_cluster_gets_nothing_that_must_not_be_sent_twice(string method, string fields, string body, string retry, int status)
    {
        await using var first = Origin.Start(static async (wire, _) => await wire.ReadRequestAsync());
        await using var second = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: first, fallback: { forward: second } } }
            clusters: { first: { endpoints: ["{{first.Url}}"], {{retry}} }, second: { endpoints: ["{{second.Url}}"] } }
            """);
        (await gateway.AskAsync($"{method} / HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}", method)).Status.ShouldBe(status);
        (second.Connections.Count > 0).ShouldBe(status == 200);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", "hello")]
    public async Task A_fallback_to_another_cluster_has_attempts_of_its_own(string request, string body)
    {
        await using var second = Origin.Answering(static asked => $"HTTP/1.1 200 OK\r\nContent-Length: {asked.Body.Length}\r\n\r\n{asked.Body}");
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: dead, fallback: { forward: second } } }
            clusters:
              dead: { endpoints: ["{{Origin.Refusing()}}"] }
              second: { balancer: round-robin, health: { outliers: false }, endpoints: ["{{Origin.Refusing()}}", "{{second.Url}}"] }
            """);
        for (var i = 0; i < 4; i++)
        {
            var answer = await gateway.AskAsync(request);
            answer.Status.ShouldBe(200);
            answer.Body.ShouldBe(body);
        }
    }

    [Fact]
    public async Task A_limit_that_is_raised_lets_those_in_who_wait()
    {
        var go = new TaskCompletionSource();
        await using var origin = Origin.Held(go.Task);
        static string Yaml(string url, int requests) => $$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c } }
            clusters: { c: { endpoints: ["{{url}}"], breaker: { requests: {{requests}}, queue: 10, queue-timeout: 20s } } }
            """;
        await using var gateway = await TestGateway.StartAsync(Yaml(origin.Url, 2));
        using var quick = await gateway.ConnectAsync();
        await quick.SendAsync(Get);
        await TestGateway.EventuallyAsync(() => State(gateway).Gate.InFlight == 1);
        using var leaving = await gateway.ConnectAsync();
        await leaving.SendAsync(Get);
        await TestGateway.EventuallyAsync(() => State(gateway).Gate.InFlight == 2);
        var waiting = Enumerable.Range(0, 4).Select(_ => gateway.AskAsync(Get)).ToList();
        await TestGateway.EventuallyAsync(() => State(gateway).Gate.Waiting == 4);
        (await gateway.ApplyAsync(Yaml(origin.Url, 20))).IsApplied.ShouldBeTrue();
        // One place is given back: there are places for all now.
        leaving.Reset();
        await TestGateway.EventuallyAsync(() => State(gateway).Gate.Waiting == 0);
        go.SetResult();
        foreach (var one in waiting) (await one).Status.ShouldBe(200);
        (await quick.ReadResponseAsync()).Status.ShouldBe(200);
        await IsEmptyAsync(gateway);
    }

    [Fact]
    public async Task A_client_whose_endpoint_has_as_much_as_it_may_is_served_by_another()
    {
        var go = new TaskCompletionSource();
        var isHeld = false;
        Origin Named(string name) => Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                await wire.ReadRequestAsync();
                if (Volatile.Read(ref isHeld)) await go.Task;
                await wire.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{name}");
            }
        });
        await using var a = Named("a");
        await using var b = Named("b");
        await using var gateway = await StartAsync(a.Url + "\", \"" + b.Url, "breaker: { endpoint-requests: 1 }, sticky: { keys: [0123456789abcdef0123456789abcdef] }");
        var first = await gateway.AskAsync(Get);
        var mine = $"GET / HTTP/1.1\r\nHost: a\r\nCookie: {first["Set-Cookie"]!.Split(';')[0]}\r\n\r\n";
        Volatile.Write(ref isHeld, true);
        using var held = await gateway.ConnectAsync();
        await held.SendAsync(mine);
        await TestGateway.EventuallyAsync(() => State(gateway).Active == 1);
        var second = gateway.AskAsync(mine);
        await TestGateway.EventuallyAsync(() => State(gateway).Active == 2 || second.IsCompleted);
        go.SetResult();
        (await second).Status.ShouldBe(200);
        (await second).Body.ShouldNotBe(first.Body);
        (await held.ReadResponseAsync()).Body.ShouldBe(first.Body);
    }

    private static Task<TestGateway> StartAsync(string url, string cluster, int loops = 1, bool logs = false) => TestGateway.StartAsync($$"""
        version: 1
        listeners: { web: "127.0.0.1:0" }
        routes:
          all: { forward: c }
          critical: { match: { path: /critical }, criticality: critical, forward: c }
          sheddable: { match: { path: /sheddable }, criticality: sheddable, forward: c }
        clusters: { c: { endpoints: ["{{url}}"], {{cluster}} } }
        """, loops, logs: logs);

    private static Model.ClusterState State(TestGateway gateway) => gateway.Gateway.Current!.Clusters["c"].State;

    private static Task IsEmptyAsync(TestGateway gateway)
    {
        var state = State(gateway);
        return TestGateway.EventuallyAsync(() => state.Gate.InFlight == 0 && state.Gate.Waiting == 0 && state.Active == 0, "all places are free");
    }

    private static async Task<List<RawConnection>> HoldAsync(TestGateway gateway, int count, int already = 0)
    {
        var held = new List<RawConnection>();
        for (var i = 0; i < count; i++)
        {
            var client = await gateway.ConnectAsync();
            await client.SendAsync(Get);
            held.Add(client);
            var active = already + i + 1;
            await TestGateway.EventuallyAsync(() => State(gateway).Active == active);
        }

        return held;
    }

    private static async Task AllAnsweredAsync(List<RawConnection> clients)
    {
        foreach (var client in clients)
        {
            (await client.ReadResponseAsync()).Status.ShouldBe(200);
            client.Dispose();
        }
    }
}
