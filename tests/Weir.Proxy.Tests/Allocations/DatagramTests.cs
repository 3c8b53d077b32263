using System.Diagnostics;
using Weir.Proxy.Tests.Datagrams;
using Weir.Proxy.Tests.Fixture;
using Weir.Reactor;

namespace Weir.Proxy.Tests.Allocations;

/// <summary>Datagrams allocate nothing once the pools are filled, nor do sessions that come and go.</summary>
[Collection(nameof(Quiet))]
public sealed class DatagramTests
{
    private static bool Optimised => !typeof(Gateway).Assembly.GetCustomAttributes(false).OfType<DebuggableAttribute>().Any(static a => a.IsJITOptimizerDisabled);

    [Theory]
    [InlineData("", 1, true)]
    [InlineData("limits: { sessions-per-address: 1000 }", 2, true)]
    [InlineData("limits: { responses-per-request: 1 }", 1, false)]
    [InlineData("limits: { responses-per-request: 1 }", 2, false)]
    public async Task A_datagram_allocates_nothing(string listener, int loops, bool stays)
    {
        if (!Optimised) return;
        ProcessLimits.RaiseOpenFiles();
        await using var origin = new UdpOrigin();
        await using var gateway = await DatagramGateway.StartAsync(origin.Url, listener, loops: loops);
        var clients = Enumerable.Range(0, 64).Select(_ => UdpClient.Of(gateway)).ToArray();
        for (var i = 0; i < 3; i++) await RunAsync(clients, 20);
        var windows = new List<double>();
        while (windows.Count < 6 && !windows.Exists(static w => w < 1))
        {
            var before = await AllocatedAsync(gateway);
            await RunAsync(clients, 50);
            windows.Add((await AllocatedAsync(gateway) - before) / (64.0 * 50));
        }

        windows.Min().ShouldBeLessThan(1, $"bytes per datagram, window by window: {string.Join(' ', windows)}");
        if (stays) await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.Sessions) == 64);
        else gateway.Count(static c => c.Sessions).ShouldBeGreaterThan(64 * 100);
        foreach (var client in clients) client.Dispose();
    }

    private static async Task<long> AllocatedAsync(TestGateway gateway)
    {
        var sum = 0L;
        foreach (var loop in gateway.Gateway.Loops) await loop.RunAsync(_ => sum += GC.GetAllocatedBytesForCurrentThread());
        return sum;
    }

    private static Task RunAsync(UdpClient[] clients, int rounds) => Task.WhenAll(clients.Select(async client =>
    {
        for (var round = 0; round < rounds; round++) (await client.AskAsync("hello")).ShouldBe("hello");
    }));
}
