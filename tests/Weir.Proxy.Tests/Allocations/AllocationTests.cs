using Weir.Proxy.Tests.Fixture;
using Weir.Reactor;

namespace Weir.Proxy.Tests.Allocations;

/// <summary>An exchange allocates nothing once the pools are filled.</summary>
[Collection(nameof(Quiet))]
public class AllocationTests
{
    [Theory]
    [InlineData(64, 400, 1, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData(64, 200, 2, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData(1000, 20, 2, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData(64, 200, 1, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody")]
    public async Task An_exchange_with_a_policy_that_suspends_allocates_nothing(int connections, int rounds, int loops, string request)
    {
        if (!SteadyState.Optimised) return;
        ProcessLimits.RaiseOpenFiles();
        await using var origin = StartOrigin();
        await using var gateway = await TestGateway.ForwardingAsync(
            origin, route: "policies: [{ delay: 1ms }, { headers: { request: { set: { X-A: b } } } }]", cluster: "pool: { connections: 4000, idle: 4000 }", loops: loops);
        await SteadyState.ShouldAllocateNothingAsync(gateway, connections, rounds, request);
    }

    [Theory]
    [InlineData("by: header, name: X-A")]
    [InlineData("sticky: { keys: 0123456789abcdef }")]
    public async Task A_split_allocates_nothing(string key)
    {
        if (!SteadyState.Optimised) return;
        await using var origin = StartOrigin();
        var split = $"split: {{ {key}, arms: {{ a: {{ weight: 1, forward: origin }}, b: {{ weight: 1, when: 'request.header.x-b == \"1\"', forward: origin }} }} }}, maintenance: {{ allow: 127.0.0.1 }}";
        await using var gateway = await TestGateway.StartAsync(TestGateway.Forwarding(origin.Url).Replace("forward: origin", split));
        await SteadyState.ShouldAllocateNothingAsync(gateway, 64, 200, "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n\r\n");
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody")]
    public async Task A_mirror_allocates_nothing(string request)
    {
        if (!SteadyState.Optimised) return;
        await using var origin = StartOrigin();
        await using var gateway = await TestGateway.StartAsync(
            TestGateway.Forwarding(origin.Url).Replace("forward: origin", "forward: { cluster: origin, mirror: { cluster: origin, share: 99.9%, concurrency: 1000, compare: { headers: content-type } } }"), logs: true);
        await SteadyState.ShouldAllocateNothingAsync(gateway, 64, 200, request);
        gateway.Gateway.Current!.Mirrors.Single().PerLoop[0].Results[(int)Model.MirrorResult.Same].ShouldBeGreaterThan(10_000);
    }

    private static Origin StartOrigin() => Origin.Start(static (wire, _) => SteadyState.ServeAsync(wire, ["\r\n\r\nbody"], static _ => SteadyState.Hello), records: false);
}
