using System.Numerics;

namespace Weir.Proxy.Model;

/// <summary>
/// How long responses took lately: a histogram with eight steps to each doubling, so a percentile is at most an eighth too high and never
/// too low. Old counts fade by half each time enough new ones came. LoopState.
/// </summary>
internal sealed class LatencyEstimate
{
    private const int Least = 100;
    private const int Fading = 4096;
    private const int Refresh = 64;

    private readonly uint[] _counts = new uint[256];
    private int _total;
    private int _percent;
    private int _sinceAsked;
    private long _answer;

    public void Add(long microseconds)
    {
        _counts[Step(Math.Clamp(microseconds, 0, (1L << 33) - 1))]++;
        _sinceAsked++;
        if (++_total >= Fading) Fade();
    }

    /// <summary>So many of a hundred took no longer than this, in microseconds; negative while too few are known. Counted anew now and then.</summary>
    public long Percentile(int percent)
    {
        if (_total < Least) return -1;
        if (percent == _percent && _sinceAsked < Refresh) return _answer;
        (_percent, _sinceAsked) = (percent, 0);
        var wanted = ((long)_total * percent + 99) / 100;
        var step = 0;
        for (var seen = (long)_counts[0]; seen < wanted; seen += _counts[step]) step++;
        return _answer = Most(step);
    }

    private static int Step(long value)
    {
        if (value < 8) return (int)value;
        var exponent = BitOperations.Log2((ulong)value);
        return ((exponent - 2) * 8) + (int)((value >> (exponent - 3)) & 7);
    }

    // The largest value of a step.
    private static long Most(int step)
    {
        if (step < 8) return step;
        var exponent = (step / 8) + 2;
        return ((8L + (step & 7) + 1) << (exponent - 3)) - 1;
    }

    private void Fade()
    {
        _total = 0;
        for (var i = 0; i < _counts.Length; i++) _total += (int)(_counts[i] /= 2);
    }
}
