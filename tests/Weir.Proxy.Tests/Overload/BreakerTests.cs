using Weir.Proxy.Model;

namespace Weir.Proxy.Tests.Overload;

/// <summary>When an error breaker opens, half opens and closes.</summary>
public sealed class BreakerTests
{
    private static readonly ErrorRatePlan Plan = new(Percent: 50, Volume: 10, Interval: 1000, Open: 500, Trials: 2);

    private readonly ErrorBreaker _breaker = new();

    [Fact]
    public void Of_few_attempts_nothing_is_concluded()
    {
        Note(9, isFailure: true, at: 1000);
        _breaker.Position.ShouldBe(BreakerPosition.Closed);
        Note(1, isFailure: true, at: 1000);
        _breaker.Position.ShouldBe(BreakerPosition.Open);
        _breaker.Opened.ShouldBe(1);
    }

    [Fact]
    public void It_is_the_share_that_counts()
    {
        Note(11, isFailure: false, at: 1000);
        Note(10, isFailure: true, at: 1000);
        _breaker.Position.ShouldBe(BreakerPosition.Closed);
        Note(1, isFailure: true, at: 1000);
        _breaker.Position.ShouldBe(BreakerPosition.Open);
    }

    [Fact]
    public void What_is_long_ago_is_forgotten()
    {
        Note(9, isFailure: true, at: 1000);
        Note(9, isFailure: true, at: 2600);
        _breaker.Position.ShouldBe(BreakerPosition.Closed);
        // The half before is looked at too.
        Note(1, isFailure: true, at: 3100);
        _breaker.Position.ShouldBe(BreakerPosition.Open);
    }

    [Fact]
    public void Open_it_lets_nobody_through_until_its_time()
    {
        Note(10, isFailure: true, at: 1000);
        _breaker.TryPass(Plan, 1499, out _).ShouldBeFalse();
        _breaker.ChangesAt.ShouldBe(1500);
        _breaker.TryPass(Plan, 1500, out var isTrial).ShouldBeTrue();
        isTrial.ShouldBeTrue();
        _breaker.Position.ShouldBe(BreakerPosition.HalfOpen);
        _breaker.TryPass(Plan, 1500, out _).ShouldBeTrue();
        _breaker.TryPass(Plan, 1500, out _).ShouldBeFalse();
    }

    [Fact]
    public void It_closes_when_all_trials_succeed_and_begins_anew()
    {
        HalfOpen();
        _breaker.Note(Plan, 1510, isFailure: false, isTrial: true);
        _breaker.Position.ShouldBe(BreakerPosition.HalfOpen);
        _breaker.Note(Plan, 1510, isFailure: false, isTrial: true);
        _breaker.Position.ShouldBe(BreakerPosition.Closed);
        _breaker.TryPass(Plan, 1510, out var isTrial).ShouldBeTrue();
        isTrial.ShouldBeFalse();
        Note(9, isFailure: true, at: 1510);
        _breaker.Position.ShouldBe(BreakerPosition.Closed);
    }

    [Fact]
    public void One_trial_that_fails_opens_it_again()
    {
        HalfOpen();
        _breaker.Note(Plan, 1510, isFailure: false, isTrial: true);
        _breaker.Note(Plan, 1520, isFailure: true, isTrial: true);
        _breaker.Position.ShouldBe(BreakerPosition.Open);
        _breaker.TryPass(Plan, 2019, out _).ShouldBeFalse();
        _breaker.TryPass(Plan, 2020, out _).ShouldBeTrue();
        _breaker.Opened.ShouldBe(2);
    }

    [Fact]
    public void Trials_that_never_end_are_replaced()
    {
        HalfOpen();
        _breaker.TryPass(Plan, 1999, out _).ShouldBeFalse();
        _breaker.TryPass(Plan, 2000, out var isTrial).ShouldBeTrue();
        isTrial.ShouldBeTrue();
    }

    [Fact]
    public void Each_change_is_told_of_once_with_its_reason()
    {
        var told = new List<string>();
        _breaker.Changed = (change, reason) => told.Add($"{change}: {reason}");
        Note(5, isFailure: false, at: 1000);
        HalfOpen();
        // Trials that are replaced are no change.
        _breaker.TryPass(Plan, 2000, out _).ShouldBeTrue();
        _breaker.Note(Plan, 2010, isFailure: true, isTrial: true);
        _breaker.Note(Plan, 2020, isFailure: true, isTrial: true);
        _breaker.TryPass(Plan, 2600, out _).ShouldBeTrue();
        for (var i = 0; i < 3; i++) _breaker.Note(Plan, 2610, isFailure: false, isTrial: true);
        told.ShouldBe(
        [
            "BreakerOpened: 50% of 10 attempts failed; half open in 0.5 s", "BreakerHalfOpen: 2 may try", "BreakerOpened: a trial failed; half open in 0.5 s", "BreakerHalfOpen: 2 may try",
            "BreakerClosed: 2 tried and succeeded",
        ]);
    }

    [Fact]
    public async Task Counted_by_many_at_once_it_opens_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Note(10_000, isFailure: true, at: 1000))));
        _breaker.Position.ShouldBe(BreakerPosition.Open);
        _breaker.Opened.ShouldBe(1);
        var passed = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 1000; i++)
                if (_breaker.TryPass(Plan, 1500, out var isTrial) && isTrial) Interlocked.Increment(ref passed);
        })));
        passed.ShouldBe(Plan.Trials);
    }

    private void HalfOpen()
    {
        Note(10, isFailure: true, at: 1000);
        for (var i = 0; i < Plan.Trials; i++) _breaker.TryPass(Plan, 1500, out _).ShouldBeTrue();
    }

    private void Note(int times, bool isFailure, long at)
    {
        for (var i = 0; i < times; i++) _breaker.Note(Plan, at, isFailure, isTrial: false);
    }
}
