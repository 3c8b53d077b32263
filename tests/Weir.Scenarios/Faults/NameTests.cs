using System.Text.RegularExpressions;
using Weir.Scenarios.Faults.Fixture;
using Weir.Scenarios.Fixture;
using Weir.Scenarios.Soak;
using Weir.Tests;
using Xunit.Abstractions;

namespace Weir.Scenarios.Faults;

/// <summary>Endpoints that a real DNS server tells of: it is gone for a while, and it tells of others every second. docs/faults.md has the figures.</summary>
[Collection(nameof(AloneCollection))]
public sealed class NameTests(ITestOutputHelper output) : IDisposable
{
    private const string Name = "shop.test";

    private static readonly string[] Addresses = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];

    private readonly Dnsmasq _dns = new();
    private readonly int _port = FreePort.Find();

    public void Dispose() => _dns.Dispose();

    [NeedsFact("dnsmasq")]
    public async Task The_name_server_is_down()
    {
        using var one = new FaultyOrigin(Addresses[0], _port);
        using var two = new FaultyOrigin(Addresses[1], _port);
        using var three = new FaultyOrigin(Addresses[2], _port);
        await _dns.StartAsync(Name, Addresses);
        await using var run = await FaultRun.StartAsync(Discovery, "");
        run.Begin();
        await _dns.StopAsync();
        await run.IsOutAsync("endpoints cannot be found by dns");
        await run.LastAsync(0.5, 8);
        await _dns.StartAsync(Name, Addresses);
        run.End();
        await run.IsBackAsync("dns answers again");
        await run.FinishAsync();
        Figures.Record(output, "the DNS server is down", run);
        run.All.Failed.ShouldBeEmpty();
        new[] { one, two, three }.ShouldAllBe(static o => o.Asked > 20);
    }

    [NeedsFact("dnsmasq")]
    public async Task An_endpoint_comes_and_goes_every_second()
    {
        using var one = new FaultyOrigin(Addresses[0], _port);
        using var two = new FaultyOrigin(Addresses[1], _port);
        using var three = new FaultyOrigin(Addresses[2], _port);
        await _dns.StartAsync(Name, Addresses[..2]);
        // One of ten is answered for longer than its endpoint is there.
        await using var run = await FaultRun.StartAsync(Discovery, "", path: static n => n % 10 == 0 ? "/long" : "/");
        run.Begin();
        for (var second = 0; second < (FaultRun.IsLong ? 20 : 4); second++)
        {
            await _dns.ChangeAsync(Name, second % 2 == 0 ? Addresses : Addresses[..2]);
            await run.LastAsync(1, 1);
        }

        run.End();
        await run.FinishAsync();
        Figures.Record(output, "an endpoint is added and removed every second", run);
        run.All.Failed.ShouldBeEmpty();
        run.Load.Samples.Count(static s => s.Path == "/long").ShouldBeGreaterThan(20);
        // It starts slowly each time.
        three.Asked.ShouldBeGreaterThan(FaultRun.IsLong ? 20 : 0);
        var changes = run.Weir.Errors.Select(static l => Regex.Match(l, "(joined|left) http://127.0.0.3")).Where(static m => m.Success).Select(static m => m.Groups[1].Value).ToList();
        changes.Count.ShouldBeGreaterThanOrEqualTo(FaultRun.IsLong ? 10 : 1);
    }

    private string Discovery => $"discover: {{ dns: {{ name: {Name}, port: {_port}, servers: \"127.0.0.1:{_dns.Port}\" }} }}";
}
