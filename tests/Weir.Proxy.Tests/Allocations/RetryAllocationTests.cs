using System.Text;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Allocations;

/// <summary>Neither a retry that may come, nor one that comes, nor a hedge, nor what is told of them in the log allocates.</summary>
[Collection(nameof(Quiet))]
public class RetryAllocationTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private const string Put = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";

    private static readonly byte[] Bad = Encoding.ASCII.GetBytes("HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nno");

    [Theory]
    [InlineData(Put, "on: [reset, 503]", 0)]
    [InlineData(Get, "on: [reset, 503], hedge: { percentile: 95, after: 10s }", 0)]
    [InlineData(Get, "on: 503, backoff: 1ms, attempts: 4, budget: { floor: 100 }", 3)]
    [InlineData(Put, "on: 503, backoff: 1ms, attempts: 4, budget: { floor: 100 }", 3)]
    public async Task Nothing_is_allocated(string request, string retry, int badOfTen)
    {
        if (!SteadyState.Optimised) return;
        await using var origin = Origin.Start((wire, _) => ServeAsync(wire, badOfTen), records: false);
        await using var other = Origin.Start((wire, _) => ServeAsync(wire, 0), records: false);
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: { address: "127.0.0.1:0" } }
            routes: { all: { forward: two } }
            clusters: { two: { endpoints: ["{{origin.Url}}", "{{other.Url}}"], pool: { connections: 4000, idle: 4000 }, retry: { {{retry}} } } }
            """, logs: true);
        await SteadyState.ShouldAllocateNothingAsync(gateway, 32, 100, request);
        if (badOfTen > 0) gateway.Count(static c => c.Retried.Sum()).ShouldBeGreaterThan(0);
    }

    private static Task ServeAsync(RawConnection wire, int badOfTen)
        => SteadyState.ServeAsync(wire, ["\r\n\r\nbody"], number => number % 10 < badOfTen ? Bad : SteadyState.Hello);
}
