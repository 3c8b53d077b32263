using System.Net;
using System.Net.Http;
using Weir.Http;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Retries;

/// <summary>A second attempt beside one that takes long.</summary>
public class HedgeTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task The_first_answer_wins_and_the_other_attempt_is_cancelled(bool clientHttp2, bool originHttp2)
    {
        // Whichever is asked first is silent: the first attempt, which has its time to arrive.
        var asked = 0;
        string Act(int number) => Interlocked.Increment(ref asked) % 2 == 1 ? "silence" : "200";
        await using var a = FaultyOrigin.Start(originHttp2, Act);
        await using var b = FaultyOrigin.Start(originHttp2, Act);
        await using var gateway = await StartAsync([a.Url, b.Url], "hedge: 150ms", originHttp2);
        using var client = new HttpClient();
        for (var i = 1; i <= 5; i++)
        {
            using var request = new HttpRequestMessage(System.Net.Http.HttpMethod.Get, $"http://{gateway.Address()}/") { Version = clientHttp2 ? HttpVersion.Version20 : HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            using var response = await client.SendAsync(request);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            (await response.Content.ReadAsStringAsync()).ShouldBe("200");
            (a.Requests.Count + b.Requests.Count).ShouldBe(2 * i);
        }

        await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.Hedges) == 5);
        await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.HedgesWon) == 5);
        gateway.Count(static c => c.Failures).ShouldBe(0);
        await ShouldBeQuietAsync(gateway);
    }

    [Fact]
    public async Task A_second_attempt_that_wins_closes_a_breaker()
    {
        var (isBroken, asked) = (true, 0);
        string Act(int number) => Volatile.Read(ref isBroken) ? "503" : Interlocked.Increment(ref asked) == 1 ? "silence" : "200";
        await using var a = FaultyOrigin.Start(false, Act);
        await using var b = FaultyOrigin.Start(false, Act);
        await using var gateway = await StartAsync([a.Url, b.Url], "on: [connect-failure], hedge: 100ms }, breaker: { errors: { percent: 50%, volume: 2, open: 100ms, trials: 1 }");
        var breaker = gateway.Gateway.Current!.Clusters["many"].State.Breaker;
        while (breaker.Position == Model.BreakerPosition.Closed) (await gateway.AskAsync(Get)).Status.ShouldBe(503);
        Volatile.Write(ref isBroken, false);
        await TestGateway.EventuallyAsync(async () => (await gateway.AskAsync(Get)).Status == 200);
        asked.ShouldBe(2);
        breaker.Position.ShouldBe(Model.BreakerPosition.Closed);
    }

    [Fact]
    public async Task An_attempt_that_is_slow_may_still_win()
    {
        var second = new TaskCompletionSource();
        var asked = 0;
        async Task<string> Act(int number, Seen request)
        {
            if (Interlocked.Increment(ref asked) == 1)
            {
                await second.Task;
                return "201";
            }

            second.SetResult();
            return "silence";
        }

        await using var a = FaultyOrigin.Start(Act);
        await using var b = FaultyOrigin.Start(Act);
        await using var gateway = await StartAsync([a.Url, b.Url], "hedge: 20ms");
        (await gateway.AskAsync(Get)).Status.ShouldBe(201);
        await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.Hedges) == 1);
        gateway.Count(static c => c.HedgesWon).ShouldBe(0);
        await ShouldBeQuietAsync(gateway);
    }

    [Fact]
    public async Task An_answer_that_would_be_retried_does_not_win()
    {
        var asked = 0;
        var second = new TaskCompletionSource();
        async Task<string> Act(int number, Seen request)
        {
            if (Interlocked.Increment(ref asked) == 2)
            {
                second.SetResult();
                return "503";
            }

            await second.Task;
            await Task.Delay(50);
            return "200";
        }

        await using var a = FaultyOrigin.Start(Act);
        await using var b = FaultyOrigin.Start(Act);
        await using var gateway = await StartAsync([a.Url, b.Url], "attempts: 2, on: 503, hedge: 20ms");
        (await gateway.AskAsync(Get)).Status.ShouldBe(200);
        asked.ShouldBe(2);
        await ShouldBeQuietAsync(gateway);
    }

    [Theory]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "hedge: 20ms")]
    [InlineData("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", "hedge: 20ms")]
    [InlineData(Get, "hedge: 10s")]
    [InlineData(Get, "hedge: { percentile: 95 }")]
    [InlineData(Get, "hedge: 20ms, budget: { percent: 0, floor: 0 }")]
    public async Task What_is_not_fit_not_due_or_beyond_the_budget_is_not_doubled(string request, string retry)
    {
        static async Task<string> Act(int number, Seen request)
        {
            await Task.Delay(150);
            return "200";
        }

        await using var a = FaultyOrigin.Start(Act);
        await using var b = FaultyOrigin.Start(Act);
        await using var gateway = await StartAsync([a.Url, b.Url], retry);
        (await gateway.AskAsync(request)).Status.ShouldBe(200);
        (a.Requests.Count + b.Requests.Count).ShouldBe(1);
    }

    [Fact]
    public async Task A_second_attempt_that_the_budget_refuses_does_not_count_as_a_request()
    {
        static async Task<string> Act(int number, Seen request)
        {
            await Task.Delay(60);
            return "200";
        }

        await using var a = FaultyOrigin.Start(Act);
        await using var b = FaultyOrigin.Start(Act);
        await using var gateway = await StartAsync([a.Url, b.Url], "hedge: 2ms, budget: { percent: 50%, floor: 0 }");
        for (var i = 0; i < 20; i++) (await gateway.AskAsync(Get)).Status.ShouldBe(200);
        gateway.Count(static c => c.Hedges).ShouldBe(10);
    }

    // Its answers are never waited for: without what is known of them it would be asked as often as the others, and each time in vain.
    [Fact]
    public async Task One_that_is_overtaken_is_known_to_be_slow()
    {
        await using var a = FaultyOrigin.Start(false, static _ => "silence");
        await using var b = FaultyOrigin.Start(false, static _ => "200");
        await using var gateway = await StartAsync([a.Url, b.Url], "hedge: 150ms");
        for (var i = 0; i < 30; i++) (await gateway.AskAsync(Get)).Status.ShouldBe(200);
        a.Requests.Count.ShouldBeLessThan(5);
        await ShouldBeQuietAsync(gateway);
    }

    [Fact]
    public async Task A_client_that_leaves_ends_both()
    {
        await using var a = FaultyOrigin.Start(false, static _ => "silence");
        await using var b = FaultyOrigin.Start(false, static _ => "silence");
        await using var gateway = await StartAsync([a.Url, b.Url], "hedge: 20ms");
        using (var client = await gateway.ConnectAsync())
        {
            await client.SendAsync(Get);
            await TestGateway.EventuallyAsync(() => a.Requests.Count + b.Requests.Count == 2);
            client.Reset();
        }

        await ShouldBeQuietAsync(gateway);
        gateway.Refusals(Refusal.ClientGone).ShouldBe(1);
    }

    [Fact]
    public async Task When_both_fail_the_exchange_goes_on_as_after_one()
    {
        var asked = 0;
        var both = new TaskCompletionSource();
        async Task<string> Act(int number, Seen request)
        {
            var which = Interlocked.Increment(ref asked);
            if (which == 2) both.SetResult();
            if (which > 2) return "200";
            await both.Task;
            return "reset";
        }

        await using var a = FaultyOrigin.Start(Act);
        await using var b = FaultyOrigin.Start(Act);
        await using var gateway = await StartAsync([a.Url, b.Url], "hedge: 20ms, backoff: 1ms");
        (await gateway.AskAsync(Get)).Status.ShouldBe(200);
        asked.ShouldBe(3);
        await ShouldBeQuietAsync(gateway);
    }

    [Fact]
    public async Task The_percentile_is_learnt_from_what_passes()
    {
        var slow = false;
        async Task<string> Act(int number, Seen request)
        {
            if (!Volatile.Read(ref slow)) return "200";
            Volatile.Write(ref slow, false);
            await Task.Delay(TimeSpan.FromSeconds(20));
            return "200";
        }

        await using var a = FaultyOrigin.Start(Act);
        await using var b = FaultyOrigin.Start(Act);
        await using var gateway = await StartAsync([a.Url, b.Url], "hedge: { percentile: 95 }");
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 200; i++) (await client.AskAsync(Get)).Status.ShouldBe(200);
        Volatile.Write(ref slow, true);
        (await client.AskAsync(Get)).Status.ShouldBe(200);
        gateway.Count(static c => c.HedgesWon).ShouldBeGreaterThan(0);
        await ShouldBeQuietAsync(gateway);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Under_load_every_request_has_its_own_answer(int seed)
    {
        var random = new Random(seed);
        async Task<string> Act(int number, Seen request)
        {
            int wait;
            lock (random) wait = random.Next(10) == 0 ? 60 : 0;
            if (wait > 0) await Task.Delay(wait);
            lock (random) return random.Next(20) == 0 ? "reset" : $"200 X-Path: {request.Path}";
        }

        await using var a = FaultyOrigin.Start(Act);
        await using var b = FaultyOrigin.Start(Act);
        await using var c = FaultyOrigin.Start(Act);
        await using var gateway = await StartAsync([a.Url, b.Url, c.Url], "attempts: 5, hedge: 10ms, backoff: 1ms, budget: { floor: 1000 }", loops: 2);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async worker =>
        {
            using var client = await gateway.ConnectAsync();
            for (var i = 0; i < 60; i++)
            {
                var response = await client.AskAsync($"GET /{worker}/{i} HTTP/1.1\r\nHost: a\r\n\r\n");
                response.Status.ShouldBe(200);
                response["X-Path"].ShouldBe($"/{worker}/{i}");
            }
        }));
        gateway.Count(static c => c.HedgesWon).ShouldBeGreaterThan(0);
        await ShouldBeQuietAsync(gateway);
    }

    [Fact]
    public async Task A_stream_that_lost_is_cancelled_and_its_connection_kept()
    {
        var (asked, cancelled) = (0, new TaskCompletionSource<uint>());
        async Task ServeAsync(Http2.Http2Wire wire, int number)
        {
            await wire.ReadAnswerAsync(1);
            if (Interlocked.Increment(ref asked) == 1) cancelled.SetResult(await wire.ReadResetAsync(1));
            else await wire.HeadersAsync(1, endStream: true, (":status", "204"));
            await wire.ReadEndAsync();
        }

        await using var a = new Http2.Http2Origin(ServeAsync);
        await using var b = new Http2.Http2Origin(ServeAsync);
        await using var gateway = await StartAsync([a.Url, b.Url], "hedge: 20ms", isHttp2: true);
        (await gateway.AskAsync(Get)).Status.ShouldBe(204);
        (await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe(8u);
        gateway.UpstreamConnections.ShouldBe(2);
    }

    [Fact]
    public async Task A_connection_of_HTTP1_that_lost_is_closed()
    {
        var (asked, closed) = (0, new TaskCompletionSource());
        async Task ServeAsync(RawConnection wire, int number)
        {
            await wire.ReadRequestAsync();
            if (Interlocked.Increment(ref asked) > 1)
            {
                await wire.SendAsync(Origin.Ok);
                await wire.ReadToEndAsync();
                return;
            }

            try
            {
                await wire.ReadRequestAsync();
            }
            catch (Exception end) when (end is IOException or System.Net.Sockets.SocketException)
            {
                closed.SetResult();
            }
        }

        await using var a = Origin.Start(ServeAsync);
        await using var b = Origin.Start(ServeAsync);
        await using var gateway = await StartAsync([a.Url, b.Url], "hedge: 20ms");
        (await gateway.AskAsync(Get)).Body.ShouldBe("ok");
        await closed.Task.WaitAsync(TimeSpan.FromSeconds(30));
        gateway.UpstreamConnections.ShouldBe(1);
    }

    private static Task<TestGateway> StartAsync(string[] urls, string retry, bool isHttp2 = false, int loops = 1) => TestGateway.StartAsync($$"""
        version: 1
        listeners: { web: { address: "127.0.0.1:0" } }
        routes: { all: { forward: many } }
        clusters: { many: { protocol: {{(isHttp2 ? "http2" : "http1")}}, endpoints: [{{string.Join(", ", urls.Select(static u => $"\"{u}\""))}}], retry: { {{retry}} } } }
        """, loops);

    private static async Task ShouldBeQuietAsync(TestGateway gateway)
    {
        await TestGateway.EventuallyAsync(() => gateway.Active == 0, "exchanges are left");
        foreach (var endpoint in gateway.Gateway.Store.Endpoints) endpoint.Active.ShouldBe(0);
        await TestGateway.EventuallyAsync(() => gateway.UpstreamConnections == gateway.IdleUpstream || gateway.IdleUpstream == 0, "connections are left");
    }
}
