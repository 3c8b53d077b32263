using Weir.Http;

namespace Weir.Proxy.Model;

/// <summary>
/// The counters of a route; they live as long as its name is configured. LoopState: one part for each loop, merged on read; but for what
/// a limit of the process counts, which is SharedState.
/// </summary>
internal sealed class RouteState(string name, int loops)
{
    private int _tunnels;

    public string Name => name;

    /// <summary>Upgraded connections, and requests for one that are not answered yet.</summary>
    public int Tunnels => Volatile.Read(ref _tunnels);

    /// <summary>One more, if there are fewer than so many; 0 for no limit. To be followed by <see cref="LeaveTunnel"/>.</summary>
    public bool TryEnterTunnel(int most) => Places.TryTake(ref _tunnels, most == 0 ? int.MaxValue : most);

    public void LeaveTunnel() => Interlocked.Decrement(ref _tunnels);

    public RouteCounters[] PerLoop { get; } = [.. Enumerable.Range(0, loops).Select(static _ => new RouteCounters())];
}

/// <summary>One loop's counts of a route.</summary>
internal sealed class RouteCounters
{
    /// <summary>Upper bounds of the duration buckets in microseconds, OpenTelemetry's advice for http.server.request.duration; the last bucket has none.</summary>
    public static readonly long[] BucketBounds =
        [5_000, 10_000, 25_000, 50_000, 75_000, 100_000, 250_000, 500_000, 750_000, 1_000_000, 2_500_000, 5_000_000, 7_500_000, 10_000_000];

    /// <summary>By hundreds of the status; 0 for exchanges without one.</summary>
    public readonly long[] ByStatusClass = new long[6];

    public readonly long[] DurationBuckets = new long[15];
    public long DurationMicroseconds;
    public long RequestBytes;
    public long ResponseBytes;
    public long Active;

    /// <summary>Exchanges that the route's fallback stood in for, by <see cref="Refusal"/>; null while there are none.</summary>
    public long[]? Fallbacks { get; private set; }

    public void CountFallback(Refusal reason) => (Fallbacks ??= new long[256])[(int)reason]++;

    public void Record(int status, long microseconds, long requestBytes, long responseBytes)
    {
        ByStatusClass[Math.Clamp(status / 100, 0, 5)]++;
        var bucket = 0;
        while (bucket < BucketBounds.Length && microseconds > BucketBounds[bucket]) bucket++;
        DurationBuckets[bucket]++;
        DurationMicroseconds += microseconds;
        RequestBytes += requestBytes;
        ResponseBytes += responseBytes;
    }
}

/// <summary>The counters of a policy, by loop.</summary>
internal sealed class PolicyState(string name, string kind, int loops)
{
    public string Name => name;

    public string Kind => kind;

    public PolicyCounters[] PerLoop { get; } = [.. Enumerable.Range(0, loops).Select(static _ => new PolicyCounters())];
}

/// <summary>One loop's counts of a policy.</summary>
internal sealed class PolicyCounters
{
    public long Continued;
    public long Replied;
    public long Aborted;
    public long Skipped;
    public long Faults;
    public long Shadowed;
}
