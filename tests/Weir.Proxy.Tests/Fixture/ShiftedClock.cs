namespace Weir.Proxy.Tests.Fixture;

/// <summary>The system's clock, and whatever the test adds to it.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    private long _shift;

    public override long GetTimestamp() => base.GetTimestamp() + Volatile.Read(ref _shift);

    public void Advance(TimeSpan time) => Interlocked.Add(ref _shift, (long)(time.TotalSeconds * TimestampFrequency));
}
