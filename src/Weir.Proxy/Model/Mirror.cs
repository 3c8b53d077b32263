using Weir.Sdk.Expressions;

namespace Weir.Proxy.Model;

/// <summary>The mirror of a forward, as compiled. Immutable but for <see cref="State"/>.</summary>
internal sealed class Mirror
{
    /// <summary>What the copies run on: the other cluster, no policies, limits and counters of their own.</summary>
    public required Route Route { get; init; }

    public required MirrorState State { get; init; }

    /// <summary>Of 2^32 draws so many say yes.</summary>
    public required ulong Share { get; init; }

    /// <summary>Null for all.</summary>
    public required Condition? When { get; init; }

    /// <summary>What is compared; null for nothing.</summary>
    public required MirrorCheck? Check { get; init; }

    /// <summary>Bytes of a request's body that a copy may be behind.</summary>
    public required int Window { get; init; }

    /// <summary>Bytes of an answer's body that are read.</summary>
    public required long MaxResponse { get; init; }

    /// <summary>Copies at once, over all loops.</summary>
    public required int Concurrency { get; init; }

    /// <summary>What tells the endpoints that it is a copy: the route's name.</summary>
    public required byte[] Mark { get; init; }
}

/// <summary>What is compared of two answers.</summary>
internal sealed record MirrorCheck(bool Status, byte[][] Fields, string[] FieldNames, bool Body);

/// <summary>What became of a copy.</summary>
internal enum MirrorOutcome : byte
{
    /// <summary>It was answered, and the answer was read to its end.</summary>
    Answered,

    /// <summary>There was no endpoint, no connection, or no whole answer.</summary>
    Failed,

    /// <summary>The answer was not there in time.</summary>
    TimedOut,

    /// <summary>It was too far behind the request's body.</summary>
    TooSlow,

    /// <summary>The answer was larger than is read.</summary>
    TooLarge,

    /// <summary>The request itself did not come to its end, or Weir stopped.</summary>
    Abandoned,

    /// <summary>As many as may be were under way: it was not made.</summary>
    Skipped,
}

/// <summary>What a comparison came to.</summary>
internal enum MirrorResult : byte
{
    /// <summary>There was none.</summary>
    None,

    Same,

    /// <summary>In one of <see cref="AnswerParts"/> or more.</summary>
    Different,

    /// <summary>One of the two has no whole answer of an endpoint.</summary>
    Incomplete,
}

/// <summary>In what two answers differ.</summary>
[Flags]
internal enum AnswerParts : byte
{
    None = 0,
    Status = 1,
    Headers = 2,
    Body = 4,
}

/// <summary>
/// The counters of a route's copies for a cluster; they live as long as both names are configured. LoopState: one part for each loop, merged on
/// read; but for how many are under way, which is SharedState.
/// </summary>
internal sealed class MirrorState(string route, string cluster, int loops)
{
    private int _running;

    public string Route => route;

    public string Cluster => cluster;

    /// <summary>Statuses and durations of the copies.</summary>
    public RouteState Requests { get; } = new(route, loops);

    public MirrorCounters[] PerLoop { get; } = [.. Enumerable.Range(0, loops).Select(static _ => new MirrorCounters())];

    /// <summary>Copies under way.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>One more, if there are fewer than so many. To be followed by <see cref="Leave"/>.</summary>
    public bool TryEnter(int most) => Places.TryTake(ref _running, most);

    public void Leave() => Interlocked.Decrement(ref _running);
}

/// <summary>One loop's counts of a mirror.</summary>
internal sealed class MirrorCounters
{
    /// <summary>By <see cref="MirrorOutcome"/>.</summary>
    public readonly long[] Outcomes = new long[7];

    /// <summary>By <see cref="MirrorResult"/>.</summary>
    public readonly long[] Results = new long[4];

    /// <summary>Comparisons in which a part differs, by the number of its bit in <see cref="AnswerParts"/>.</summary>
    public readonly long[] Differences = new long[3];

    /// <summary>No difference is reported before, by the loop's clock.</summary>
    public long QuietUntil;

    /// <summary>Differences that were not reported since the last one that was.</summary>
    public long Unreported;
}
