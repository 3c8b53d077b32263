using Weir.Proxy.Model;

namespace Weir.Proxy.Tests.Retries;

/// <summary>The estimate beside exact percentiles.</summary>
public class LatencyEstimateTests
{
    [Theory]
    [InlineData(50, 1)]
    [InlineData(90, 2)]
    [InlineData(95, 3)]
    [InlineData(99, 4)]
    public void A_percentile_is_at_most_an_eighth_too_high_and_never_too_low(int percent, int seed)
    {
        var random = new Random(seed);
        foreach (var draw in (Func<long>[])[() => random.Next(1, 100), () => (long)(1000 * -Math.Log(1 - random.NextDouble())), () => random.Next(20) == 0 ? 500_000 : random.Next(800, 1200), () => (long)Math.Exp(random.NextDouble() * 17), () => 7])
        {
            var estimate = new LatencyEstimate();
            var values = Enumerable.Range(0, 4000).Select(_ => draw()).ToList();
            foreach (var value in values) estimate.Add(value);
            var exact = values.Order().ElementAt((int)Math.Ceiling(values.Count * percent / 100.0) - 1);
            estimate.Percentile(percent).ShouldBeInRange(exact, exact + (exact / 8) + 1);
        }
    }

    [Fact]
    public void Nothing_is_said_of_too_few_and_the_old_fades()
    {
        var estimate = new LatencyEstimate();
        for (var i = 0; i < 99; i++) estimate.Add(1000);
        estimate.Percentile(95).ShouldBe(-1);
        for (var i = 0; i < 10_000; i++) estimate.Add(1000);
        estimate.Percentile(95).ShouldBeInRange(1000, 1125);
        for (var i = 0; i < 20_000; i++) estimate.Add(50_000);
        estimate.Percentile(50).ShouldBeInRange(50_000, 56_250);
        estimate.Add(long.MaxValue);
        estimate.Add(-1);
    }
}
