using System.Runtime.CompilerServices;
using Weir.Http;
using Weir.Proxy.AccessLog;
using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Retries;

/// <summary>What an exchange's log record tells of each of its attempts.</summary>
public class AttemptLogTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Fact]
    public async Task Each_attempt_is_told_with_its_endpoint_what_it_came_to_and_its_time()
    {
        await using var bad = FaultyOrigin.Start(false, static _ => "503");
        await using var slow = FaultyOrigin.Start(false, static _ => "silence");
        await using var good = FaultyOrigin.Start(false, static _ => "200");
        await using var gateway = await StartAsync([bad.Url, slow.Url, good.Url], "attempts: 3, on: [503, timeout], per-try-timeout: 200ms, backoff: 1ms", "balancer: round-robin");
        // Whichever is the first: by then it comes to good.
        var told = new List<AttemptNote>();
        while (told.Count < 3) told = await AskAsync(gateway);
        told[^1].ShouldSatisfyAllConditions(n => n.Endpoint.ShouldBe(good.Url), n => (n.Status, n.Refusal).ShouldBe(((short)200, Refusal.None)));
        var failed = told.Single(n => n.Endpoint == bad.Url);
        (failed.Status, failed.Refusal, failed.Marks).ShouldBe(((short)503, Refusal.None, AttemptMarks.None));
        var silent = told.Single(n => n.Endpoint == slow.Url);
        (silent.Status, silent.Refusal).ShouldBe(((short)0, Refusal.UpstreamTimeout));
        silent.Microseconds.ShouldBeGreaterThan(150_000);
        failed.Microseconds.ShouldBeLessThan(silent.Microseconds);
    }

    [Fact]
    public async Task One_attempt_needs_no_telling()
    {
        await using var origin = FaultyOrigin.Start(false, static _ => "200");
        await using var gateway = await StartAsync([origin.Url], "attempts: 3");
        (await AskAsync(gateway)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_more_than_are_kept_the_last_are()
    {
        await using var origin = FaultyOrigin.Start(false, static number => number < 9 ? "503" : "200");
        await using var gateway = await StartAsync([origin.Url], "attempts: 10, on: 503, backoff: 1ms", "health: { outliers: false }");
        (await gateway.AskAsync(Get)).Status.ShouldBe(200);
        var (log, attempts) = await TakeAsync(gateway, static (in LogRecord r) => (r.AttemptLog, r.Attempts));
        (log.Count, log.Kept, attempts).ShouldBe((10, 8, (short)10));
        Enumerable.Range(0, 8).Select(i => log[i].Status).ShouldBe([503, 503, 503, 503, 503, 503, 503, 200]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_two_at_once_one_has_won_and_the_other_is_cancelled(bool isSecondSilent)
    {
        var (asked, second) = (0, new TaskCompletionSource());
        async Task<string> Act(int number, Seen request)
        {
            if (Interlocked.Increment(ref asked) == 2)
            {
                second.SetResult();
                return isSecondSilent ? "silence" : "200";
            }

            if (!isSecondSilent) return "silence";
            await second.Task;
            return "201";
        }

        await using var a = FaultyOrigin.Start(Act);
        await using var b = FaultyOrigin.Start(Act);
        await using var gateway = await StartAsync([a.Url, b.Url], "hedge: 50ms");
        var told = await AskAsync(gateway);
        told.Select(static n => n.Endpoint).ShouldBe([a.Url, b.Url], ignoreOrder: true);
        told.Select(static n => (int)n.Status).ShouldBe(isSecondSilent ? [201, 0] : [0, 200]);
        told.Select(static n => n.Marks).ShouldBe(isSecondSilent ? [AttemptMarks.Won, AttemptMarks.Hedge | AttemptMarks.Cancelled] : [AttemptMarks.Cancelled, AttemptMarks.Hedge | AttemptMarks.Won]);
        told[0].Microseconds.ShouldBeGreaterThan(40_000);
        gateway.Count(static c => c.Cancelled).ShouldBe(1);
        gateway.Count(static c => c.Failures).ShouldBe(0);
    }

    [Fact]
    public async Task What_a_client_did_not_wait_for_was_not_answered()
    {
        await using var origin = FaultyOrigin.Start(false, static _ => "silence");
        await using var gateway = await StartAsync([origin.Url], "attempts: 1");
        using (var client = await gateway.ConnectAsync())
        {
            await client.SendAsync(Get);
            await TestGateway.EventuallyAsync(() => origin.Requests.Count == 1);
            client.Reset();
        }

        await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.Attempts) == 1);
        (gateway.Count(static c => c.Cancelled), gateway.Count(static c => c.Failures)).ShouldBe((1, 0));
    }

    [Fact]
    public async Task Attempts_at_a_cluster_and_at_its_fallback_are_told_together()
    {
        await using var second = Origin.Answering();
        var dead = Origin.Refusing();
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: dead, fallback: { forward: second } } }
            clusters: { dead: { endpoints: ["{{dead}}"], retry: 1 }, second: { endpoints: ["{{second.Url}}"] } }
            """, logs: true);
        var told = await AskAsync(gateway);
        told.Select(static n => (n.Endpoint, (int)n.Status, n.Refusal)).ShouldBe([(dead, 0, Refusal.ConnectFailed), (second.Url, 200, Refusal.None)]);
    }

    private static async Task<List<AttemptNote>> AskAsync(TestGateway gateway)
    {
        (await gateway.AskAsync(Get)).Status.ShouldBeInRange(200, 299);
        return await TakeAsync(gateway, static (in LogRecord r) =>
        {
            var log = r.AttemptLog;
            return Enumerable.Range(0, log.Kept).Select(i => log[i]).ToList();
        });
    }

    private static async Task<T> TakeAsync<T>(TestGateway gateway, Reading<T> read)
    {
        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
        var ring = gateway.Gateway.Loops[0].Log;
        ref var record = ref ring.Peek();
        Unsafe.IsNullRef(ref record).ShouldBeFalse();
        var result = read(record);
        ring.Take();
        return result;
    }

    private static Task<TestGateway> StartAsync(string[] urls, string retry, string cluster = "balancer: power-of-two") => TestGateway.StartAsync($$"""
        version: 1
        listeners: { web: { address: "127.0.0.1:0" } }
        routes: { all: { forward: many } }
        clusters: { many: { endpoints: [{{string.Join(", ", urls.Select(static u => $"\"{u}\""))}}], retry: { {{retry}} }, {{cluster}} } }
        """, logs: true);

    private delegate T Reading<T>(in LogRecord record);
}
