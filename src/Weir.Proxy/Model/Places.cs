namespace Weir.Proxy.Model;

/// <summary>Counts what may be at once up to a limit, over all loops: never above it, not even for a moment, or another would see a place taken that is free and wait for nothing.</summary>
internal static class Places
{
    /// <summary>One more; false when there are so many already.</summary>
    public static bool TryTake(ref int count, long limit)
    {
        for (var seen = Volatile.Read(ref count); seen < limit;)
        {
            var was = Interlocked.CompareExchange(ref count, seen + 1, seen);
            if (was == seen) return true;
            seen = was;
        }

        return false;
    }
}
