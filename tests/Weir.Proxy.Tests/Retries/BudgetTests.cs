using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.Http2;

namespace Weir.Proxy.Tests.Retries;

/// <summary>A cluster that fails is not asked several times as much.</summary>
public class BudgetTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [InlineData(20, 0, 20, 4)]
    [InlineData(0, 3, 20, 3)]
    [InlineData(20, 2, 20, 4)]
    [InlineData(0, 0, 20, 0)]
    [InlineData(1000, 0, 20, 20)]
    public async Task So_many_of_the_last_requests_are_sent_again(int percent, int floor, int requests, int most)
    {
        await using var origin = FaultyOrigin.Start(static (_, _) => Task.FromResult("503"));
        await using var gateway = await TestGateway.StartAsync(TestGateway.Forwarding(origin.Url, cluster: $"retry: {{ attempts: 2, on: 503, backoff: 0, budget: {{ percent: {percent}%, floor: {floor} }} }}, health: {{ outliers: false }}"));
        for (var i = 0; i < requests; i++) (await gateway.AskAsync(Get)).Status.ShouldBe(503);
        origin.Requests.Count.ShouldBe(requests + most);
        await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.NotRetried[(int)RetryStop.Budget]) == requests - most);
        gateway.Count(static c => c.Retried[(int)AttemptFault.Status]).ShouldBe(most);
    }

    [Fact]
    public async Task One_endpoint_that_fails_with_all_that_it_had_in_flight_costs_none_of_it()
    {
        const int Clients = 60;
        var go = new TaskCompletionSource();
        var held = 0;
        await using var origin = FaultyOrigin.Start(async (number, _) =>
        {
            if (number < Clients * 4) return "200";
            if (Interlocked.Increment(ref held) > Clients) return "200";
            await go.Task;
            return "503";
        });
        await using var gateway = await TestGateway.StartAsync(TestGateway.Forwarding(origin.Url, cluster: "retry: { attempts: 2, on: 503, backoff: 0, budget: { floor: 0 } }, health: { outliers: false }"));
        for (var i = 0; i < Clients * 4; i++) (await gateway.AskAsync(Get)).Status.ShouldBe(200);
        var answers = Enumerable.Range(0, Clients).Select(_ => gateway.AskAsync(Get)).ToList();
        await TestGateway.EventuallyAsync(() => Volatile.Read(ref held) == Clients);
        go.SetResult();
        foreach (var answer in await Task.WhenAll(answers)) answer.Status.ShouldBe(200);
    }

    [Fact]
    public async Task What_reached_nobody_does_not_count_as_a_request()
    {
        await using var origin = FaultyOrigin.Start(static (_, _) => Task.FromResult("503"));
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: { address: "127.0.0.1:0" } }
            routes: { all: { forward: origin } }
            clusters:
              origin:
                balancer: round-robin
                endpoints: ["{{Origin.Refusing()}}", "{{origin.Url}}"]
                health: { outliers: false }
                retry: { attempts: 3, on: [connect-failure, 503], backoff: 0, budget: { percent: 50%, floor: 0 } }
            """);
        for (var i = 0; i < 20; i++) (await gateway.AskAsync(Get)).Status.ShouldBeOneOf(502, 503);
        gateway.Count(static c => c.Retried[(int)AttemptFault.Status]).ShouldBe(10);
    }

    [Fact]
    public async Task What_reached_nobody_is_not_paid_for()
    {
        await using var origin = FaultyOrigin.Start(static async (_, _) =>
        {
            await Task.Delay(2);
            return "200";
        });
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: { address: "127.0.0.1:0" } }
            routes: { all: { forward: origin } }
            clusters: { origin: { balancer: random, endpoints: ["{{origin.Url}}", "{{Origin.Refusing()}}"], retry: { budget: { percent: 0, floor: 0 } }, health: { outliers: false } } }
            """);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ =>
        {
            using var client = await gateway.ConnectAsync();
            for (var i = 0; i < 10; i++) (await client.AskAsync(Get)).Status.ShouldBe(200);
        }));
        gateway.Count(static c => c.Retried[(int)AttemptFault.ConnectFailure]).ShouldBeGreaterThan(50);
    }

    [Theory]
    [InlineData(true, 200)]
    [InlineData(false, 502)]
    public async Task What_was_under_way_on_a_connection_of_http2_that_served_before_is_not_paid_for(bool served, int status)
    {
        const int Clients = 12;
        await using var origin = new Http2Origin(async (wire, number) =>
        {
            var id = 1;
            for (; number > 0 || (served && id == 1); id += 2)
            {
                await wire.ReadAnswerAsync(id);
                await wire.HeadersAsync(id, true, (":status", "200"));
            }

            for (var i = 0; i < Clients; i++) await wire.ReadAnswerAsync(id + (2 * i));
            wire.Cut();
        });
        await using var gateway = await TestGateway.StartAsync(TestGateway.Forwarding(origin.Url, cluster: "protocol: http2, retry: { backoff: 0, budget: { percent: 0, floor: 0 } }"));
        if (served) (await gateway.AskAsync(Get)).Status.ShouldBe(200);
        var answers = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => gateway.AskAsync(Get)));
        answers.Select(static a => a.Status).ShouldAllBe(s => s == status);
        gateway.Count(static c => c.Retried[(int)AttemptFault.Reset]).ShouldBe(served ? Clients : 0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_cluster_that_fails_altogether_is_asked_little_more_than_without_retries(int loops)
    {
        // An answer takes a while, so that there is a load.
        await using var origin = FaultyOrigin.Start(static async (_, _) =>
        {
            await Task.Delay(2);
            return "503";
        });
        await using var gateway = await TestGateway.StartAsync(TestGateway.Forwarding(origin.Url, cluster: "retry: { attempts: 3, on: 503, backoff: 1ms }"), loops);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            using var client = await gateway.ConnectAsync();
            for (var i = 0; i < 30; i++) (await client.AskAsync(Get)).Status.ShouldBe(503);
        }));
        // 20 %, and what the floor lets through before so many were asked.
        (origin.Requests.Count / 3000.0).ShouldBeInRange(1.02, 1.25);
    }
}
