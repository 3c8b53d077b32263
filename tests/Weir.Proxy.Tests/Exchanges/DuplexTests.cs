using System.Text;
using Weir.Http;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Exchanges;

/// <summary>Responses that begin, or end, while the request is still being sent.</summary>
public class DuplexTests
{
    [Fact]
    public async Task An_origin_may_echo_while_the_client_sends()
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadUntilAsync("\r\n\r\n");
            await wire.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            while (true)
            {
                var size = await wire.ReadUntilAsync("\r\n");
                if (size == "0\r\n") break;
                var line = await wire.ReadUntilAsync("\n");
                await wire.ReadCountAsync(2);
                await wire.SendAsync($"{line.Length + 5:x}\r\necho {line}\r\n");
            }

            await wire.ReadUntilAsync("\r\n");
            await wire.SendAsync("0\r\n\r\n");
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        await client.ReadUntilAsync("\r\n\r\n");
        for (var i = 0; i < 50; i++)
        {
            var line = $"line {i}\n";
            await client.SendAsync($"{line.Length:x}\r\n{line}\r\n");
            (await client.ReadUntilAsync("\n\r\n")).ShouldContain("echo " + line);
        }

        await client.SendAsync("0\r\n\r\n");
        await client.ReadUntilAsync("0\r\n\r\n");
    }

    [Fact]
    public async Task A_large_echo_is_held_back_by_the_slower_side()
    {
        // More than all the kernel's buffers on the way, there and back.
        const int size = 64_000_000;
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadUntilAsync("\r\n\r\n");
            await wire.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n");
            for (var left = size; left > 0;)
            {
                var text = await wire.ReadAsync();
                left -= text.Length;
                await wire.SendAsync(text);
            }
        }, records: false, receiveBuffer: 65_536);
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "limits: { body: 0 }");
        using var client = await gateway.ConnectAsync(receiveBuffer: 16_384);
        var sending = client.SendAsync(Encoding.Latin1.GetBytes($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n{new string('e', size)}"));
        await client.ReadUntilAsync("\r\n\r\n");
        await Task.Delay(200);
        sending.IsCompleted.ShouldBeFalse("Nobody reads the answer, so nobody takes the rest.");
        await client.SkipAsync(size);
        await sending;
    }

    [Theory]
    [InlineData("Content-Length: 50000000", "")]
    [InlineData("Transfer-Encoding: chunked", "ffffff\r\n")]
    public async Task An_early_answer_reaches_a_client_that_is_still_sending(string framing, string prefix)
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadUntilAsync("\r\n\r\n");
            await wire.SendAsync("HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig");
            wire.FinishSending();
            // An origin that does not read on: the gateway must not wait for it.
            await Task.Delay(Timeout.Infinite, default).WaitAsync(TimeSpan.FromSeconds(20));
        }, records: false, receiveBuffer: 16_384);
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "limits: { body: 0 }");
        using var client = await gateway.ConnectAsync();
        await client.SendAsync($"POST / HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n{prefix}");
        var sending = SendUntilItEndsAsync(client);
        var response = await client.ReadResponseAsync();
        response.Status.ShouldBe(413);
        response.Body.ShouldBe("big");
        response.Closes.ShouldBeTrue();
        await sending;
        await TestGateway.EventuallyAsync(() => gateway.Active == 0 && gateway.UpstreamConnections == 0);
    }

    [Fact]
    public async Task A_request_that_was_cut_off_by_its_answer_leaves_nothing_in_the_pool()
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadUntilAsync("\r\n\r\n");
            await wire.SendAsync(Origin.Ok);
            await wire.ReadToEndAsync();
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        (await client.AskAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf")).Body.ShouldBe("ok");
        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
        gateway.IdleUpstream.ShouldBe(0);
        gateway.UpstreamConnections.ShouldBe(0);
    }

    [Fact]
    public async Task A_body_that_ends_after_its_answer_keeps_both_connections()
    {
        var release = new SemaphoreSlim(0);
        await using var origin = Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                await wire.ReadUntilAsync("\r\n\r\n");
                await wire.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok");
                release.Release();
                (await wire.ReadCountAsync(5)).ShouldBe("hello");
                await wire.SendAsync("ay");
            }
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
            await release.WaitAsync();
            await client.SendAsync("hello");
            (await client.ReadResponseAsync()).Body.ShouldBe("okay");
        }

        origin.Connections.Count.ShouldBe(1);
        gateway.Refusals(Refusal.ClientGone).ShouldBe(0);
    }

    private static async Task SendUntilItEndsAsync(RawConnection client)
    {
        try
        {
            for (var i = 0; i < 40; i++) await client.SendAsync(new string('b', 100_000));
        }
        catch (ResetException)
        {
            // The gateway has drained as much as it is willing to.
        }
    }
}
