using System.Diagnostics;
using Weir.Http;
using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Retries;

/// <summary>Waits between attempts, and what ends them.</summary>
public class BackoffTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [InlineData("60s", "", "30", 0, "None")]
    [InlineData("10s", "", "30", 1, "RetryAfter")]
    [InlineData("60s", "timeouts: { total: 10s }", "30", 1, "Deadline")]
    [InlineData("10s", "", "0", 2, "None")]
    [InlineData("10s", "", "soon", 2, "None")]
    [InlineData("10s", "", "Thu, 01 Jan 1970 00:00:00 GMT", 2, "None")]
    [InlineData("10s", "", "Fri, 31 Dec 9999 23:59:59 GMT", 1, "RetryAfter")]
    public async Task Retry_After_is_waited_for_or_passed_on(string most, string route, string after, int sends, string stop)
    {
        await using var origin = FaultyOrigin.Start(false, number => number == 0 ? $"503 Retry-After: {after}" : "200");
        await using var gateway = await TestGateway.StartAsync(TestGateway.Forwarding(origin.Url, route: route, cluster: $"retry: {{ on: 503, backoff: 0, max-retry-after: {most} }}"), logs: true);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Get);
        if (sends == 0)
        {
            await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.Retried[(int)AttemptFault.Status]) == 1);
            origin.Requests.Count.ShouldBe(1);
            gateway.Active.ShouldBe(1);
            return;
        }

        var response = await client.ReadResponseAsync();
        response.Status.ShouldBe(sends == 1 ? 503 : 200);
        if (sends == 1) response["Retry-After"].ShouldBe(after);
        origin.Requests.Count.ShouldBe(sends);
        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
        gateway.Gateway.Loops[0].Log.Peek().RetryStop.ToString().ShouldBe(stop);
    }

    [Fact]
    public async Task A_client_that_leaves_ends_the_wait()
    {
        await using var origin = FaultyOrigin.Start(false, static _ => "503 Retry-After: 30");
        await using var gateway = await TestGateway.StartAsync(TestGateway.Forwarding(origin.Url, cluster: "retry: { on: 503, max-retry-after: 60s }"));
        using (var client = await gateway.ConnectAsync())
        {
            await client.SendAsync(Get);
            await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.Retried[(int)AttemptFault.Status]) == 1);
            client.Reset();
        }

        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
        gateway.Refusals(Refusal.ClientGone).ShouldBe(1);
        origin.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_end_of_the_process_ends_the_wait()
    {
        await using var origin = FaultyOrigin.Start(false, static _ => "503 Retry-After: 30");
        await using var gateway = await TestGateway.StartAsync(TestGateway.Forwarding(origin.Url, cluster: "retry: { on: 503, max-retry-after: 60s }"));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Get);
        await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.Retried[(int)AttemptFault.Status]) == 1);
        await gateway.Gateway.DrainAsync(TimeSpan.FromMilliseconds(50));
        (await client.ReadResponseAsync()).Refusal.ShouldBe("shutting-down");
        origin.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public void Waits_are_at_random_up_to_a_bound_that_doubles()
    {
        var rule = Snapshots.RetryCompiler.Compile(new Config.Records.RetryConfig { Backoff = new() { Base = TimeSpan.FromMilliseconds(25), Max = TimeSpan.FromMilliseconds(250) } });
        foreach (var (attempts, bound) in new[] { (1, 25), (2, 50), (3, 100), (4, 200), (5, 250), (10, 250) })
        {
            var waits = Enumerable.Range(0, 2000).Select(_ => Upstream.Backoff.Next(rule, attempts)).ToList();
            waits.Min().ShouldBeLessThanOrEqualTo(bound / 10);
            waits.Max().ShouldBeInRange(bound * 9 / 10, bound);
            waits.Average().ShouldBeInRange(bound * 0.4, bound * 0.6);
        }
    }

    [Fact]
    public async Task The_first_retry_elsewhere_does_not_wait()
    {
        await using var bad = FaultyOrigin.Start(false, static _ => "503");
        await using var good = FaultyOrigin.Start(false, static _ => "200");
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: { address: "127.0.0.1:0" } }
            routes: { all: { forward: two } }
            clusters: { two: { balancer: round-robin, endpoints: ["{{bad.Url}}", "{{good.Url}}"], retry: { on: 503, backoff: { base: 60s, max: 60s } } } }
            """);
        for (var i = 0; i < 10; i++) (await gateway.AskAsync(Get)).Status.ShouldBe(200);
        bad.Requests.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_try_has_its_time_and_the_client_its_own()
    {
        await using var origin = FaultyOrigin.Start(false, static number => number == 0 ? "silence" : "200");
        await using var gateway = await TestGateway.StartAsync(TestGateway.Forwarding(origin.Url, cluster: "retry: { on: timeout, per-try-timeout: 200ms, backoff: 0 }"));
        using var client = await gateway.ConnectAsync();
        var started = Stopwatch.GetTimestamp();
        // The body takes longer than a try may: that is not the endpoint's fault.
        await client.SendAsync("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nh");
        await Task.Delay(500);
        origin.Requests.ShouldBeEmpty();
        await client.SendAsync("i");
        (await client.ReadResponseAsync("PUT")).Status.ShouldBe(200);
        Stopwatch.GetElapsedTime(started).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(690));
        origin.Requests.Select(static r => r.Body).ShouldBe(["hi", "hi"]);
    }
}
