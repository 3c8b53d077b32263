namespace Weir.Proxy.Model;

/// <summary>
/// How many attempts of a cluster were begun lately, and how many of them were retries: what a budget of retries is a share of. The last ten
/// seconds are told from two windows, of which the one before fades. SharedState: the lock is taken once in a window, and by who wants to
/// retry; it is never held over a wait.
/// </summary>
internal sealed class RetryWindow
{
    /// <summary>Milliseconds.</summary>
    public const int Length = 10_000;

    private readonly Lock _lock = new();
    private long _ends;
    private uint _begun;
    private long _retries;
    private long _unpaid;
    private long _firstsBefore;
    private long _retriesBefore;

    /// <summary>Now and then, or a window would not know when it began. <paramref name="begun"/>: attempts so far, wherever that count wraps.</summary>
    public void Look(long now, uint begun)
    {
        if (now < Volatile.Read(ref _ends)) return;
        lock (_lock) Turn(now, begun);
    }

    /// <summary>One more is a retry, if with it they are no more than so many per cent of all others, or than the floor.</summary>
    public bool TryTake(long now, uint begun, double percent, int floor)
    {
        lock (_lock)
        {
            Turn(now, begun);
            var fading = Math.Clamp((_ends - now) / (double)Length, 0, 1);
            var firsts = Firsts(begun) + (_firstsBefore * fading);
            if (_retries + (_retriesBefore * fading) + 1 > Math.Max(floor, firsts * percent / 100)) return false;
            _retries++;
            return true;
        }
    }

    /// <summary>One more is a retry that costs nothing: it is no request of its own either.</summary>
    public void Excuse(long now, uint begun)
    {
        lock (_lock)
        {
            Turn(now, begun);
            _unpaid++;
        }
    }

    private void Turn(long now, uint begun)
    {
        if (now < _ends) return;
        var isNext = _ends > 0 && now < _ends + Length;
        _firstsBefore = isNext ? Firsts(begun) : 0;
        _retriesBefore = isNext ? _retries : 0;
        _begun = begun;
        _retries = _unpaid = 0;
        Volatile.Write(ref _ends, isNext ? _ends + Length : now + Length);
    }

    // Retries are counted a moment before they are begun, and attempts a moment before this window began, perhaps.
    private long Firsts(uint begun) => Math.Max(0, unchecked((int)(begun - _begun)) - _retries - _unpaid);
}
