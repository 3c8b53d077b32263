using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Drains;

/// <summary>A stop in good order: what is begun is finished, what is idle is closed, what is new is not taken.</summary>
public class DrainTests
{
    [Fact]
    public async Task A_configuration_that_comes_after_the_stop_was_asked_for_is_refused()
    {
        await using var gateway = await TestGateway.StartAsync("version: 1\nlisteners: { web: { address: '127.0.0.1:0' } }\nroutes: { all: { respond: 200 } }");
        (await gateway.Gateway.DrainAsync(TimeSpan.FromSeconds(5))).ShouldBe(0);
        var result = await gateway.ApplyAsync("version: 1\nlisteners: { web: { address: '127.0.0.1:0' }, more: { address: '127.0.0.1:0' } }\nroutes: { all: { respond: 200 } }");
        result.IsApplied.ShouldBeFalse();
        result.Diagnostics.ShouldContain(static d => d.Text.Contains("stopping"));
        gateway.Gateway.Addresses.Count.ShouldBe(1);
    }

    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Exchanges_are_finished_and_their_clients_told(int loops)
    {
        var release = new SemaphoreSlim(0);
        await using var origin = Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                await wire.ReadRequestAsync();
                await release.WaitAsync();
                await wire.SendAsync(Origin.Ok);
            }
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, loops: loops);
        using var idle = await gateway.ConnectAsync();
        using var unused = await gateway.ConnectAsync();
        release.Release();
        (await idle.AskAsync(Get)).Closes.ShouldBeFalse();
        var busy = new List<RawConnection>();
        for (var i = 0; i < 4; i++)
        {
            busy.Add(await gateway.ConnectAsync());
            await busy[i].SendAsync(Get);
        }

        await TestGateway.EventuallyAsync(() => gateway.Active == 4);
        var drain = gateway.Gateway.DrainAsync(TimeSpan.FromSeconds(30));
        (await idle.ReadToEndAsync()).ShouldBe("");
        (await unused.ReadToEndAsync()).ShouldBe("");
        drain.IsCompleted.ShouldBeFalse();
        release.Release(100);
        foreach (var client in busy)
        {
            var response = await client.ReadResponseAsync();
            response.Body.ShouldBe("ok");
            response.Closes.ShouldBeTrue();
            (await client.ReadToEndAsync()).ShouldBe("");
            client.Dispose();
        }

        (await drain).ShouldBe(0);
        await TestGateway.EventuallyAsync(() => gateway.UpstreamConnections == 0);
    }

    [Fact]
    public async Task A_request_that_was_begun_is_served()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Get[..10]);
        await TestGateway.EventuallyAsync(() => gateway.Active == 1);
        var drain = gateway.Gateway.DrainAsync(TimeSpan.FromSeconds(30));
        await Task.Delay(50);
        await client.SendAsync(Get[10..]);
        (await client.ReadResponseAsync()).Closes.ShouldBeTrue();
        (await drain).ShouldBe(0);
    }

    [Fact]
    public async Task A_stop_that_takes_too_long_says_so()
    {
        await using var origin = Origin.Start(static async (wire, _) => await wire.ReadToEndAsync());
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Get);
        await TestGateway.EventuallyAsync(() => gateway.Active == 1);
        (await gateway.Gateway.DrainAsync(TimeSpan.FromMilliseconds(200))).ShouldBe(1);
        var response = await client.ReadResponseAsync();
        response.Status.ShouldBe(503);
        response.Refusal.ShouldBe("shutting-down");
        response.Closes.ShouldBeTrue();
        gateway.Refusals(Http.Refusal.ShuttingDown).ShouldBe(1);
        gateway.Active.ShouldBe(0);
    }

    [Fact]
    public async Task A_response_that_takes_too_long_is_cut_and_a_tunnel_too()
    {
        await using var origin = Origin.Start(static async (wire, _) =>
        {
            var request = await wire.ReadRequestAsync();
            await wire.SendAsync(request["Upgrade"] is null
                ? "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"
                : "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhalf");
            await wire.ReadToEndAsync();
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        using var tunnel = await gateway.ConnectAsync();
        await client.SendAsync(Get);
        await tunnel.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        await client.ReadUntilAsync("half");
        await tunnel.ReadUntilAsync("half");
        (await gateway.Gateway.DrainAsync(TimeSpan.FromMilliseconds(100))).ShouldBe(2);
        (await client.ReadToResetAsync()).ShouldBe("");
        (await tunnel.ReadToResetAsync()).ShouldBe("");
        gateway.Refusals(Http.Refusal.ShuttingDown).ShouldBe(2);
        gateway.Active.ShouldBe(0);
    }
}
