using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Balancing;

/// <summary>Balancing on running loops: in-flight counts over all of them, and sets that change while requests pass.</summary>
public sealed class LiveTests
{
    [Theory]
    [InlineData("power-of-two", 0.35)]
    [InlineData("least-requests", 0.2)]
    [InlineData("round-robin", 0.2)]
    public async Task Requests_in_flight_are_even_over_four_loops(string balancer, double spread)
    {
        const int endpoints = 4, requests = 120;
        var go = new TaskCompletionSource();
        var origins = Enumerable.Range(0, endpoints).Select(_ => Origin.Held(go.Task)).ToList();
        try
        {
            await using var gateway = await TestGateway.StartAsync(Yaml(origins, $"balancer: {balancer}, "), loops: 4);
            var clients = new List<RawConnection>();
            for (var i = 0; i < requests; i++)
            {
                var client = await gateway.ConnectAsync();
                clients.Add(client);
                await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                var sent = i + 1;
                await TestGateway.EventuallyAsync(() => gateway.Gateway.Store.Endpoints.Sum(static e => e.Active) == sent);
            }

            // Each loop had its part of the clients, and none knows more of the endpoints than that and their common counts.
            gateway.Gateway.Loops.Count(static l => l.Active > 0).ShouldBeGreaterThan(1);
            foreach (var endpoint in gateway.Gateway.Store.Endpoints) ((double)endpoint.Active).ShouldBe(requests / (double)endpoints, requests / (double)endpoints * spread);
            go.SetResult();
            foreach (var client in clients)
            {
                (await client.ReadResponseAsync()).Status.ShouldBe(200);
                client.Dispose();
            }

            gateway.Gateway.Current!.Clusters["c"].State.Active.ShouldBe(0);
        }
        finally
        {
            foreach (var origin in origins) await origin.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("least-time")]
    [InlineData("power-of-two")]
    public async Task The_slow_one_is_avoided(string balancer)
    {
        var asked = new int[4];
        var origins = Enumerable.Range(0, 4).Select(i => Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                await wire.ReadRequestAsync();
                asked[i]++;
                if (i == 0) await Task.Delay(100);
                await wire.SendAsync(Origin.Ok);
            }
        })).ToList();
        try
        {
            await using var gateway = await TestGateway.StartAsync(Yaml(origins, $"balancer: {balancer}, "), loops: 2);
            for (var i = 0; i < 100; i++) (await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);
            asked[0].ShouldBeLessThan(10);
            asked.Sum().ShouldBe(100);
        }
        finally
        {
            foreach (var origin in origins) await origin.DisposeAsync();
        }
    }

    // As long as nothing is in flight, what answers 503 at once would be the best choice of all.
    [Theory]
    [InlineData("least-time")]
    [InlineData("power-of-two")]
    public async Task One_that_says_that_it_cannot_serve_is_not_quick(string balancer)
    {
        var (good, bad) = (Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                await wire.ReadRequestAsync();
                await Task.Delay(3);
                await wire.SendAsync(Origin.Ok);
            }
        }), Origin.Answering("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"));
        await using var first = good;
        await using var second = bad;
        await using var gateway = await TestGateway.StartAsync(Yaml([good, bad], $"balancer: {balancer}, health: {{ outliers: false }}, "));
        var failed = 0;
        for (var i = 0; i < 100; i++)
            if ((await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status == 503) failed++;
        failed.ShouldBeInRange(1, 10);
    }

    [Fact]
    public async Task The_time_that_a_client_takes_for_its_body_is_not_the_endpoints()
    {
        await using var first = Origin.Answering();
        await using var second = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync(Yaml([first, second], ""));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n1");
        await Task.Delay(300);
        await client.SendAsync("2");
        (await client.ReadResponseAsync()).Status.ShouldBe(200);
        var now = gateway.Gateway.Loops[0].Loop.Now;
        gateway.Gateway.Store.Endpoints.Max(e => e.Latency.At(now)).ShouldBeInRange(1, 200_000);
    }

    // What an endpoint says to half a body, or to a stream that goes on, would be a time of nothing.
    [Fact]
    public async Task An_answer_to_a_body_that_is_not_at_its_end_is_no_quick_one()
    {
        static async Task AnswerEarlyAsync(RawConnection wire, int number)
        {
            await wire.ReadUntilAsync("\r\n\r\n1");
            await wire.SendAsync(Origin.Ok);
            await wire.ReadUntilAsync("never");
        }

        await using var first = Origin.Start(AnswerEarlyAsync);
        await using var second = Origin.Start(AnswerEarlyAsync);
        await using var gateway = await TestGateway.StartAsync(Yaml([first, second], "health: { outliers: { latency: 3 } }, "));
        for (var i = 0; i < 4; i++)
        {
            using var client = await gateway.ConnectAsync();
            await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n1");
            (await client.ReadResponseAsync()).Status.ShouldBe(200);
        }

        foreach (var endpoint in gateway.Gateway.Store.Endpoints)
        {
            endpoint.Latency.At(0).ShouldBe(0);
            endpoint.PerLoop.Sum(static c => c.Timed).ShouldBe(0);
        }
    }

    [Fact]
    public async Task A_kept_connection_that_had_ended_is_no_fault_of_the_endpoint()
    {
        static async Task AnswerOnceAsync(RawConnection wire, int number)
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync(Origin.Ok);
            await wire.ReadRequestAsync();
            wire.Reset();
        }

        await using var first = Origin.Start(AnswerOnceAsync);
        await using var second = Origin.Start(AnswerOnceAsync);
        await using var gateway = await TestGateway.StartAsync(Yaml([first, second], "balancer: least-time, health: { outliers: false }, "));
        for (var i = 0; i < 6; i++) (await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);
        gateway.Count(static c => c.Retried[(int)AttemptFault.Reset]).ShouldBeGreaterThan(0);
        foreach (var endpoint in gateway.Gateway.Store.Endpoints) endpoint.Latency.At(0).ShouldBeLessThan(95_000);
    }

    [Fact]
    public async Task Who_has_just_come_is_not_judged_by_its_times()
    {
        await using var first = Origin.Answering();
        await using var second = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync(Yaml([first, second], ""));
        var endpoints = gateway.Gateway.Store.Endpoints.ToList();
        await AskUntilAsync(() => endpoints.All(static e => e.Latency.At(0) > 0));
        gateway.Gateway.Sets.BeginWarming(endpoints[0]);
        var before = Answers(endpoints[0]);
        await AskUntilAsync(() => Answers(endpoints[0]) > before + 2);
        endpoints[0].Latency.At(0).ShouldBe(0);
        endpoints[1].Latency.At(0).ShouldBeGreaterThan(0);

        async Task AskUntilAsync(Func<bool> isDone)
        {
            for (var i = 0; i < 1000 && !isDone(); i++) (await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);
            isDone().ShouldBeTrue();
        }

        static long Answers(EndpointState endpoint) => endpoint.PerLoop.Sum(static c => c.Attempts);
    }

    [Fact]
    public async Task What_changes_of_an_endpoint_is_known_to_all_loops_at_once()
    {
        var origins = Enumerable.Range(0, 3).Select(_ => Origin.Answering()).ToList();
        try
        {
            await using var gateway = await TestGateway.StartAsync(Yaml(origins, ""), loops: 2);
            var cluster = gateway.Gateway.Current!.Clusters["c"].State;
            var first = cluster.All.Set.Open[0].State;
            first.Unhealthy = true;
            gateway.Gateway.Sets.Changed(cluster);
            await TestGateway.EventuallyAsync(() => cluster.All.Set.Open.Length == 2);
            first.Unhealthy = false;
            gateway.Gateway.Sets.BeginWarming(first);
            gateway.Gateway.Sets.Changed(cluster);
            await TestGateway.EventuallyAsync(() => cluster.All.Set.Open.Length == 3);
            Share(cluster, first).ShouldBeLessThan(0.2);
        }
        finally
        {
            foreach (var origin in origins) await origin.DisposeAsync();
        }
    }

    [Fact]
    public async Task An_endpoint_that_a_reload_adds_begins_slowly_and_those_of_the_first_configuration_do_not()
    {
        var origins = Enumerable.Range(0, 3).Select(_ => Origin.Answering()).ToList();
        try
        {
            await using var gateway = await TestGateway.StartAsync(Yaml(origins.Take(2), "slow-start: 2s, "));
            var cluster = gateway.Gateway.Current!.Clusters["c"].State;
            cluster.All.Set.Weights.ShouldBe([1, 1]);
            (await gateway.ApplyAsync(Yaml(origins, "slow-start: 2s, "))).IsApplied.ShouldBeTrue();
            var added = cluster.All.Set.Open[2].State;
            Share(cluster, added).ShouldBeLessThan(0.1);
            await TestGateway.EventuallyAsync(() => cluster.All.Set.Weights is [1, 1, 1], "its full share");
        }
        finally
        {
            foreach (var origin in origins) await origin.DisposeAsync();
        }
    }

    private static double Share(ClusterState cluster, EndpointState endpoint)
    {
        var set = cluster.All.Set;
        var at = Array.FindIndex(set.Open, e => e.State == endpoint);
        return at < 0 ? 0 : set.Weights[at] / (double)set.SumOfWeights;
    }

    private static string Yaml(IEnumerable<Origin> origins, string members) => $$"""
        version: 1
        listeners: { web: "127.0.0.1:0" }
        routes: { all: { forward: c } }
        clusters: { c: { {{members}}endpoints: [{{string.Join(", ", origins.Select(static o => $"\"{o.Url}\""))}}] } }
        """;
}
