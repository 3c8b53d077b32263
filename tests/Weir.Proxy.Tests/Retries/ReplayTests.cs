using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Retries;

/// <summary>Bodies that are sent again.</summary>
public class ReplayTests
{
    private const string Rule = "retry: { on: [connect-failure, reset, 503], backoff: 0, buffer: 20KiB }";

    [Fact]
    public async Task What_had_come_is_sent_again_and_the_rest_follows()
    {
        var refused = new TaskCompletionSource();
        await using var origin = Origin.Start(async (wire, number) =>
        {
            if (number == 0)
            {
                await wire.ReadUntilAsync("first");
                wire.Reset();
                return;
            }

            await wire.ReadUntilAsync("first");
            refused.TrySetResult();
            (await wire.ReadUntilAsync("0\r\n")).ShouldContain("second");
            (await wire.ReadUntilAsync("\r\n\r\n")).ShouldContain("X-Sum: 7");
            await wire.SendAsync(Origin.Ok);
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, cluster: Rule);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync("PUT / HTTP/1.1\r\nHost: a\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
        await refused.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await client.SendAsync("6\r\nsecond\r\n0\r\nX-Sum: 7\r\n\r\n");
        (await client.ReadResponseAsync("PUT")).Body.ShouldBe("ok");
        origin.Connections.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Trailers_and_the_end_of_an_empty_body_are_told_again()
    {
        await using var origin = FaultyOrigin.Start(false, static number => number == 0 ? "503" : "200");
        await using var gateway = await TestGateway.StartAsync(TestGateway.Forwarding(origin.Url, cluster: Rule));
        (await gateway.AskAsync("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "PUT")).Status.ShouldBe(200);
        origin.Requests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_body_that_outgrows_the_buffer_goes_on_and_is_not_sent_again()
    {
        await using var origin = FaultyOrigin.Start(false, static _ => "503");
        await using var gateway = await TestGateway.StartAsync(TestGateway.Forwarding(origin.Url, cluster: Rule), logs: true);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (var i = 0; i < 50; i++) await client.SendAsync($"400\r\n{new string('x', 1024)}\r\n");
        await client.SendAsync("0\r\n\r\n");
        (await client.ReadResponseAsync("PUT")).Status.ShouldBe(503);
        origin.Requests.Single().Body.Length.ShouldBe(51_200);
        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
        gateway.Gateway.Loops[0].Log.Peek().RetryStop.ShouldBe(RetryStop.Buffer);
        gateway.Gateway.Loops[0].Replays.Bytes.ShouldBe(0);
    }

    [Fact]
    public async Task A_loop_keeps_so_much_and_no_more()
    {
        await using var origin = FaultyOrigin.Start(false, static number => number == 0 ? "503" : "200");
        await using var gateway = await TestGateway.StartAsync(TestGateway.Forwarding(origin.Url, cluster: Rule));
        await gateway.Gateway.Loops[0].RunAsync(static loop => loop.Replays.Bytes = Wire.BodyMemory.Limit);
        (await gateway.AskAsync("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", "PUT")).Status.ShouldBe(503);
        origin.Requests.Single().Body.ShouldBe("hi");
        await gateway.Gateway.Loops[0].RunAsync(static loop => loop.Replays.Bytes.ShouldBe(Wire.BodyMemory.Limit));
    }

    [Fact]
    public async Task A_client_that_waits_for_100_is_asked_by_the_attempt_that_is_answered()
    {
        await using var origin = Origin.Start(async (wire, number) =>
        {
            (await wire.ReadUntilAsync("\r\n\r\n")).ShouldContain("Expect: 100-continue");
            if (number == 0)
            {
                await wire.SendAsync("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
                await wire.ReadToEndAsync();
                return;
            }

            await wire.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
            (await wire.ReadCountAsync(2)).ShouldBe("hi");
            await wire.SendAsync(Origin.Ok);
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, cluster: Rule);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
        (await client.ReadResponseAsync("PUT")).Status.ShouldBe(100);
        await client.SendAsync("hi");
        (await client.ReadResponseAsync("PUT")).Body.ShouldBe("ok");
        origin.Connections.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_body_that_breaks_off_is_the_clients_fault_and_no_cause_for_a_retry()
    {
        await using var origin = Origin.Start(static async (wire, _) => await wire.ReadToEndAsync());
        await using var gateway = await TestGateway.ForwardingAsync(origin, cluster: Rule);
        using (var client = await gateway.ConnectAsync())
        {
            await client.SendAsync("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nzz\r\n");
            (await client.ReadResponseAsync("PUT")).Refusal.ShouldBe("bad-chunk");
        }

        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
        origin.Connections.Count.ShouldBeLessThanOrEqualTo(1);
        gateway.Count(static c => c.Retried.Sum()).ShouldBe(0);
    }
}
