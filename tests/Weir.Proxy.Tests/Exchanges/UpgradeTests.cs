using System.Text;
using Weir.Http;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Exchanges;

/// <summary>RFC 9110 §7.8: after 101 the gateway passes bytes and understands none of them.</summary>
public class UpgradeTests
{
    private const string Ask = "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n";
    private const string Switch = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: v\r\n\r\n";

    [Fact]
    public async Task After_101_bytes_pass_both_ways()
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            var request = await wire.ReadRequestAsync();
            request["Connection"].ShouldBe("upgrade");
            request["Upgrade"].ShouldBe("websocket");
            request["Sec-WebSocket-Key"].ShouldBe("k");
            await wire.SendAsync(Switch);
            while (true) await wire.SendAsync("echo " + await wire.ReadUntilAsync("\n"));
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        var response = await client.AskAsync(Ask);
        response.Status.ShouldBe(101);
        response["Connection"].ShouldBe("upgrade");
        response["Upgrade"].ShouldBe("websocket");
        response["Sec-WebSocket-Accept"].ShouldBe("v");
        for (var i = 0; i < 50; i++)
        {
            await client.SendAsync($"line {i}\n");
            (await client.ReadUntilAsync("\n")).ShouldBe($"echo line {i}\n");
        }
    }

    [Fact]
    public async Task The_duration_of_a_tunnel_of_hours_is_told_right()
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadUntilAsync("\r\n\r\n");
            await wire.SendAsync(Switch);
            await wire.ReadToEndAsync();
        });
        var clock = new ShiftedClock();
        await using var gateway = await TestGateway.StartAsync(TestGateway.Forwarding(origin.Url, route: "timeouts: { tunnel: 24h }"), time: clock);
        using var client = await gateway.ConnectAsync();
        (await client.AskAsync(Ask)).Status.ShouldBe(101);
        clock.Advance(TimeSpan.FromHours(3));
        client.FinishSending();
        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
        var microseconds = gateway.Gateway.Store.Route("all").PerLoop.Sum(static c => c.DurationMicroseconds);
        TimeSpan.FromMicroseconds(microseconds).TotalHours.ShouldBeInRange(3, 3.1);
    }

    [Fact]
    public async Task Bytes_that_came_along_with_the_heads_reach_the_other_side()
    {
        var fromClient = new TaskCompletionSource<string>();
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadUntilAsync("\r\n\r\n");
            await wire.SendAsync(Switch + "from origin");
            fromClient.SetResult(await wire.ReadCountAsync(11));
            await wire.ReadToEndAsync();
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Ask + "from client");
        (await client.ReadResponseAsync()).Status.ShouldBe(101);
        (await client.ReadCountAsync(11)).ShouldBe("from origin");
        (await fromClient.Task).ShouldBe("from client");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_end_of_one_direction_leaves_the_other_open(bool clientFirst)
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadUntilAsync("\r\n\r\n");
            await wire.SendAsync(Switch);
            if (!clientFirst)
            {
                await wire.SendAsync("done");
                wire.FinishSending();
            }

            var all = await wire.ReadToEndAsync();
            if (clientFirst) await wire.SendAsync("got " + all);
            else all.ShouldBe("later");
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        (await client.AskAsync(Ask)).Status.ShouldBe(101);
        if (clientFirst)
        {
            await client.SendAsync("all");
            client.FinishSending();
            (await client.ReadToEndAsync()).ShouldBe("got all");
        }
        else
        {
            (await client.ReadToEndAsync()).ShouldBe("done");
            await client.SendAsync("later");
            client.FinishSending();
            await TestGateway.EventuallyAsync(() => origin.Received.EndsWith("later", StringComparison.Ordinal));
        }

        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
    }

    [Fact]
    public async Task Slow_readers_on_both_sides_lose_no_byte_when_the_tunnel_ends()
    {
        // Far more than any buffer holds, and the end of each direction comes while its reader sleeps.
        const int size = 6_000_000;
        var block = Encoding.Latin1.GetBytes(new string('z', size));
        var clientSent = new TaskCompletionSource();
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadUntilAsync("\r\n\r\n");
            await wire.SendAsync(Switch);
            var sending = SendAllAsync(wire, block);
            await Task.WhenAny(clientSent.Task, Task.Delay(300));
            await wire.SkipAsync(size);
            (await wire.ReadToEndAsync()).ShouldBe("");
            await sending;
        }, records: false, receiveBuffer: 16_384);
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync(receiveBuffer: 16_384);
        (await client.AskAsync(Ask)).Status.ShouldBe(101);
        var upward = SendAllAsync(client, block);
        await Task.Delay(300);
        await client.SkipAsync(size);
        (await client.ReadToEndAsync()).ShouldBe("");
        await upward;
        clientSent.SetResult();
        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
    }

    [Fact]
    public async Task A_client_that_has_said_and_heard_all_is_still_passed_on()
    {
        var full = new TaskCompletionSource();
        var got = new TaskCompletionSource<string>();
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadUntilAsync("\r\n\r\n");
            await wire.SendAsync(Switch);
            wire.FinishSending();
            await full.Task;
            // Slowly: the client's end reaches the gateway while that still has far more than it can pass on.
            var end = "";
            while (await wire.ReadAsync() is { Length: > 0 } text)
            {
                end = (end + text)[^Math.Min(4, end.Length + text.Length)..];
                await Task.Delay(1);
            }

            got.SetResult(end);
        }, records: false, receiveBuffer: 131_072);
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        client.Socket.SendBufferSize = 32_768;
        (await client.AskAsync(Ask)).Status.ShouldBe(101);
        (await client.ReadToEndAsync()).ShouldBe("");
        Task sending;
        do
        {
            sending = client.SendAsync(new string('u', 32_768));
        }
        while (await Task.WhenAny(sending, Task.Delay(300)) == sending);

        full.SetResult();
        await sending;
        await client.SendAsync("last");
        client.FinishSending();
        (await got.Task.WaitAsync(TimeSpan.FromSeconds(60))).ShouldBe("last");
        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
    }

    [Fact]
    public async Task A_reset_of_one_side_resets_the_other()
    {
        var ended = new TaskCompletionSource<bool>();
        await using var origin = Origin.Start(async (wire, number) =>
        {
            await wire.ReadUntilAsync("\r\n\r\n");
            await wire.SendAsync(Switch);
            if (number == 1)
            {
                await wire.ReadUntilAsync("now");
                wire.Reset();
                return;
            }

            ended.SetResult((await wire.ReadToAnyEndAsync()).IsReset);
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        var first = await gateway.ConnectAsync();
        (await first.AskAsync(Ask)).Status.ShouldBe(101);
        first.Reset();
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30));

        using var second = await gateway.ConnectAsync();
        (await second.AskAsync(Ask)).Status.ShouldBe(101);
        await second.SendAsync("now");
        await second.ReadToResetAsync();
        await TestGateway.EventuallyAsync(() => gateway.Active == 0 && gateway.UpstreamConnections == 0);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n", Switch)]
    [InlineData(Ask, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n")]
    [InlineData(Ask, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n")]
    [InlineData("GET / HTTP/1.0\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", Switch)]
    public async Task A_switch_that_was_not_asked_for_is_502(string request, string answer)
    {
        await using var origin = Origin.Answering(answer + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        var response = await client.AskAsync(request);
        response.Status.ShouldBe(502);
        response.Refusal.ShouldBe("upstream-bad-response");
        client.Received.ShouldNotContain("poison");
        gateway.IdleUpstream.ShouldBe(0);
    }

    [Fact]
    public async Task A_route_without_upgrades_sends_the_request_on_as_an_ordinary_one()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "forward: { cluster: origin, upgrade: [] }");
        using var client = await gateway.ConnectAsync();
        (await client.AskAsync(Ask)).Body.ShouldBe("ok");
        origin.Received.ShouldNotContain("pgrade: ");
        (await client.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Body.ShouldBe("ok");
    }

    [Fact]
    public async Task An_origin_that_does_not_switch_is_an_ordinary_exchange()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        (await client.AskAsync(Ask)).Body.ShouldBe("ok");
        (await client.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Body.ShouldBe("ok");
        origin.Connections.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_silent_tunnel_ends_after_its_timeout()
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadUntilAsync("\r\n\r\n");
            await wire.SendAsync(Switch);
            await wire.ReadToEndAsync();
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "timeouts: { tunnel: 300ms }");
        using var client = await gateway.ConnectAsync();
        (await client.AskAsync(Ask)).Status.ShouldBe(101);
        // Bytes in either direction keep it.
        for (var i = 0; i < 5; i++)
        {
            await client.SendAsync("x");
            await Task.Delay(50);
        }

        origin.Received.ShouldEndWith("xxxxx");
        await client.ReadToResetAsync();
        await TestGateway.EventuallyAsync(() => gateway.Active == 0 && gateway.UpstreamConnections == 0);
        gateway.Refusals(Refusal.InternalFault).ShouldBe(0);
    }

    private static async Task SendAllAsync(RawConnection wire, byte[] block)
    {
        await wire.SendAsync(block);
        wire.FinishSending();
    }
}
