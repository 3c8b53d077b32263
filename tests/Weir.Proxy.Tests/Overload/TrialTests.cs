using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.Retries;

namespace Weir.Proxy.Tests.Overload;

/// <summary>What opens a breaker and closes it again are attempts that say something of its cluster as it is.</summary>
public sealed class TrialTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private const string Bad = "HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n";

    [Fact]
    public void A_breaker_goes_on_when_a_reload_makes_its_interval_longer()
    {
        var breaker = new ErrorBreaker();
        var before = new ErrorRatePlan(50, 10, 1000, 500, 2);
        var after = before with { Interval = 10_000 };
        var now = 3_600_000L;   // an hour after the start
        breaker.TryPass(before, now, out var pass);
        for (var i = 0; i < 1000; i++) breaker.Note(before, now, false, pass);
        // Reload. Ten minutes later all fail.
        now += 600_000;
        for (var i = 0; i < 500; i++) breaker.Note(after, now += 10, true, pass);
        breaker.Position.ShouldBe(BreakerPosition.Open);
    }

    [Fact]
    public async Task Kept_connections_that_turn_out_closed_open_no_breaker()
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync(Origin.Ok);
            await wire.ReadRequestAsync();
            wire.Reset();
        });
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c } }
            clusters: { c: { endpoints: ["{{origin.Url}}"], breaker: { errors: { percent: 40%, volume: 10, open: 5s } } } }
            """);
        using var client = await gateway.ConnectAsync();
        var answers = new List<string>();
        for (var i = 0; i < 30; i++)
        {
            var answer = await client.AskAsync(Get);
            answers.Add(answer.Refusal ?? "200");
        }

        answers.ShouldAllBe(static a => a == "200");
    }

    [Fact]
    public async Task Streams_that_an_endpoint_did_not_look_at_open_no_breaker()
    {
        await using var origin = FaultyOrigin.Start(true, static number => number % 2 == 1 ? "refuse" : "200");
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c } }
            clusters: { c: { endpoints: ["{{origin.Url}}"], protocol: http2, breaker: { errors: { percent: 40%, volume: 10, open: 5s } } } }
            """);
        var answers = new List<string>();
        for (var i = 0; i < 30; i++) answers.Add((await gateway.AskAsync(Get)).Refusal ?? "200");
        answers.ShouldAllBe(static a => a == "200");
    }

    [Fact]
    public async Task Clients_that_leave_do_not_keep_a_breaker_open()
    {
        var isBad = true;
        await using var origin = Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                await wire.ReadRequestAsync();
                await Task.Delay(Volatile.Read(ref isBad) ? 0 : 40);
                await wire.SendAsync(Volatile.Read(ref isBad) ? Bad : Origin.Ok);
            }
        });
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c } }
            clusters: { c: { endpoints: ["{{origin.Url}}"], breaker: { errors: { percent: 50%, volume: 5, open: 200ms, trials: 3 } } } }
            """);
        for (var i = 0; i < 5; i++) await gateway.AskAsync(Get);
        State(gateway).Breaker.Position.ShouldBe(BreakerPosition.Open);
        Volatile.Write(ref isBad, false);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(6));
        var leaving = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                using var gone = await gateway.ConnectAsync();
                await gone.SendAsync(Get);
                await Task.Delay(10);
                gone.Reset();
            }
        })).ToList();
        var (served, refused) = (0, 0);
        while (!stop.IsCancellationRequested)
        {
            if ((await gateway.AskAsync(Get)).Status == 200) served++;
            else refused++;
            await Task.Delay(10);
        }

        await Task.WhenAll(leaving);
        // The origin has been well for six seconds, thirty times as long as the breaker stays open.
        $"{served} served, {refused} refused, {State(gateway).Breaker.Position}".ShouldEndWith("Closed");
    }

    [Fact]
    public async Task A_trial_that_finds_no_place_leaves_its_trial_to_others()
    {
        var isBad = true;
        var go = new TaskCompletionSource();
        await using var origin = Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                var request = await wire.ReadRequestAsync();
                if (request.Target == "/held") await go.Task;
                await wire.SendAsync(Volatile.Read(ref isBad) && request.Target != "/held" ? Bad : Origin.Ok);
            }
        });
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c } }
            clusters: { c: { endpoints: ["{{origin.Url}}"], breaker: { requests: 2, errors: { percent: 50%, volume: 5, open: 2s, trials: 1 } } } }
            """);
        using var held = await gateway.ConnectAsync();
        await held.SendAsync("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
        await TestGateway.EventuallyAsync(() => State(gateway).Active == 1);
        using var held2 = await gateway.ConnectAsync();
        await held2.SendAsync("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
        await TestGateway.EventuallyAsync(() => State(gateway).Active == 2);
        var plan = gateway.Gateway.Current!.Clusters["c"].Breaker!.Errors!;
        var breaker = State(gateway).Breaker;
        breaker.TryPass(plan, gateway.Gateway.Loops[0].Loop.Now, out var pass);
        for (var i = 0; i < 5; i++) breaker.Note(plan, gateway.Gateway.Loops[0].Loop.Now, true, pass);
        breaker.Position.ShouldBe(BreakerPosition.Open);
        Volatile.Write(ref isBad, false);
        await Task.Delay(2100);
        (await gateway.AskAsync(Get)).Refusal.ShouldBe("cluster-busy");
        go.SetResult();
        await held.ReadResponseAsync();
        await held2.ReadResponseAsync();
        await TestGateway.EventuallyAsync(() => State(gateway).Gate.InFlight == 0);
        // The cluster is well and has nothing to do.
        (await gateway.AskAsync(Get)).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task A_request_that_is_hedged_is_one_trial()
    {
        var (isBad, asked) = (true, 0);
        Origin Any() => Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                await wire.ReadRequestAsync();
                if (Volatile.Read(ref isBad)) await wire.SendAsync("HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n");
                else if (Interlocked.Increment(ref asked) == 1)
                {
                    await Task.Delay(80);
                    await wire.SendAsync("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
                }
                else
                {
                    await Task.Delay(120);
                    await wire.SendAsync(Origin.Ok);
                }
            }
        });
        await using var a = Any();
        await using var b = Any();
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c, retry: { on: [500], hedge: 30ms } } }
            clusters: { c: { endpoints: ["{{a.Url}}", "{{b.Url}}"], breaker: { errors: { percent: 50%, volume: 2, open: 100ms, trials: 2 } } } }
            """);
        var breaker = gateway.Gateway.Current!.Clusters["c"].State.Breaker;
        while (breaker.Position == BreakerPosition.Closed) await gateway.AskAsync(Get);
        Volatile.Write(ref isBad, false);
        await Task.Delay(150);
        (await gateway.AskAsync(Get)).Status.ShouldBe(200);
        asked.ShouldBe(2);
        breaker.Position.ShouldBe(BreakerPosition.HalfOpen);
    }

    [Fact]
    public async Task What_failed_before_a_breaker_opened_does_not_open_it_again()
    {
        // Twenty hang, then the rest fail at once; the cluster recovers; then the twenty time out.
        var isBad = true;
        await using var origin = Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                var request = await wire.ReadRequestAsync();
                if (request.Target == "/hang") await new TaskCompletionSource().Task;
                await wire.SendAsync(Volatile.Read(ref isBad) ? "HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n" : Origin.Ok);
            }
        });
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c, timeouts: { first-byte: 1500ms }, retry: 1 } }
            clusters: { c: { endpoints: ["{{origin.Url}}"], breaker: { errors: { percent: 50%, volume: 10, open: 200ms, trials: 1 } } } }
            """);
        var state = gateway.Gateway.Current!.Clusters["c"].State;
        var hanging = Enumerable.Range(0, 20).Select(_ => gateway.AskAsync("GET /hang HTTP/1.1\r\nHost: a\r\n\r\n")).ToList();
        await TestGateway.EventuallyAsync(() => state.Active == 20);
        while (state.Breaker.Position == BreakerPosition.Closed) await gateway.AskAsync(Get);
        Volatile.Write(ref isBad, false);
        await TestGateway.EventuallyAsync(async () => (await gateway.AskAsync(Get)).Status == 200 && state.Breaker.Position == BreakerPosition.Closed);
        foreach (var one in hanging) (await one).Status.ShouldBe(504);
        state.Breaker.Opened.ShouldBe(1);
    }

    [Fact]
    public async Task Quick_answers_that_nobody_serves_do_not_count_as_usual()
    {
        var isBad = false;
        await using var origin = Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                await wire.ReadRequestAsync();
                if (Volatile.Read(ref isBad)) await wire.SendAsync(Bad);
                else
                {
                    await Task.Delay(20);
                    await wire.SendAsync(Origin.Ok);
                }
            }
        }, records: false);
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c } }
            clusters: { c: { endpoints: ["{{origin.Url}}"], retry: 1, breaker: { requests: 16, adaptive: { initial: 16, min: 2 } } } }
            """);
        using var stop = new CancellationTokenSource();
        var busy = 0;
        var clients = Enumerable.Range(0, 12).Select(_ => Task.Run(async () =>
        {
            using var client = await gateway.ConnectAsync();
            while (!stop.IsCancellationRequested)
                if ((await client.AskAsync(Get)).Refusal == "cluster-busy")
                {
                    Interlocked.Increment(ref busy);
                    await Task.Delay(5);
                }
        })).ToList();
        var plan = gateway.Gateway.Current!.Clusters["c"].Breaker!.Adaptive!;
        await Task.Delay(2000);
        var (before, busyBefore) = (State(gateway).Gradient.Limit(plan), busy);
        Volatile.Write(ref isBad, true);
        await Task.Delay(600);
        Volatile.Write(ref isBad, false);
        var least = int.MaxValue;
        for (var i = 0; i < 30; i++)
        {
            await Task.Delay(100);
            least = Math.Min(least, State(gateway).Gradient.Limit(plan));
        }

        await stop.CancelAsync();
        await Task.WhenAll(clients);
        busy.ShouldBe(busyBefore);
        least.ShouldBeGreaterThan(before / 2);
    }

    [Fact]
    public async Task Who_waits_for_a_place_gets_one_when_more_may_be()
    {
        await using var a = Origin.Held(new TaskCompletionSource().Task);
        static string Yaml(string url, string breaker) => $$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c } }
            clusters: { c: { endpoints: ["{{url}}"], {{breaker}} } }
            """;
        await using var gateway = await TestGateway.StartAsync(Yaml(a.Url, "breaker: { requests: 1, queue: 5, queue-timeout: 2s }"));
        using var first = await gateway.ConnectAsync();
        await first.SendAsync(Get);
        await TestGateway.EventuallyAsync(() => a.Received.Length > 0);
        using var second = await gateway.ConnectAsync();
        await second.SendAsync(Get);
        await TestGateway.EventuallyAsync(() => State(gateway).Gate.Waiting == 1);
        (await gateway.ApplyAsync(Yaml(a.Url, "breaker: { requests: 10 }"))).IsApplied.ShouldBeTrue();
        await Task.Delay(1000);
        State(gateway).Gate.Waiting.ShouldBe(0);
    }

    private static ClusterState State(TestGateway gateway) => gateway.Gateway.Current!.Clusters["c"].State;
}
