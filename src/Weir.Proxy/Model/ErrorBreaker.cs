using System.Globalization;

namespace Weir.Proxy.Model;

internal enum BreakerPosition : byte { Closed, Open, HalfOpen }

/// <summary>
/// Opens when too many attempts fail, and closes when a few that are let through succeed. The clock is any loop's, in milliseconds; they are
/// alike. SharedState: atomics. Where loops meet at the edge of an interval an attempt may be counted to the neighbouring one.
/// </summary>
internal sealed class ErrorBreaker
{
    private int _position;
    private long _epoch;
    private int _attempts;
    private int _failures;
    private int _attemptsBefore;
    private int _failuresBefore;
    private long _changesAt;
    private int _trialsLeft;
    private int _successes;
    private long _opened;

    public BreakerPosition Position => (BreakerPosition)Volatile.Read(ref _position);

    /// <summary>How often it opened.</summary>
    public long Opened => Volatile.Read(ref _opened);

    /// <summary>Told of a change and why, on a loop: must not block. Set before a configuration is in force.</summary>
    public Action<ClusterEvent, string>? Changed { get; set; }

    /// <summary>When an open one lets the first through again.</summary>
    public long ChangesAt => Volatile.Read(ref _changesAt);

    /// <summary>False: it is open. <paramref name="isTrial"/>: this request helps to decide whether it closes, and <see cref="Note"/> must say how it went.</summary>
    public bool TryPass(ErrorRatePlan plan, long now, out bool isTrial)
    {
        isTrial = false;
        var position = Position;
        if (position == BreakerPosition.Closed) return true;
        // Trials that never came to an end are not waited for: others take their place.
        if (now >= Volatile.Read(ref _changesAt)) BeginTrials(plan, now, position);
        if (Position != BreakerPosition.HalfOpen) return Position == BreakerPosition.Closed;
        isTrial = Interlocked.Decrement(ref _trialsLeft) >= 0;
        return isTrial;
    }

    /// <summary>An attempt is over.</summary>
    public void Note(ErrorRatePlan plan, long now, bool isFailure, bool isTrial)
    {
        if (isTrial) NoteTrial(plan, now, isFailure);
        else if (Position == BreakerPosition.Closed) Count(plan, now, isFailure);
    }

    private void Count(ErrorRatePlan plan, long now, bool isFailure)
    {
        // Two halves: what is looked at is the one under way and the one before.
        var epoch = now / Math.Max(1, plan.Interval / 2);
        var seen = Volatile.Read(ref _epoch);
        if (epoch > seen && Interlocked.CompareExchange(ref _epoch, epoch, seen) == seen)
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
        if (attempts >= plan.Volume && failures * 100 >= attempts * plan.Percent) Open(plan, now, BreakerPosition.Closed, failures, attempts);
    }

    private void NoteTrial(ErrorRatePlan plan, long now, bool isFailure)
    {
        if (isFailure) Open(plan, now, BreakerPosition.HalfOpen, 0, 0);
        else if (Interlocked.Increment(ref _successes) >= plan.Trials) Close(plan);
    }

    private void Open(ErrorRatePlan plan, long now, BreakerPosition from, long failures, long attempts)
    {
        Volatile.Write(ref _changesAt, now + plan.Open);
        if (Interlocked.CompareExchange(ref _position, (int)BreakerPosition.Open, (int)from) != (int)from) return;
        Interlocked.Increment(ref _opened);
        if (Changed is null) return;
        var why = attempts == 0 ? "a trial failed" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * failures / attempts:0.#}% of {attempts} attempts failed");
        Changed(ClusterEvent.BreakerOpened, string.Create(CultureInfo.InvariantCulture, $"{why}; half open in {plan.Open / 1000.0:0.#} s"));
    }

    private void BeginTrials(ErrorRatePlan plan, long now, BreakerPosition from)
    {
        var due = Volatile.Read(ref _changesAt);
        // One of those who come now renews them.
        if (now < due || Interlocked.CompareExchange(ref _changesAt, now + plan.Open, due) != due) return;
        Volatile.Write(ref _successes, 0);
        Volatile.Write(ref _trialsLeft, plan.Trials);
        // From half open it is no change.
        if (Interlocked.CompareExchange(ref _position, (int)BreakerPosition.HalfOpen, (int)from) == (int)BreakerPosition.Open)
            Changed?.Invoke(ClusterEvent.BreakerHalfOpen, string.Create(CultureInfo.InvariantCulture, $"{plan.Trials} may try"));
    }

    private void Close(ErrorRatePlan plan)
    {
        _attempts = _failures = _attemptsBefore = _failuresBefore = 0;
        if (Interlocked.CompareExchange(ref _position, (int)BreakerPosition.Closed, (int)BreakerPosition.HalfOpen) == (int)BreakerPosition.HalfOpen)
            Changed?.Invoke(ClusterEvent.BreakerClosed, string.Create(CultureInfo.InvariantCulture, $"{plan.Trials} tried and succeeded"));
    }
}
