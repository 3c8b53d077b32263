namespace Weir.Proxy.Model;

/// <summary>
/// How many requests in flight a cluster does well with: while answers take as long as usual the limit grows by the root of itself, and when they take
/// longer it falls in proportion (after Gradient2 of Netflix's concurrency-limits; but what is usual does not drift upwards under load). SharedState: one loop at a time brings a window to its end, the others go on.
/// </summary>
internal sealed class GradientLimit
{
    // Of fewer answers nothing is concluded.
    private const int Samples = 32;
    private const long Window = 200;

    // What is usual is learnt where requests do not wait for each other; a faster answer is always believed.
    private const double Memory = 1 / 20.0;
    private const double Smoothing = 0.2;

    private int _limit;
    private double _exact;
    private double _usual;
    private long _sum;
    private int _count;
    private int _most;
    private long _endsAt;
    private int _isClosing;

    /// <summary>Where it stands; it begins with the plan's.</summary>
    public int Limit(AdaptivePlan plan)
    {
        var limit = Volatile.Read(ref _limit);
        return limit == 0 ? plan.Initial : Math.Clamp(limit, plan.Min, plan.Max);
    }

    /// <summary>An answer began after so many microseconds, with so many requests in flight.</summary>
    public void Add(AdaptivePlan plan, long microseconds, int inFlight, long now)
    {
        Interlocked.Add(ref _sum, microseconds);
        Interlocked.Increment(ref _count);
        if (inFlight > Volatile.Read(ref _most)) Volatile.Write(ref _most, inFlight);
        if (now < Volatile.Read(ref _endsAt) || Volatile.Read(ref _count) < Samples || Interlocked.Exchange(ref _isClosing, 1) != 0) return;
        Conclude(plan, now);
        Volatile.Write(ref _isClosing, 0);
    }

    private void Conclude(AdaptivePlan plan, long now)
    {
        var count = Interlocked.Exchange(ref _count, 0);
        var sum = Interlocked.Exchange(ref _sum, 0);
        var most = Interlocked.Exchange(ref _most, 0);
        Volatile.Write(ref _endsAt, now + Window);
        if (count == 0) return;
        var took = Math.Max(1.0, sum / (double)count);
        var limit = _exact == 0 ? plan.Initial : _exact;
        var isFree = most < limit / 2 || limit <= plan.Min;
        if (_usual == 0 || took < _usual) _usual = took;
        else if (isFree) _usual += (took - _usual) * Memory;
        // Nothing is learnt of a limit that nobody comes near.
        if (most < limit / 2) return;
        var gradient = Math.Clamp(plan.Tolerance * _usual / took, 0.5, 1);
        var next = (limit * gradient) + Math.Sqrt(limit);
        _exact = Math.Clamp((limit * (1 - Smoothing)) + (next * Smoothing), plan.Min, plan.Max);
        Volatile.Write(ref _limit, (int)_exact);
    }
}
