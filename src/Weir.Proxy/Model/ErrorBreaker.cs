using System.Globalization;

namespace Weir.Proxy.Model;

internal enum BreakerPosition : byte { Closed, Open, HalfOpen }

/// <summary>What a request was let through as: it counts for the breaker as long as that is in the same round, and a trial decides whether it closes.</summary>
internal readonly record struct BreakerPass(uint Round, bool IsTrial);

/// <summary>
/// Opens when too many attempts fail, and closes when a few that are let through succeed. The clock is any loop's, in milliseconds; they are
/// alike. SharedState: atomics. Where loops meet at the edge of an interval an attempt may be counted to the neighbouring one.
/// </summary>
internal sealed class ErrorBreaker
{
    // The position in the lowest two bits, above it the round: it is another one with each change.
    private long _state;
    private long _epoch;
    private int _attempts;
    private int _failures;
    private int _attemptsBefore;
    private int _failuresBefore;
    private long _changesAt;
    private int _trials;
    private int _successes;
    private long _opened;

    public BreakerPosition Position => PositionOf(Volatile.Read(ref _state));

    /// <summary>How often it opened.</summary>
    public long Opened => Volatile.Read(ref _opened);

    /// <summary>Told of a change and why, on a loop: must not block. Set before a configuration is in force.</summary>
    public Action<ClusterEvent, string>? Changed { get; set; }

    /// <summary>When an open one lets the first through again.</summary>
    public long ChangesAt => Volatile.Read(ref _changesAt);

    /// <summary>False: it is open. Of a trial <see cref="Note"/> must say how it went, or <see cref="GiveBack"/> that nobody knows.</summary>
    public bool TryPass(ErrorRatePlan plan, long now, out BreakerPass pass)
    {
        var state = Volatile.Read(ref _state);
        // Trials that never came to an end are not waited for: others take their place.
        if (PositionOf(state) != BreakerPosition.Closed && now >= Volatile.Read(ref _changesAt)) state = BeginTrials(plan, now, state);
        pass = new BreakerPass(RoundOf(state), PositionOf(state) == BreakerPosition.HalfOpen);
        return PositionOf(state) == BreakerPosition.Closed || (pass.IsTrial && Places.TryTake(ref _trials, plan.Trials));
    }

    /// <summary>An attempt is over. What began before the last change says nothing of what is now.</summary>
    public void Note(ErrorRatePlan plan, long now, bool isFailure, BreakerPass pass)
    {
        var state = Volatile.Read(ref _state);
        if (RoundOf(state) != pass.Round) return;
        if (pass.IsTrial) NoteTrial(plan, now, isFailure, state);
        else if (PositionOf(state) == BreakerPosition.Closed) Count(plan, now, isFailure, state);
    }

    /// <summary>A trial came to nothing that says anything: it is another request's.</summary>
    public void GiveBack(BreakerPass pass)
    {
        if (pass.IsTrial && RoundOf(Volatile.Read(ref _state)) == pass.Round) Interlocked.Decrement(ref _trials);
    }

    private static BreakerPosition PositionOf(long state) => (BreakerPosition)(state & 3);

    private static uint RoundOf(long state) => (uint)(state >> 2);

    private static long Next(long state, BreakerPosition position) => (((state >> 2) + 1) << 2) | (long)position;

    private void Count(ErrorRatePlan plan, long now, bool isFailure, long state)
    {
        // Two halves: what is looked at is the one under way and the one before.
        var epoch = now / Math.Max(1, plan.Interval / 2);
        var seen = Volatile.Read(ref _epoch);
        // One behind is another loop's clock; far behind, the interval has become another.
        if ((epoch > seen || epoch < seen - 1) && Interlocked.CompareExchange(ref _epoch, epoch, seen) == seen)
        {
            var isNext = epoch == seen + 1;
            (_attemptsBefore, _failuresBefore) = isNext ? (_attempts, _failures) : (0, 0);
            Volatile.Write(ref _failures, 0);
            Volatile.Write(ref _attempts, 0);
        }

        Interlocked.Increment(ref _attempts);
        if (!isFailure) return;
        var failures = (long)Interlocked.Increment(ref _failures) + Volatile.Read(ref _failuresBefore);
        var attempts = (long)Volatile.Read(ref _attempts) + Volatile.Read(ref _attemptsBefore);
        if (attempts >= plan.Volume && failures * 100 >= attempts * plan.Percent) Open(plan, now, state, failures, attempts);
    }

    private void NoteTrial(ErrorRatePlan plan, long now, bool isFailure, long state)
    {
        if (isFailure) Open(plan, now, state, 0, 0);
        else if (Interlocked.Increment(ref _successes) >= plan.Trials) Close(plan, state);
    }

    private void Open(ErrorRatePlan plan, long now, long from, long failures, long attempts)
    {
        Volatile.Write(ref _changesAt, now + plan.Open);
        if (Interlocked.CompareExchange(ref _state, Next(from, BreakerPosition.Open), from) != from) return;
        Interlocked.Increment(ref _opened);
        if (Changed is null) return;
        var why = attempts == 0 ? "a trial failed" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * failures / attempts:0.#}% of {attempts} attempts failed");
        Changed(ClusterEvent.BreakerOpened, string.Create(CultureInfo.InvariantCulture, $"{why}; half open in {plan.Open / 1000.0:0.#} s"));
    }

    // What is in force then.
    private long BeginTrials(ErrorRatePlan plan, long now, long from)
    {
        var due = Volatile.Read(ref _changesAt);
        // One of those who come now renews them.
        if (now < due || Interlocked.CompareExchange(ref _changesAt, now + plan.Open, due) != due) return Volatile.Read(ref _state);
        Volatile.Write(ref _successes, 0);
        Volatile.Write(ref _trials, 0);
        // From half open it is no change.
        if (Interlocked.CompareExchange(ref _state, Next(from, BreakerPosition.HalfOpen), from) == from && PositionOf(from) == BreakerPosition.Open)
            Changed?.Invoke(ClusterEvent.BreakerHalfOpen, string.Create(CultureInfo.InvariantCulture, $"{plan.Trials} may try"));
        return Volatile.Read(ref _state);
    }

    private void Close(ErrorRatePlan plan, long from)
    {
        _attempts = _failures = _attemptsBefore = _failuresBefore = 0;
        if (Interlocked.CompareExchange(ref _state, Next(from, BreakerPosition.Closed), from) == from)
            Changed?.Invoke(ClusterEvent.BreakerClosed, string.Create(CultureInfo.InvariantCulture, $"{plan.Trials} tried and succeeded"));
    }
}
