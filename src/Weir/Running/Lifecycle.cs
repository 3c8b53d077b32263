namespace Weir.Running;

/// <summary>Where an instance is in its life; only ever goes on.</summary>
internal enum Phase : byte { Starting, Ready, Draining, Stopped }

/// <summary>The phase as others see it: probes, status, metrics. Thread-safe.</summary>
internal sealed class Lifecycle(TimeProvider time)
{
    private int _phase;

    public Phase Phase => (Phase)Volatile.Read(ref _phase);

    public DateTimeOffset StartedAt { get; } = time.GetUtcNow();

    public TimeSpan Uptime => time.GetUtcNow() - StartedAt;

    /// <summary>False when it was there already, or past it.</summary>
    public bool TryEnter(Phase phase)
    {
        var now = Volatile.Read(ref _phase);
        while (now < (int)phase)
        {
            var before = Interlocked.CompareExchange(ref _phase, (int)phase, now);
            if (before == now) return true;
            now = before;
        }

        return false;
    }
}
