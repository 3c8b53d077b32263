using System.Collections.Concurrent;
using System.Collections.Frozen;

namespace Weir.Proxy.Model;

/// <summary>What a cluster keeps over snapshots. SharedState.</summary>
internal sealed class ClusterState(string name, int loops)
{
    /// <summary>A cache line of <see cref="Turns"/> for each loop.</summary>
    public const int TurnStride = 16;

    // Attempts in flight in the lower half, those ever begun in the upper one: one atomic counts both.
    private long _attempts;
    private int _connections;
    private int _isStale;
    private Cluster? _current;

    public string Name => name;

    /// <summary>Round-robin's position on each loop, begun at random so that loops do not march in step. LoopState.</summary>
    public uint[] Turns { get; } = [.. Enumerable.Range(0, loops * TurnStride).Select(static _ => (uint)Random.Shared.Next())];

    /// <summary>Attempts in flight at all endpoints.</summary>
    public int Active => (int)Volatile.Read(ref _attempts);

    /// <summary>Attempts begun so far; wraps.</summary>
    public uint Begun => (uint)(Volatile.Read(ref _attempts) >>> 32);

    /// <summary>Connections open to its endpoints, idle ones too.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>It has as many connections as it may have.</summary>
    public bool IsFull => Current is { } current && Connections >= current.MaxClusterConnections;

    public ConnectionQueue Queue { get; } = new();

    public RetryWindow Retries { get; } = new();

    public ErrorBreaker Breaker { get; } = new();

    public RequestGate Gate { get; } = new();

    public GradientLimit Gradient { get; } = new();

    /// <summary>All endpoints, for whoever asks for no others.</summary>
    public EndpointChoice All { get; } = new(FrozenDictionary<string, string>.Empty);

    /// <summary>Choices by labels. Control plane.</summary>
    public ConcurrentDictionary<string, EndpointChoice> Choices { get; } = new(StringComparer.Ordinal);

    /// <summary>As the configuration in force has it; null before it is.</summary>
    public Cluster? Current
    {
        get => Volatile.Read(ref _current);
        set => Volatile.Write(ref _current, value);
    }

    /// <summary>Told on a loop of an endpoint with too many failures in a row; must not block. Set once, before a configuration is in force.</summary>
    public Action<EndpointState>? Failing { get; set; }

    public void BeginAttempt() => Interlocked.Add(ref _attempts, (1L << 32) + 1);

    public void EndAttempt() => Interlocked.Decrement(ref _attempts);

    /// <summary>One more connection; false at the limit. An endpoint's place is to be taken first.</summary>
    public bool TryOpen(int limit) => Places.TryTake(ref _connections, limit);

    public void Closed() => Interlocked.Decrement(ref _connections);

    /// <summary>Something that its sets are made of has changed. True for the first who says so.</summary>
    public bool TryMarkStale() => Interlocked.Exchange(ref _isStale, 1) == 0;

    /// <summary>Its sets are made anew from here on.</summary>
    public void MarkFresh() => Volatile.Write(ref _isStale, 0);

    /// <summary>How long responses take, on each loop; kept by exchanges that hedge. LoopState.</summary>
    public LatencyEstimate[] Latencies { get; } = [.. Enumerable.Range(0, loops).Select(static _ => new LatencyEstimate())];
}
