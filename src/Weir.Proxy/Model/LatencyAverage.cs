namespace Weir.Proxy.Model;

/// <summary>
/// How long an endpoint takes to answer, as a decaying average that a longer time raises at once (peak-EWMA, as in Finagle): what became slow
/// is avoided with the first slow answer, and tried again as the memory of it fades. SharedState: written without a lock, so a sample may be
/// lost to another of the same moment.
/// </summary>
internal sealed class LatencyAverage
{
    // After so many milliseconds an old sample weighs 1/e.
    private const double Decay = 10_000;

    // What a failure counts for, in microseconds, at least.
    private const double FailureCost = 100_000;

    private double _average;
    private long _at;

    /// <summary>An answer took so many microseconds. Now in milliseconds of any loop's clock.</summary>
    public void Add(double microseconds, long now)
    {
        var average = Volatile.Read(ref _average);
        var weight = average == 0 || microseconds > average ? 0 : Math.Exp(-Math.Max(0, now - Volatile.Read(ref _at)) / Decay);
        // With many samples a millisecond each would weigh nothing; a hundredth keeps the average moving.
        weight = Math.Min(weight, 0.99);
        Volatile.Write(ref _average, (average * weight) + (microseconds * (1 - weight)));
        Volatile.Write(ref _at, now);
    }

    /// <summary>There was no answer.</summary>
    public void AddFailure(double microseconds, long now)
        => Add(Math.Max(Math.Max(microseconds, FailureCost), Volatile.Read(ref _average) * 2), now);

    /// <summary>Microseconds; 0 while nothing is known.</summary>
    public double At(long now)
    {
        var average = Volatile.Read(ref _average);
        return average == 0 ? 0 : average * Math.Exp(-Math.Max(0, now - Volatile.Read(ref _at)) / Decay);
    }
}
