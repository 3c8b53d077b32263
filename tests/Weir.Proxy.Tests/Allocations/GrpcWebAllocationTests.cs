using System.Text;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.GrpcWeb;

namespace Weir.Proxy.Tests.Allocations;

/// <summary>A call of gRPC-Web allocates nothing either, whatever is translated of it.</summary>
[Collection(nameof(Quiet))]
public class GrpcWebAllocationTests
{
    private static readonly byte[] Answer = Encoding.Latin1.GetBytes(
        "HTTP/1.1 200 OK\r\nContent-Type: application/grpc\r\nTransfer-Encoding: chunked\r\n\r\n"
        + WebCalls.Chunks([WebCalls.Message("hello")[..3], WebCalls.Message("hello")[3..], WebCalls.Message("second")])[..^2] + "grpc-status: 0\r\nx-a: b\r\n\r\n");

    [Theory]
    [InlineData("application/grpc-web")]
    [InlineData("application/grpc-web-text")]
    public async Task A_call_allocates_nothing(string type)
    {
        if (!AllocationTests.Optimised) return;
        const int Connections = 64, Rounds = 200;
        await using var origin = Origin.Start(ServeAsync, records: false);
        await using var gateway = await WebCalls.StartAsync(origin.Url, cluster: "pool: { connections: 4000, idle: 4000 }", route: "policies: [{ delay: 1ms }]");
        var clients = await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ => await gateway.ConnectAsync()));
        var body = WebCalls.Message("asked");
        if (type.EndsWith("text", StringComparison.Ordinal)) body = WebCalls.Encode(body);
        var request = Encoding.Latin1.GetBytes(WebCalls.Head(type, $"Content-Length: {body.Length}\r\n") + body);
        for (var i = 0; i < 3; i++) await RunAsync(clients, request, Rounds / 5);
        var windows = new List<double>();
        while (windows.Count < 6 && !windows.Exists(static w => w < 1))
        {
            var before = await AllocationTests.AllocatedAsync(gateway);
            await RunAsync(clients, request, Rounds);
            windows.Add((await AllocationTests.AllocatedAsync(gateway) - before) / (double)(Connections * Rounds));
        }

        windows.Min().ShouldBeLessThan(1, $"bytes per call, window by window: {string.Join(' ', windows)}");
        foreach (var client in clients) client.Dispose();
    }

    private static Task RunAsync(RawConnection[] clients, byte[] request, int rounds) => Task.WhenAll(clients.Select(async client =>
    {
        var buffer = new byte[4096];
        for (var round = 0; round < rounds; round++)
        {
            await client.Socket.SendAsync(request);
            for (var length = 0; !buffer.AsSpan(0, length).EndsWith("\r\n0\r\n\r\n"u8);)
            {
                var received = await client.Socket.ReceiveAsync(buffer.AsMemory(length)).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
                received.ShouldBeGreaterThan(0);
                length += received;
            }
        }
    }));

    private static async Task ServeAsync(RawConnection wire, int number)
    {
        var buffer = new byte[4096];
        while (true)
        {
            for (var length = 0; ;)
            {
                var received = await wire.Socket.ReceiveAsync(buffer.AsMemory(length));
                if (received == 0) return;
                length += received;
                var end = buffer.AsSpan(0, length);
                if (end.EndsWith("asked"u8) || end.EndsWith("asked\r\n0\r\n\r\n"u8)) break;
            }

            await wire.Socket.SendAsync(Answer);
        }
    }
}
