using Weir.Scenarios.Faults.Fixture;
using Weir.Scenarios.Soak;
using Xunit.Abstractions;

namespace Weir.Scenarios.Faults;

/// <summary>One of three becomes a hundred times slower, and what helps. docs/faults.md has the figures.</summary>
[Collection(nameof(AloneCollection))]
public sealed class SlowTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(5), Slow = TimeSpan.FromMilliseconds(500);

    [SoakFact]
    public async Task Least_time_avoids_it() => (await ShareAsync("balancer: least-time")).ShouldBeLessThan(0.2);

    [Fact]
    public async Task A_hedge_does_not_wait_for_it() => await ShareAsync("retry: { hedge: { percentile: 95, after: 50ms } }");

    [Fact]
    public async Task The_default_balancer_avoids_it() => (await ShareAsync("")).ShouldBeLessThan(0.2);

    [SoakFact]
    public async Task Turns_give_it_a_third() => (await ShareAsync("balancer: round-robin")).ShouldBeInRange(0.3, 0.37);

    [SoakFact]
    public async Task A_timeout_for_each_try_has_it_ejected()
        => (await ShareAsync("balancer: round-robin, retry: { on: [connect-failure, refused-stream, reset, timeout], per-try-timeout: 400ms }", isEjected: true)).ShouldBeLessThan(0.05);

    [SoakFact]
    public async Task It_is_ejected_for_its_latency() => (await ShareAsync("balancer: round-robin, health: { outliers: { latency: 3 } }", isEjected: true)).ShouldBeLessThan(0.2);

    // What part of the requests it got once it was known to be slow. None fails in any case.
    private async Task<double> ShareAsync(string cluster, bool isEjected = false)
    {
        using var one = new FaultyOrigin { Takes = Usual };
        using var two = new FaultyOrigin { Takes = Usual };
        using var three = new FaultyOrigin { Takes = Usual };
        await using var run = await FaultRun.StartAsync(FaultRun.Endpoints([one.Url, two.Url, three.Url]), cluster);
        run.Begin();
        one.Takes = Slow;
        await run.LastAsync(0.8, 2);
        var (before, asked) = (one.Asked, run.Load.Samples.Count);
        if (isEjected) await run.IsOutAsync($"{one.Url} of c is ejected");
        await run.LastAsync(1.2, 10);
        one.Takes = Usual;
        run.End();
        var share = (one.Asked - before) / (double)(run.Load.Samples.Count - asked);
        if (isEjected) await run.IsBackAsync($"{one.Url} of c is back");
        await run.FinishAsync();
        Figures.Record(output, "one becomes 100 × slower", run);
        run.All.Failed.ShouldBeEmpty();
        return share;
    }
}
