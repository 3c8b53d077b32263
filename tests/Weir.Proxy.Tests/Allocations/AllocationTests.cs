using System.Diagnostics;
using System.Text;
using Weir.Proxy.Tests.Fixture;
using Weir.Reactor;

namespace Weir.Proxy.Tests.Allocations;

/// <summary>
/// An exchange allocates nothing once the pools are filled. Counted on the loops' own threads, so that the clients and the origin of the
/// test do not matter.
/// </summary>
[Collection(nameof(Quiet))]
public class AllocationTests
{
    private static readonly byte[] Response = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");

    /// <summary>Without optimisation the compiler's machines are objects.</summary>
    internal static bool Optimised => !typeof(Gateway).Assembly.GetCustomAttributes(false).OfType<DebuggableAttribute>().Any(static a => a.IsJITOptimizerDisabled);

    [Theory]
    [InlineData(64, 400, 1, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData(64, 200, 2, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData(1000, 20, 2, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData(64, 200, 1, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody")]
    public async Task An_exchange_with_a_policy_that_suspends_allocates_nothing(int connections, int rounds, int loops, string request)
    {
        // Without optimisation the compiler's machines are objects.
        if (!Optimised) return;
        ProcessLimits.RaiseOpenFiles();
        await using var origin = Origin.Start(ServeAsync, records: false);
        await using var gateway = await TestGateway.ForwardingAsync(
            origin, route: "policies: [{ delay: 1ms }, { headers: { request: { set: { X-A: b } } } }]", cluster: "pool: { connections: 4000, idle: 4000 }", loops: loops);
        await MeasureAsync(gateway, connections, rounds, request);
    }

    [Theory]
    [InlineData("by: header, name: X-A")]
    [InlineData("sticky: { keys: 0123456789abcdef }")]
    public async Task A_split_allocates_nothing(string key)
    {
        if (!Optimised) return;
        await using var origin = Origin.Start(ServeAsync, records: false);
        var split = $"split: {{ {key}, arms: {{ a: {{ weight: 1, forward: origin }}, b: {{ weight: 1, when: 'request.header.x-b == \"1\"', forward: origin }} }} }}, maintenance: {{ allow: 127.0.0.1 }}";
        await using var gateway = await TestGateway.StartAsync(TestGateway.Forwarding(origin.Url).Replace("forward: origin", split));
        await MeasureAsync(gateway, 64, 200, "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n\r\n");
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody")]
    public async Task A_mirror_allocates_nothing(string request)
    {
        if (!Optimised) return;
        await using var origin = Origin.Start(ServeAsync, records: false);
        await using var gateway = await TestGateway.StartAsync(
            TestGateway.Forwarding(origin.Url).Replace("forward: origin", "forward: { cluster: origin, mirror: { cluster: origin, share: 99.9, concurrency: 1000, compare: { headers: content-type } } }"));
        await MeasureAsync(gateway, 64, 200, request);
        gateway.Gateway.Current!.Mirrors.Single().PerLoop[0].Results[(int)Model.MirrorResult.Same].ShouldBeGreaterThan(10_000);
    }

    private static async Task MeasureAsync(TestGateway gateway, int connections, int rounds, string request)
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ => await gateway.ConnectAsync()));
        var bytes = Encoding.ASCII.GetBytes(request);

        // A pool grows to the most that were ever out at once, which a few rounds need not reach: what is allocated per exchange shows in
        // every window, growth does not.
        for (var i = 0; i < 3; i++) await RunAsync(clients, bytes, Math.Max(10, rounds / 5));
        var exchanges = (double)connections * rounds;
        var windows = new List<double>();
        while (windows.Count < 6 && !windows.Exists(static w => w < 1))
        {
            var before = await AllocatedAsync(gateway);
            await RunAsync(clients, bytes, rounds);
            windows.Add((await AllocatedAsync(gateway) - before) / exchanges);
        }

        windows.Min().ShouldBeLessThan(1, $"bytes per exchange, window by window: {string.Join(' ', windows)}");
        foreach (var client in clients) client.Dispose();
    }

    internal static async Task<long> AllocatedAsync(TestGateway gateway)
    {
        var sum = 0L;
        foreach (var loop in gateway.Gateway.Loops) await loop.RunAsync(_ => sum += GC.GetAllocatedBytesForCurrentThread());
        return sum;
    }

    internal static Task RunAsync(RawConnection[] clients, byte[] request, int rounds) => Task.WhenAll(clients.Select(async client =>
    {
        var buffer = new byte[1024];
        for (var round = 0; round < rounds; round++)
        {
            await client.Socket.SendAsync(request);
            for (var length = 0; !buffer.AsSpan(0, length).EndsWith("hello"u8);)
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
                var text = buffer.AsMemory(0, length);
                if (text.Span.StartsWith("GET"u8) ? text.Span.EndsWith("\r\n\r\n"u8) : text.Span.EndsWith("\r\n\r\nbody"u8)) break;
            }

            await wire.Socket.SendAsync(Response);
        }
    }
}
