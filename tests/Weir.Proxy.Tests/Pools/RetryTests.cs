using Weir.Http;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Pools;

/// <summary>A request is tried again only when that cannot make it happen twice. RFC 9110 §9.2.2.</summary>
public class RetryTests
{
    // Serves one request on the first connection and drops it when the second comes; later connections serve.
    private static Origin Stale(bool reset) => Origin.Start(async (wire, number) =>
    {
        for (var i = 0; ; i++)
        {
            await wire.ReadRequestAsync();
            if (number == 0 && i == 1)
            {
                if (reset) wire.Reset();
                return;
            }

            await wire.SendAsync(Origin.Ok);
        }
    });

    [Theory]
    [InlineData("GET", false)]
    [InlineData("GET", true)]
    [InlineData("HEAD", false)]
    [InlineData("OPTIONS", true)]
    [InlineData("DELETE", false)]
    [InlineData("PUT", true)]
    public async Task A_kept_connection_that_ends_as_we_send_is_replaced_for_idempotent_requests(string method, bool reset)
    {
        await using var origin = Stale(reset);
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        (await gateway.AskAsync($"{method} /again HTTP/1.1\r\nHost: a\r\n\r\n", method)).Status.ShouldBe(200);
        origin.Connections.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("POST /again HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", false)]
    [InlineData("POST /again HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", false)]
    [InlineData("POST /again HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", true)]
    [InlineData("PATCH /again HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", true)]
    [InlineData("PURGE /again HTTP/1.1\r\nHost: a\r\n\r\n", false)]
    public async Task What_may_have_been_acted_on_is_never_sent_twice(string request, bool reset)
    {
        await using var origin = Stale(reset);
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        var response = await gateway.AskAsync(request);
        response.Status.ShouldBe(502);
        response.Refusal.ShouldBeOneOf("upstream-closed", "upstream-reset");
        origin.Received.Split("/again").Length.ShouldBe(2);
    }

    [Fact]
    public async Task Of_many_kept_connections_that_the_origin_let_die_only_one_is_met()
    {
        var dying = new TaskCompletionSource();
        var busy = 0;
        await using var origin = Origin.Start(async (wire, number) =>
        {
            for (var i = 0; ; i++)
            {
                await wire.ReadRequestAsync();
                if (number < 6 && i == 1) return;
                Interlocked.Increment(ref busy);
                if (number < 6) await dying.Task;
                await wire.SendAsync(Origin.Ok);
            }
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, cluster: "retry: 2");
        var first = Enumerable.Range(0, 6).Select(_ => gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).ToList();
        await TestGateway.EventuallyAsync(() => busy == 6);
        dying.SetResult();
        foreach (var answer in await Task.WhenAll(first)) answer.Status.ShouldBe(200);
        await TestGateway.EventuallyAsync(() => gateway.IdleUpstream == 6);
        (await gateway.AskAsync("GET /again HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);
        origin.Connections.Count.ShouldBe(7);
        await TestGateway.EventuallyAsync(() => gateway.IdleUpstream == 1);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "", 3)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", "", 1)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 O", 1)]
    public async Task A_new_connection_that_ends_without_a_response_is_502(string request, string part, int attempts)
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync(part);
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        var response = await gateway.AskAsync(request);
        response.Status.ShouldBe(502);
        response.Refusal.ShouldBe(part.Length == 0 ? "upstream-closed" : "upstream-bad-response");
        origin.Connections.Count.ShouldBe(attempts);
    }

    [Theory]
    [InlineData("power-of-two")]
    [InlineData("round-robin")]
    [InlineData("random")]
    [InlineData("least-requests")]
    public async Task A_refused_connection_leads_to_the_next_endpoint(string balancer)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: { address: "127.0.0.1:0" } }
            routes: { all: { forward: two } }
            clusters: { two: { balancer: {{balancer}}, endpoints: ["{{Origin.Refusing()}}", "{{origin.Url}}"] } }
            """);
        for (var i = 0; i < 20; i++)
            (await gateway.AskAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")).Status.ShouldBe(200);
        gateway.Refusals(Refusal.ConnectFailed).ShouldBe(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Attempts_are_as_many_as_configured(int attempts)
    {
        await using var gateway = await TestGateway.StartAsync(TestGateway.Forwarding(Origin.Refusing(), cluster: $"retry: {attempts}"));
        var response = await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        response.Status.ShouldBe(502);
        response.Refusal.ShouldBe("connect-failed");
        await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.ConnectFailures) == attempts);
        await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.Failures) == attempts);
        gateway.UpstreamConnections.ShouldBe(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_an_interim_response_a_request_is_not_sent_again(bool reset)
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync(Origin.Ok);
            await wire.ReadRequestAsync();
            await wire.SendAsync("HTTP/1.1 103 Early Hints\r\n\r\n");
            if (reset) await Task.Delay(50);
            if (reset) wire.Reset();
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        using var client = await gateway.ConnectAsync();
        (await client.AskAsync("GET /again HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(103);
        var response = await client.ReadResponseAsync();
        response.Status.ShouldBe(502);
        response.Refusal.ShouldBe(reset ? "upstream-reset" : "upstream-closed");
        origin.Connections.Count.ShouldBe(1);
    }
}
