using System.Globalization;
using System.Text.RegularExpressions;
using Weir.Scenarios.Fixture;

namespace Weir.Scenarios.Soak;

/// <summary>
/// The program under clients of every temper and reloads for minutes: every honest client is served, every lie is refused, and afterwards
/// nothing is left over.
/// </summary>
[Collection(nameof(AloneCollection))]
public class SoakTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(4), Short = TimeSpan.FromSeconds(5);

    [SoakFact]
    public Task MinutesOfEverythingLeaveNothingBehind() => RunAsync(Long);

    [Fact]
    public Task AMomentOfEverythingLeavesNothingBehind() => RunAsync(Short);

    private static async Task RunAsync(TimeSpan time)
    {
        await using var origin = await EchoOrigin.StartAsync();
        await using var weir = await WeirProcess.StartAsync(Config(origin.Url, 0));
        var port = weir.Port();
        await MillAsync(weir, origin, port, TimeSpan.FromSeconds(2));
        await SettleAsync(weir);
        var (descriptors, memory) = (Descriptors(weir), Memory(weir));

        var served = await MillAsync(weir, origin, port, time);
        served.ShouldBeGreaterThan((long)time.TotalSeconds * 20);
        await SettleAsync(weir);
        Descriptors(weir).ShouldBeLessThanOrEqualTo(descriptors + 8, "descriptors");
        Memory(weir).ShouldBeLessThan(memory + (96L << 20), "resident memory");
        weir.Errors.ShouldNotContain(static l => l.Contains("fault", StringComparison.Ordinal));
        weir.Signal(WeirProcess.SigTerm);
        (await weir.WaitForExitAsync()).ShouldBe(0);
    }

    private static async Task<long> MillAsync(WeirProcess weir, EchoOrigin origin, int port, TimeSpan time)
    {
        using var stop = new CancellationTokenSource(time);
        var mill = new Mill(port, stop.Token);
        var milling = mill.RunAsync();
        for (var version = 1; !milling.IsCompleted; version++)
        {
            await Task.WhenAny(milling, Task.Delay(500));
            weir.Rewrite(Config(origin.Url, version));
        }

        await milling;
        mill.Wrong.ShouldBeEmpty();
        return mill.Served;
    }

    // Idle connections to the origin and what lingers has a second to go.
    private static async Task SettleAsync(WeirProcess weir)
    {
        for (var i = 0; i < 100; i++)
        {
            await Task.Delay(100);
            var metrics = await weir.Client.GetStringAsync(new Uri($"http://127.0.0.1:{await weir.AdminPortAsync()}/metrics"));
            if (Regex.IsMatch(metrics, @"^weir_connections\{listener=""web""\} 0$", RegexOptions.Multiline) && !Regex.IsMatch(metrics, @"^weir_upstream_connections\{.*\} [1-9]", RegexOptions.Multiline)) return;
        }

        throw new TimeoutException("connections are left");
    }

    private static int Descriptors(WeirProcess weir) => Directory.GetFileSystemEntries($"/proc/{weir.Id}/fd").Length;

    private static long Memory(WeirProcess weir)
        => long.Parse(Regex.Match(File.ReadAllText($"/proc/{weir.Id}/smaps_rollup"), @"Rss:\s+(\d+)").Groups[1].Value, CultureInfo.InvariantCulture) * 1024;

    private static string Config(string origin, int version) => $$"""
        version: 1
        workers: 2
        listeners: { web: { address: "127.0.0.1:0" } }
        routes:
          all:
            forward: echo
            policies: [{ delay: 1ms }, { headers: { response: { set: { X-Version: "{{version}}" } } } }]
        clusters: { echo: { endpoints: ["{{origin}}"], pool: { connections: 12, idle-timeout: 1s } } }
        admin: { address: "127.0.0.1:0" }
        telemetry: { access-log: { to: "{folder}/access.log" } }
        """;
}
