namespace Weir.Config.Records;

/// <summary>What keeps a cluster from more than it can do. Numbers are for the whole process. Of a cluster that tcp listeners use, connections count as requests; of one for udp there is none.</summary>
public sealed record BreakerConfig
{
    /// <summary>Requests of the cluster in flight at once. More wait (see <see cref="Queue"/>); without a place: 503, <c>cluster-busy</c>. Default 0, no limit.</summary>
    [Bounds(0, 1_000_000)]
    public int Requests { get; init; }

    /// <summary>Requests in flight at one endpoint; at the limit others are chosen, and when all are at it, more wait as for <see cref="Requests"/>. Default 0, no limit.</summary>
    [Bounds(0, 1_000_000)]
    public int EndpointRequests { get; init; }

    /// <summary>Requests that may wait for one of <see cref="Requests"/>, or of those at an endpoint. Default 0: none waits.</summary>
    [Bounds(0, 1_000_000)]
    public int Queue { get; init; }

    /// <summary>How long a request may wait for its place. Default 1s. Longer: 503, <c>cluster-busy</c>.</summary>
    [Bounds(1, 3_600_000)]
    public TimeSpan QueueTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Ends all attempts for a while when too many fail. Default: never.</summary>
    public ErrorRateConfig? Errors { get; init; }

    /// <summary>Finds out by itself how many requests in flight the cluster does well with; <see cref="Requests"/> is the most then. Default: it does not.</summary>
    public AdaptiveConfig? Adaptive { get; init; }
}

/// <summary>
/// The breaker opens when so many per cent of the attempts within <see cref="Interval"/> failed: no connection, no answer, or an answer of 502, 503 or 504. Then requests are answered
/// 503, <c>breaker-open</c>, without asking an endpoint. After <see cref="Open"/> a few are let through; if all of those succeed it closes, else it stays open as long again.
/// </summary>
[Shorthand(nameof(Percent))]
public sealed record ErrorRateConfig
{
    /// <summary>The part of attempts that fail. Default 50%.</summary>
    [Bounds(0.1, 100)]
    public Percent Percent { get; init; } = new(50);

    /// <summary>Of fewer attempts within the interval nothing is concluded. Default 20.</summary>
    [Bounds(1, 1_000_000)]
    public int Volume { get; init; } = 20;

    /// <summary>The time that is looked at. Default 10s.</summary>
    [Bounds(100, 3_600_000)]
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long it stays open. Default 5s.</summary>
    [Bounds(100, 3_600_000)]
    public TimeSpan Open { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Requests that are let through to see whether it may close. Default 3.</summary>
    [Bounds(1, 1000)]
    public int Trials { get; init; } = 3;
}

/// <summary>
/// The limit follows the time that answers take: while they take as long as usual it grows, and when they take longer, because requests wait for each other
/// at the endpoints, it falls in proportion (the gradient algorithm of Netflix's concurrency-limits).
/// </summary>
public sealed record AdaptiveConfig
{
    /// <summary>Where it begins. Default 20.</summary>
    [Bounds(1, 1_000_000)]
    public int Initial { get; init; } = 20;

    /// <summary>The least. Default 4.</summary>
    [Bounds(1, 1_000_000)]
    public int Min { get; init; } = 4;

    /// <summary>Answers may take so many times as long as usual before the limit falls. Default 1.5.</summary>
    [Bounds(1, 100)]
    public double Tolerance { get; init; } = 1.5;
}

/// <summary>How much a request matters when its cluster has as much as it can do.</summary>
public enum Criticality : byte
{
    /// <summary>Has any place, and waits for one.</summary>
    Standard,

    /// <summary>The first of those who wait; when the queue is full, one that is not critical makes way.</summary>
    Critical,

    /// <summary>Has no more than four fifths of the places, and does not wait.</summary>
    Sheddable,
}
