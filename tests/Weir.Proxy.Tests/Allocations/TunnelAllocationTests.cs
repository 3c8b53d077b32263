using System.Net.Sockets;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.Tunnels;

namespace Weir.Proxy.Tests.Allocations;

/// <summary>What passes a tunnel allocates nothing, nor do the gateway's own pings.</summary>
[Collection(nameof(Quiet))]
public class TunnelAllocationTests
{
    private const int Clients = 32;

    // A masked frame of 4 bytes and a ping of the gateway's are both as long as this.
    private const int FrameLength = 10;

    [Theory]
    [InlineData("")]
    [InlineData("websocket: { ping: 1ms, pong: 1h }")]
    public async Task A_message_allocates_nothing(string route)
    {
        if (!SteadyState.Optimised) return;
        await using var origin = Origin.Start(ServeAsync, records: false);
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: route, cluster: "pool: { connections: 100 }");
        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            var client = await gateway.ConnectAsync();
            (await client.AskAsync(TunnelClient.Ask)).Status.ShouldBe(101);
            return client.Socket;
        }));
        const int Rounds = 150;
        var pings = (await Task.WhenAll(clients.Select(static c => TalkAsync(c, Rounds)))).Sum();
        await SteadyState.ShouldAllocateNothingAsync(gateway.Gateway, Rounds * Clients, async () => pings += (await Task.WhenAll(clients.Select(static c => TalkAsync(c, Rounds)))).Sum());
        if (route.Length > 0) pings.ShouldBeGreaterThan(0);
        foreach (var client in clients) client.Dispose();
    }

    // Messages that come back, with a pause now and then; how often it was asked whether it is there.
    private static async Task<int> TalkAsync(Socket socket, int rounds)
    {
        var message = System.Text.Encoding.Latin1.GetBytes(Frame.Of(Frame.Binary, "abcd", masked: true));
        var buffer = new byte[FrameLength];
        var pings = 0;
        for (var round = 0; round < rounds; round++)
        {
            if (round % 20 == 0) await Task.Delay(5);
            await socket.SendAsync(message);
            do
            {
                for (var length = 0; length < FrameLength;)
                {
                    var received = await socket.ReceiveAsync(buffer.AsMemory(length)).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
                    received.ShouldBeGreaterThan(0);
                    length += received;
                }

                if (buffer[0] == Frame.Ping) pings++;
            }
            while (buffer[0] == Frame.Ping);
        }

        return pings;
    }

    private static async Task ServeAsync(RawConnection wire, int number)
    {
        await wire.ReadUntilAsync("\r\n\r\n");
        await wire.SendAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        var buffer = new byte[4096];
        while (true)
        {
            var received = await wire.Socket.ReceiveAsync(buffer);
            if (received == 0) return;
            await wire.Socket.SendAsync(buffer.AsMemory(0, received));
        }
    }
}
