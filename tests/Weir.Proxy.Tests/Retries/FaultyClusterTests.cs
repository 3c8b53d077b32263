using System.Collections.Concurrent;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Retries;

/// <summary>While one endpoint is sound, what may be sent again succeeds, and what may not is never sent twice.</summary>
public class FaultyClusterTests
{
    private static readonly string[] Faults = ["reset", "close", "silence", "503", "502", "200"];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    public async Task Every_idempotent_request_succeeds_while_one_endpoint_is_sound(int seed, int loops)
    {
        var sends = new ConcurrentDictionary<string, int>();
        var origins = new List<FaultyOrigin>();
        for (var i = 0; i < 3; i++)
        {
            var isSound = i == 2;
            var random = new Random(seed + i);
            origins.Add(FaultyOrigin.Start((_, request) =>
            {
                sends.AddOrUpdate(request.Method + request.Path, 1, static (_, n) => n + 1);
                lock (random) return Task.FromResult(isSound ? "200" : Faults[random.Next(Faults.Length)]);
            }));
        }

        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: { address: "127.0.0.1:0" } }
            routes: { all: { forward: three } }
            clusters:
              three:
                endpoints: [{{string.Join(", ", origins.Select(static o => $"\"{o.Url}\""))}}]
                retry: { attempts: 3, on: [connect-failure, reset, timeout, gateway-error], per-try-timeout: 250ms, backoff: 1ms, budget: { floor: 100 } }
            """, loops);
        await Task.WhenAll(Enumerable.Range(0, 12).Select(async worker =>
        {
            var random = new Random((seed * 100) + worker);
            for (var i = 0; i < 40; i++)
            {
                var (method, size) = random.Next(4) switch { 0 => ("GET", 0), 1 => ("PUT", random.Next(1, 60_000)), 2 => ("DELETE", 0), _ => ("POST", random.Next(1, 2000)) };
                var response = await gateway.AskAsync($"{method} /{worker}/{i} HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n{new string('x', size)}", method);
                if (method != "POST") response.Status.ShouldBe(200, $"{method} /{worker}/{i}");
            }
        }));
        foreach (var (request, count) in sends) count.ShouldBeLessThanOrEqualTo(request.StartsWith("POST", StringComparison.Ordinal) ? 1 : 3, request);
        sends.Values.Max().ShouldBeGreaterThan(1);
        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
        gateway.Gateway.Loops.Sum(static l => l.Replays.Bytes).ShouldBe(0);
        foreach (var origin in origins) await origin.DisposeAsync();
    }
}
