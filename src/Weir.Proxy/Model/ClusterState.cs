using System.Collections.Concurrent;
using System.Collections.Frozen;
using Weir.Reactor;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Model;

/// <summary>
/// What a cluster keeps over snapshots: the queue of exchanges that wait for a connection because every endpoint is at its limit.
/// SharedState: the queue is a short section that never awaits; <see cref="HasWaiters"/> is read without it.
/// </summary>
internal sealed class ClusterState(string name, int loops)
{
    /// <summary>A cache line of <see cref="Turns"/> for each loop.</summary>
    public const int TurnStride = 16;

    private readonly Lock _lock = new();
    private readonly LinkedList<ConnectionWaiter> _waiters = new();
    private int _count;

    // Attempts in flight in the lower half, those ever begun in the upper one: one atomic counts both.
    private long _attempts;
    private int _isStale;
    private Cluster? _current;

    public string Name => name;

    public int Queued => Volatile.Read(ref _count);

    public bool HasWaiters => Volatile.Read(ref _count) > 0;

    /// <summary>Round-robin's position on each loop, begun at random so that loops do not march in step. LoopState.</summary>
    public uint[] Turns { get; } = [.. Enumerable.Range(0, loops * TurnStride).Select(static _ => (uint)Random.Shared.Next())];

    /// <summary>Attempts in flight at all endpoints.</summary>
    public int Active => (int)Volatile.Read(ref _attempts);

    /// <summary>Attempts begun so far; wraps.</summary>
    public uint Begun => (uint)(Volatile.Read(ref _attempts) >>> 32);

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

    /// <summary>Something that its sets are made of has changed. True for the first who says so.</summary>
    public bool TryMarkStale() => Interlocked.Exchange(ref _isStale, 1) == 0;

    /// <summary>Its sets are made anew from here on.</summary>
    public void MarkFresh() => Volatile.Write(ref _isStale, 0);

    /// <summary>How long responses take, on each loop; kept by exchanges that hedge. LoopState.</summary>
    public LatencyEstimate[] Latencies { get; } = [.. Enumerable.Range(0, loops).Select(static _ => new LatencyEstimate())];

    /// <summary>Joins the queue; false when it is full.</summary>
    public bool TryEnqueue(ConnectionWaiter waiter, int limit)
    {
        lock (_lock)
        {
            if (_waiters.Count >= limit) return false;
            waiter.Node = _waiters.AddLast(waiter);
            Volatile.Write(ref _count, _waiters.Count);
            return true;
        }
    }

    /// <summary>Leaves the queue; false when a grant is on its way already.</summary>
    public bool TryLeave(ConnectionWaiter waiter)
    {
        lock (_lock)
        {
            if (waiter.Node?.List is null) return false;
            _waiters.Remove(waiter.Node);
            Volatile.Write(ref _count, _waiters.Count);
            return true;
        }
    }

    /// <summary>Somebody waits who can use a connection to this endpoint.</summary>
    public bool HasWaiterFor(EndpointState endpoint)
    {
        if (!HasWaiters) return false;
        lock (_lock) return FirstFor(endpoint) is not null;
    }

    /// <summary>Takes the first who can use a connection to this endpoint.</summary>
    public ConnectionWaiter? Dequeue(EndpointState endpoint)
    {
        lock (_lock)
        {
            if (FirstFor(endpoint) is not { } first) return null;
            _waiters.Remove(first);
            Volatile.Write(ref _count, _waiters.Count);
            return first.Value;
        }
    }

    // An endpoint that drains or is not healthy is no way out of a queue, nor is one without the labels that are asked for.
    private LinkedListNode<ConnectionWaiter>? FirstFor(EndpointState endpoint)
    {
        EndpointChoice? refused = null;
        for (var node = _waiters.First; node is not null; node = node.Next)
        {
            var choice = node.Value.Choice;
            if (choice == refused) continue;
            if (choice.Set.Takes(endpoint)) return node;
            refused = choice;
        }

        return null;
    }
}

/// <summary>
/// One exchange in a cluster's queue. What it is granted is a right to open a connection to an endpoint, or an idle one. Made per wait: waiting here is already slow.
/// </summary>
internal sealed class ConnectionWaiter(Loop loop, EndpointChoice choice)
{
    public Loop Loop => loop;

    /// <summary>What its exchange chooses from.</summary>
    public EndpointChoice Choice => choice;

    public Waiter Waiter { get; } = new(loop);

    public LinkedListNode<ConnectionWaiter>? Node { get; set; }

    /// <summary>The endpoint whose slot is granted; the grantee owns one open connection's count.</summary>
    public EndpointState? Granted { get; private set; }

    /// <summary>An idle connection that comes with the slot, or none: open one.</summary>
    public MovedSocket Socket { get; private set; } = MovedSocket.None;

    /// <summary>When the connection was opened, in milliseconds of its age.</summary>
    public long Age { get; private set; }

    /// <summary>On the grantee's loop.</summary>
    public void Grant(EndpointState endpoint, MovedSocket socket, long age)
    {
        (Granted, Socket, Age) = (endpoint, socket, age);
        Waiter.Signal();
    }
}
