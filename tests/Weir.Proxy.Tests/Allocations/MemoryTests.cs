using System.Diagnostics;
using System.Text;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Allocations;

/// <summary>A body of any size passes through a few buffers: what is held does not grow with it, however slow its reader is.</summary>
[Collection(nameof(Quiet))]
public class MemoryTests
{
    private const long Giga = 1L << 30;
    private const int Block = 1 << 20;

    private static readonly byte[] Data = new byte[Block];

    private static readonly byte[] Chunk = [.. Encoding.ASCII.GetBytes($"{Block:x}\r\n"), .. Data, (byte)'\r', (byte)'\n'];

    [Theory]
    [InlineData("length")]
    [InlineData("chunked")]
    public Task A_large_response_takes_no_memory(string framing) => DownAsync(framing, Giga / 4);

    [Fact]
    public Task A_response_of_a_gigabyte_takes_no_memory() => DownAsync("until-close", Giga);

    [Fact]
    public Task A_large_request_in_chunks_takes_no_memory() => UpAsync("chunked", Giga / 4);

    [Fact]
    public Task A_request_of_a_gigabyte_takes_no_memory() => UpAsync("length", Giga);

    [SoakTheory]
    [InlineData("length")]
    [InlineData("chunked")]
    public async Task Ten_gigabytes_each_way_take_no_memory(string framing)
    {
        await DownAsync(framing, 10 * Giga);
        await UpAsync(framing, 10 * Giga);
    }

    private static async Task DownAsync(string framing, long size)
    {
        await using var origin = Origin.Start(
            async (wire, _) =>
            {
                await wire.ReadUntilAsync("\r\n\r\n");
                await wire.SendAsync("HTTP/1.1 200 OK\r\n" + framing switch
                {
                    "length" => $"Content-Length: {size}\r\n\r\n",
                    "chunked" => "Transfer-Encoding: chunked\r\n\r\n",
                    _ => "\r\n",
                });
                for (var left = size; left > 0; left -= Block) await wire.SendAsync(framing == "chunked" ? Chunk : Data);
                if (framing == "chunked") await wire.SendAsync("0\r\n\r\n");
            },
            records: false);
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        var watch = new Watch(gateway);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await client.ReadUntilAsync("\r\n\r\n");
        // A reader that stops now and then.
        for (var part = 0; part < 8; part++)
        {
            await client.SkipAsync(size / 8);
            await Task.Delay(20);
            watch.Look();
        }
    }

    private static async Task UpAsync(string framing, long size)
    {
        await using var origin = Origin.Start(
            async (wire, _) =>
            {
                await wire.ReadUntilAsync("\r\n\r\n");
                for (var part = 0; part < 8; part++)
                {
                    await wire.SkipAsync(size / 8);
                    await Task.Delay(20);
                }

                await wire.SendAsync("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
                await wire.SkipAsync(long.MaxValue);
            },
            records: false);
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "limits: { body: 0 }");
        using var client = await gateway.ConnectAsync();
        var watch = new Watch(gateway);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\n" + (framing == "length" ? $"Content-Length: {size}\r\n\r\n" : "Transfer-Encoding: chunked\r\n\r\n"));
        for (var left = size; left > 0; left -= Block)
        {
            await client.SendAsync(framing == "length" ? Data : Chunk);
            if (left % (64 * Block) == 0) watch.Look();
        }

        if (framing == "chunked") await client.SendAsync("0\r\n\r\n");
        (await client.ReadResponseAsync()).Body.ShouldBe("ok");
        watch.Look();
    }

    private sealed class Watch(TestGateway gateway)
    {
        private readonly long _before = Resident;

        private static long Resident
        {
            get
            {
                using var process = Process.GetCurrentProcess();
                return process.WorkingSet64;
            }
        }

        public void Look()
        {
            gateway.Gateway.Loops.Sum(static l => l.Loop.Buffers.Reserved).ShouldBeLessThan(2 << 20, "bytes in buffers");
            gateway.Gateway.Loops.Sum(static l => l.Loop.Buffers.Leased).ShouldBeLessThan(16, "leases");
            // The client and the origin of the test are in here too.
            (Resident - _before).ShouldBeLessThan(200L << 20, "bytes resident");
        }
    }
}
