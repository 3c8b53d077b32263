using Weir.Proxy.Tests.Datagrams;
using Weir.Proxy.Tests.Fixture;
using Weir.Reactor;

namespace Weir.Proxy.Tests.Allocations;

/// <summary>Datagrams allocate nothing once the pools are filled, nor do sessions that come and go.</summary>
[Collection(nameof(Quiet))]
public sealed class DatagramTests
{
    [Theory]
    [InlineData("", 1, true)]
    [InlineData("limits: { sessions-per-address: 1000 }", 2, true)]
    [InlineData("limits: { responses-per-request: 1 }", 1, false)]
    [InlineData("limits: { responses-per-request: 1 }", 2, false)]
    public async Task A_datagram_allocates_nothing(string listener, int loops, bool stays)
    {
        if (!SteadyState.Optimised) return;
        ProcessLimits.RaiseOpenFiles();
        await using var origin = new UdpOrigin();
        await using var gateway = await DatagramGateway.StartAsync(origin.Url, listener, loops: loops);
        var clients = Enumerable.Range(0, 64).Select(_ => UdpClient.Of(gateway)).ToArray();
        for (var i = 0; i < 3; i++) await RunAsync(clients, 20);
        await SteadyState.ShouldAllocateNothingAsync(gateway.Gateway, 64 * 50, () => RunAsync(clients, 50));
        if (stays) await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.Sessions) == 64);
        else gateway.Count(static c => c.Sessions).ShouldBeGreaterThan(64 * 100);
        foreach (var client in clients) client.Dispose();
    }

    private static Task RunAsync(UdpClient[] clients, int rounds) => Task.WhenAll(clients.Select(async client =>
    {
        for (var round = 0; round < rounds; round++) (await client.AskAsync("hello")).ShouldBe("hello");
    }));
}
