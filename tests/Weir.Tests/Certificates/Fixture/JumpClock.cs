namespace Weir.Tests.Certificates.Fixture;

/// <summary>The real clock, which a test can move on: what would have come due in the meantime comes due at once.</summary>
internal sealed class JumpClock : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly HashSet<Pending> _timers = [];
    private TimeSpan _ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _ahead;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public void Advance(TimeSpan by)
    {
        Pending[] all;
        lock (_gate)
        {
            _ahead += by;
            all = [.. _timers];
        }

        foreach (var timer in all) timer.Renew();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Pending(this, callback, state);
        lock (_gate) _timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    // One shot: nothing here uses periods.
    private sealed class Pending : ITimer
    {
        private readonly JumpClock _clock;
        private readonly Timer _real;
        private DateTimeOffset? _due;

        public Pending(JumpClock clock, TimerCallback callback, object? state)
        {
            _clock = clock;
            _real = new Timer(_ =>
            {
                _due = null;
                callback(state);
            });
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _due = dueTime == Timeout.InfiniteTimeSpan ? null : _clock.GetUtcNow() + dueTime;
            return Renew();
        }

        public bool Renew()
        {
            var wait = _due - _clock.GetUtcNow();
            return _real.Change(wait is null ? Timeout.InfiniteTimeSpan : wait < TimeSpan.Zero ? TimeSpan.Zero : wait.Value, Timeout.InfiniteTimeSpan);
        }

        public void Dispose()
        {
            lock (_clock._gate) _clock._timers.Remove(this);
            _real.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
