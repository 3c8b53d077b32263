using Weir.Http;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Pools;

/// <summary>When a connection to an origin serves another exchange, and when it must not.</summary>
public class ReuseTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private const string Poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";

    [Fact]
    public async Task Clients_share_the_connections_of_their_loop()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        for (var i = 0; i < 10; i++) (await gateway.AskAsync(Get)).Body.ShouldBe("ok");
        origin.Connections.Count.ShouldBe(1);
        await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.Reused) == 9);
        await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.Attempts) == 10);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    public async Task An_origin_that_says_close_gets_no_second_request(string answer)
    {
        await using var origin = Origin.Answering(answer);
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 3; i++) (await client.AskAsync(Get)).Body.ShouldBe("ok");
        origin.Connections.Count.ShouldBe(3);
        gateway.Count(static c => c.Reused).ShouldBe(0);
    }

    [Fact]
    public async Task Bytes_past_the_end_of_a_response_are_discarded_and_counted()
    {
        await using var origin = Origin.Answering(Origin.Ok + Poison);
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 4; i++) (await client.AskAsync(Get)).Body.ShouldBe("ok");
        await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.Unsolicited) == 4);
        origin.Connections.Count.ShouldBe(4);
        client.Received.ShouldNotContain("poison");
    }

    [Fact]
    public async Task Bytes_past_a_large_body_are_discarded_and_counted()
    {
        var body = new string('l', 1_500_000);
        await using var origin = Origin.Answering($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}{Poison}");
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 3; i++) (await client.AskAsync(Get)).Body.Length.ShouldBe(body.Length);
        await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.Unsolicited) == 3);
        client.Received.ShouldNotContain("poison");
    }

    [Fact]
    public async Task Bytes_on_an_idle_connection_are_discarded_and_counted()
    {
        var speak = new SemaphoreSlim(0);
        await using var origin = Origin.Start(async (wire, number) =>
        {
            while (true)
            {
                await wire.ReadRequestAsync();
                await wire.SendAsync(Origin.Ok);
                if (number > 0) continue;
                await speak.WaitAsync();
                await wire.SendAsync(Poison);
            }
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        (await client.AskAsync(Get)).Body.ShouldBe("ok");
        await TestGateway.EventuallyAsync(() => gateway.IdleUpstream == 1);
        speak.Release();
        await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.Unsolicited) == 1);
        gateway.UpstreamConnections.ShouldBe(0);
        (await client.AskAsync(Get)).Body.ShouldBe("ok");
        origin.Connections.Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_idle_connection_that_the_origin_closes_is_dropped_and_counted()
    {
        using var idle = new SemaphoreSlim(0);
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync(Origin.Ok);
            await idle.WaitAsync();
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        for (var i = 1; i <= 3; i++)
        {
            (await client.AskAsync(Get)).Body.ShouldBe("ok");
            await TestGateway.EventuallyAsync(() => gateway.IdleUpstream == 1);
            idle.Release();
            await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.ClosedWhileIdle) == i);
        }

        gateway.UpstreamConnections.ShouldBe(0);
    }

    [Fact]
    public async Task An_idle_connection_is_closed_after_the_idle_timeout()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, cluster: "pool: { idle-timeout: 100ms }");
        await gateway.AskAsync(Get);
        await TestGateway.EventuallyAsync(() => gateway.IdleUpstream == 0 && gateway.UpstreamConnections == 0);
        gateway.Count(static c => c.ClosedWhileIdle).ShouldBe(0, "It was the gateway that closed.");
    }

    [Fact]
    public async Task A_connection_is_not_used_beyond_its_lifetime_not_even_from_the_pool()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, cluster: "pool: { max-lifetime: 2s }");
        await gateway.AskAsync(Get);
        await TestGateway.EventuallyAsync(() => gateway.IdleUpstream == 1, "it is young enough for the pool");
        await TestGateway.EventuallyAsync(() => gateway.IdleUpstream == 0);
        gateway.Count(static c => c.ClosedWhileIdle).ShouldBe(0, "It was the gateway that closed.");
        await gateway.AskAsync(Get);
        origin.Connections.Count.ShouldBe(2);
    }

    [Fact]
    public async Task No_more_idle_connections_are_kept_than_configured()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, cluster: "pool: { idle: 0 }");
        for (var i = 0; i < 3; i++) (await gateway.AskAsync(Get)).Body.ShouldBe("ok");
        origin.Connections.Count.ShouldBe(3);
        await TestGateway.EventuallyAsync(() => gateway.UpstreamConnections == 0);
    }

    [Fact]
    public async Task A_client_that_leaves_while_it_is_written_to_spoils_nothing_for_the_next()
    {
        // Small enough to be read whole before the gateway waits for its client.
        var body = new string('x', 50_000);
        await using var origin = Origin.Answering(r => r.Target == "/" ? Origin.Ok : $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        for (var i = 0; i < 10; i++)
        {
            // Pipelined until the gateway waits for the client, with responses that it has already read whole.
            var client = await gateway.ConnectAsync(receiveBuffer: 4096);
            for (var n = 0; n < 200; n++) await client.SendAsync("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
            await Task.Delay(50);
            client.Reset();
            await TestGateway.EventuallyAsync(() => gateway.Active == 0);
            (await gateway.AskAsync(Get)).Body.ShouldBe("ok");
        }

        gateway.Refusals(Refusal.UpstreamTimeout).ShouldBe(0);
    }
}
