using Weir.Proxy.Model;

namespace Weir.Proxy.Tests.Overload;

/// <summary>Where a limit settles that finds itself.</summary>
public sealed class GradientTests
{
    private static readonly AdaptivePlan Plan = new(Initial: 20, Min: 4, Max: 1000, Tolerance: 1.5);

    /// <summary>A cluster that serves so many at once in 10 ms each: beyond that, requests wait for each other.</summary>
    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(400)]
    public void It_settles_a_little_above_what_is_served_at_once(int capacity)
    {
        var (limit, _) = Settle(new GradientLimit(), capacity, windows: 600);
        ((double)limit).ShouldBeInRange(capacity * 0.9, capacity * 2.2);
    }

    [Fact]
    public void When_the_cluster_can_do_less_it_falls()
    {
        var gradient = new GradientLimit();
        var (before, now) = Settle(gradient, 200, windows: 600);
        var (after, _) = Settle(gradient, 20, windows: 200, now);
        after.ShouldBeLessThan(before / 3);
        ((double)after).ShouldBeInRange(20, 44);
    }

    [Fact]
    public void It_does_not_grow_while_nobody_comes_near()
    {
        var gradient = new GradientLimit();
        for (var window = 0; window < 100; window++)
            for (var i = 0; i < 40; i++) gradient.Add(Plan, 10_000, inFlight: 5, now: window * 250);
        gradient.Limit(Plan).ShouldBe(Plan.Initial);
    }

    [Fact]
    public void It_keeps_within_its_bounds()
    {
        var gradient = new GradientLimit();
        for (var window = 0; window < 500; window++)
            for (var i = 0; i < 40; i++) gradient.Add(Plan, 10_000 * (window + 1), inFlight: 1000, now: window * 250);
        gradient.Limit(Plan).ShouldBe(Plan.Min);
        gradient.Limit(Plan with { Max = 3, Min = 2 }).ShouldBeLessThanOrEqualTo(3);
    }

    private static (int Limit, long Now) Settle(GradientLimit gradient, int capacity, int windows, long now = 0)
    {
        // A quiet time comes before: what is usual is known.
        for (var i = 0; i < 40 && now == 0; i++) gradient.Add(Plan, 10_000, inFlight: 2, now);
        for (var window = 0; window < windows; window++)
        {
            now += 250;
            // As many come as may: each takes its share of what is served at once.
            var inFlight = gradient.Limit(Plan);
            var took = (long)(10_000 * Math.Max(1.0, inFlight / (double)capacity));
            for (var i = 0; i < 40; i++) gradient.Add(Plan, took, inFlight, now);
        }

        return (gradient.Limit(Plan), now);
    }
}
