namespace Weir.Proxy.Model;

/// <summary>
/// How long an endpoint takes to answer, as a decaying average. With peaks a longer time raises it at once (peak-EWMA, as in Finagle): what
/// became slow is avoided with the first slow answer, and tried again as the memory of it fades. SharedState: written without a lock, so a
/// sample may be lost to another of the same moment. A struct, to lie beside what else a pick looks at: not to be copied.
/// </summary>
internal struct LatencyAverage
{
    // After so many milliseconds an old sample weighs 1/e.
    private const double Decay = 10_000;

    // With many samples a millisecond each would weigh nothing; a hundredth keeps the average moving.
    private const double MostWeight = 0.99;

    // Milliseconds in which nothing fades that could be told: a busy endpoint costs no exponential.
    private const long Recent = 10;

    // What a failure counts for, in microseconds, at least.
    private const double FailureCost = 100_000;

    // Failures double an average up to here: after many, more would not be forgotten in hours.
    private const double MostDoubled = 1_000_000;

    private double _average;
    private long _at;

    /// <summary>An answer took so many microseconds. Now in milliseconds of any loop's clock.</summary>
    public void Add(double microseconds, long now, bool peaks)
    {
        var average = Volatile.Read(ref _average);
        var weight = average == 0 || (peaks && microseconds > average) ? 0 : Math.Min(Left(now), MostWeight);
        Volatile.Write(ref _average, (average * weight) + (microseconds * (1 - weight)));
        Volatile.Write(ref _at, now);
    }

    /// <summary>There was no answer.</summary>
    public void AddFailure(double microseconds, long now, bool peaks)
    {
        var average = Volatile.Read(ref _average);
        Add(Math.Max(Math.Max(microseconds, FailureCost), average < MostDoubled ? average * 2 : average), now, peaks);
    }

    /// <summary>Nothing is known again.</summary>
    public void Forget() => Volatile.Write(ref _average, 0);

    /// <summary>Microseconds as of the last sample, however long ago; 0 while nothing is known.</summary>
    public double Last => Volatile.Read(ref _average);

    /// <summary>Microseconds; 0 while nothing is known.</summary>
    public double At(long now)
    {
        var average = Volatile.Read(ref _average);
        return average == 0 ? 0 : average * Left(now);
    }

    // Of the last sample's weight.
    private double Left(long now) => now - Volatile.Read(ref _at) is var age && age < Recent ? 1 : Math.Exp(-age / Decay);
}
