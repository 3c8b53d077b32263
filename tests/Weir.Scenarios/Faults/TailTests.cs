using System.Globalization;
using Weir.Scenarios.Faults.Fixture;
using Weir.Scenarios.Soak;
using Xunit.Abstractions;

namespace Weir.Scenarios.Faults;

/// <summary>
/// One of ten becomes ten times slower, and answers take times that differ as those of real origins do. SlowEndpointTests of Weir.Proxy
/// holds the bounds, on a clock of its own; here they leave room for what else the machine does.
/// </summary>
[Collection(nameof(AloneCollection))]
public sealed class TailTests(ITestOutputHelper output)
{
    [SoakFact]
    public async Task Power_of_two_gives_it_little() => (await RatioAsync("power-of-two")).ShouldBeLessThan(3);

    [SoakFact]
    public async Task Least_time_gives_it_next_to_nothing() => (await RatioAsync("least-time")).ShouldBeLessThan(3);

    [SoakFact]
    public async Task Turns_give_it_a_tenth() => (await RatioAsync("round-robin")).ShouldBeGreaterThan(2);

    // Of the 99th percentile with it to the one without it.
    private async Task<double> RatioAsync(string balancer)
    {
        var origins = Enumerable.Range(0, 10).Select(static _ => new FaultyOrigin { Takes = TimeSpan.FromMilliseconds(100), IsUneven = true }).ToList();
        await using var run = await FaultRun.StartAsync(FaultRun.Endpoints(origins.Select(static o => o.Url)), $"balancer: {balancer}", rate: 400);
        origins[0].Takes *= 10;
        // What was given to it before it was known to be slow is not what is asked for here.
        await run.LastAsync(3, 3);
        run.Begin();
        await run.LastAsync(10, 10);
        origins[0].Takes /= 10;
        run.End();
        await run.FinishAsync();
        foreach (var origin in origins) origin.Dispose();
        var ratio = run.During.Percentile(99) / run.Before.Percentile(99);
        Figures.Record(output, "one of ten becomes 10 × slower, 400 requests/s of 100 ms", run);
        output.WriteLine(ratio.ToString("0.00", CultureInfo.InvariantCulture));
        run.All.Failed.ShouldBeEmpty();
        return ratio;
    }
}
