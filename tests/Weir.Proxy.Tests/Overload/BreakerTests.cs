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
        _breaker.TryPass(Plan, 1500, out var pass).ShouldBeTrue();
        pass.IsTrial.ShouldBeTrue();
        _breaker.Position.ShouldBe(BreakerPosition.HalfOpen);
        _breaker.TryPass(Plan, 1500, out _).ShouldBeTrue();
        _breaker.TryPass(Plan, 1500, out _).ShouldBeFalse();
    }

    [Fact]
    public void It_closes_when_all_trials_succeed_and_begins_anew()
    {
        var trial = HalfOpen();
        _breaker.Note(Plan, 1510, isFailure: false, trial);
        _breaker.Position.ShouldBe(BreakerPosition.HalfOpen);
        _breaker.Note(Plan, 1510, isFailure: false, trial);
        _breaker.Position.ShouldBe(BreakerPosition.Closed);
        _breaker.TryPass(Plan, 1510, out var pass).ShouldBeTrue();
        pass.IsTrial.ShouldBeFalse();
        Note(9, isFailure: true, at: 1510);
        _breaker.Position.ShouldBe(BreakerPosition.Closed);
    }

    [Fact]
    public void One_trial_that_fails_opens_it_again()
    {
        var trial = HalfOpen();
        _breaker.Note(Plan, 1510, isFailure: false, trial);
        _breaker.Note(Plan, 1520, isFailure: true, trial);
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
        _breaker.TryPass(Plan, 2000, out var pass).ShouldBeTrue();
        pass.IsTrial.ShouldBeTrue();
    }

    [Fact]
    public void A_trial_that_is_given_back_is_anothers()
    {
        var trial = HalfOpen();
        _breaker.TryPass(Plan, 1501, out _).ShouldBeFalse();
        _breaker.GiveBack(trial);
        _breaker.TryPass(Plan, 1502, out var again).ShouldBeTrue();
        again.ShouldBe(trial);
        _breaker.TryPass(Plan, 1503, out _).ShouldBeFalse();
        // One of a round that is over is nobody's.
        _breaker.Note(Plan, 1510, isFailure: true, trial);
        _breaker.GiveBack(trial);
        for (var i = 0; i < Plan.Trials; i++) _breaker.TryPass(Plan, 2010, out _).ShouldBeTrue();
        _breaker.TryPass(Plan, 2010, out _).ShouldBeFalse();
    }

    [Fact]
    public void Each_change_is_told_of_once_with_its_reason()
    {
        var told = new List<string>();
        _breaker.Changed = (change, reason) => told.Add($"{change}: {reason}");
        Note(5, isFailure: false, at: 1000);
        HalfOpen();
        // Trials that are replaced are no change.
        _breaker.TryPass(Plan, 2000, out var trial).ShouldBeTrue();
        _breaker.Note(Plan, 2010, isFailure: true, trial);
        _breaker.Note(Plan, 2020, isFailure: true, trial);
        _breaker.TryPass(Plan, 2600, out trial).ShouldBeTrue();
        for (var i = 0; i < 3; i++) _breaker.Note(Plan, 2610, isFailure: false, trial);
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
                if (_breaker.TryPass(Plan, 1500, out var pass) && pass.IsTrial) Interlocked.Increment(ref passed);
        })));
        passed.ShouldBe(Plan.Trials);
    }

    // As what its trials were let through.
    private BreakerPass HalfOpen()
    {
        Note(10, isFailure: true, at: 1000);
        var trial = default(BreakerPass);
        for (var i = 0; i < Plan.Trials; i++) _breaker.TryPass(Plan, 1500, out trial).ShouldBeTrue();
        return trial;
    }

    private void Note(int times, bool isFailure, long at)
    {
        for (var i = 0; i < times; i++)
        {
            _breaker.TryPass(Plan, at, out var pass);
            _breaker.Note(Plan, at, isFailure, pass);
        }
    }
}
