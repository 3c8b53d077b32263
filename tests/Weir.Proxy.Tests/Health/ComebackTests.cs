using System.Diagnostics;
using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;
using Weir.Sdk.Discovery;

namespace Weir.Proxy.Tests.Health;

/// <summary>Endpoints are compared by what they do from when they are looked at.</summary>
public sealed class ComebackTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private const string Bad = "HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n";

    [Fact]
    public async Task An_endpoint_that_comes_back_is_judged_by_what_it_does_then()
    {
        var isBad = true;
        await using var x = Origin.Answering(_ => Volatile.Read(ref isBad) ? Bad : Origin.Ok);
        await using var a = Origin.Answering();
        await using var b = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync("""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c } }
            clusters: { c: { discover: { api: {} }, balancer: round-robin, slow-start: 0, health: { outliers: { consecutive: 0, volume: 10, interval: 300ms } } } }
            """);
        await SetAsync(gateway, x.Url, a.Url, b.Url);
        using var client = await gateway.ConnectAsync();
        while (gateway.HealthChanges.Count == 0) await client.AskAsync(Get);
        gateway.HealthChanges[0].Endpoint.ShouldBe(x.Url);
        var state = Endpoints(gateway)[0].State;
        // It is taken out, mended, and put back.
        await SetAsync(gateway, a.Url, b.Url);
        Volatile.Write(ref isBad, false);
        await Task.Delay(800);
        await SetAsync(gateway, x.Url, a.Url, b.Url);
        state.Ejected.ShouldBeFalse();
        var changes = gateway.HealthChanges.Count;
        for (var began = Stopwatch.StartNew(); began.ElapsedMilliseconds < 1500;) (await client.AskAsync(Get)).Status.ShouldBe(200);
        gateway.HealthChanges.Skip(changes).Select(static c => c.Reason).ShouldBeEmpty();
    }

    [Fact]
    public async Task Outlier_detection_that_is_turned_on_looks_at_what_comes_then()
    {
        var isBad = true;
        await using var x = Origin.Answering(_ => Volatile.Read(ref isBad) ? Bad : Origin.Ok);
        await using var a = Origin.Answering();
        await using var b = Origin.Answering();
        string Yaml(string outliers) => $$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c } }
            clusters: { c: { endpoints: ["{{x.Url}}", "{{a.Url}}", "{{b.Url}}"], balancer: round-robin, slow-start: 0, health: { outliers: {{outliers}} } } }
            """;
        await using var gateway = await TestGateway.StartAsync(Yaml("false"));
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 300; i++) await client.AskAsync(Get);
        Volatile.Write(ref isBad, false);
        for (var i = 0; i < 30; i++) (await client.AskAsync(Get)).Status.ShouldBe(200);
        (await gateway.ApplyAsync(Yaml("{ consecutive: 0, volume: 10, interval: 300ms }"))).IsApplied.ShouldBeTrue();
        for (var i = 0; i < 100; i++)
        {
            (await client.AskAsync(Get)).Status.ShouldBe(200);
            await Task.Delay(10);
        }

        gateway.HealthChanges.Select(static c => c.Reason).ShouldBeEmpty();
    }

    private static Endpoint[] Endpoints(TestGateway gateway) => gateway.Gateway.Current!.Clusters["c"].Endpoints;

    private static Task<string?> SetAsync(TestGateway gateway, params string[] urls)
        => gateway.Gateway.SetEndpointsAsync(gateway.Gateway.Discovered["c"], [.. urls.Select(static u => new FoundEndpoint(u))]);
}
