using Weir.Reactor;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Model;

/// <summary>
/// Exchanges of a cluster that wait for a connection, because all endpoints that they may go to, or the cluster, have as many as they may. What becomes free
/// is the first one's who can use it. SharedState: short sections that never await; <see cref="HasWaiters"/> is read without one.
/// </summary>
internal sealed class ConnectionQueue
{
    private readonly Lock _lock = new();
    private readonly LinkedList<ConnectionWaiter> _waiters = new();
    private int _count;
    private int _forStreams;

    /// <summary>All who wait, those for a stream too.</summary>
    public int Count => Volatile.Read(ref _count) + Volatile.Read(ref _forStreams);

    public bool HasWaiters => Volatile.Read(ref _count) > 0;

    /// <summary>Joins; false when it is full. <see cref="Serve"/> is to follow: what became free a moment ago saw nobody wait.</summary>
    public bool TryJoin(ConnectionWaiter waiter, int limit)
    {
        lock (_lock)
        {
            if (_waiters.Count + Volatile.Read(ref _forStreams) >= limit) return false;
            waiter.Node = _waiters.AddLast(waiter);
            Volatile.Write(ref _count, _waiters.Count);
            return true;
        }
    }

    /// <summary>Leaves; false when a grant is on its way already.</summary>
    public bool TryLeave(ConnectionWaiter waiter)
    {
        lock (_lock)
        {
            if (waiter.Node?.List is null) return false;
            Remove(waiter.Node);
            return true;
        }
    }

    /// <summary>One waits for a stream of a connection that its loop has or makes: it counts as those who wait for one. False when there are as many as may be.</summary>
    public bool TryJoinForStream(int limit) => Places.TryTake(ref _forStreams, (long)limit - Volatile.Read(ref _count));

    public void LeaveForStream() => Interlocked.Decrement(ref _forStreams);

    /// <summary>Somebody waits who can use a connection to this endpoint, or its place among those of a cluster that has all it may have.</summary>
    public bool Wants(EndpointState endpoint)
    {
        if (!HasWaiters) return false;
        if (endpoint.ClusterState.IsFull) return true;
        lock (_lock) return FirstFor(endpoint) is not null;
    }

    /// <summary>Takes the first who can use a connection to this endpoint.</summary>
    public ConnectionWaiter? Take(EndpointState endpoint)
    {
        if (!HasWaiters) return null;
        lock (_lock)
        {
            if (FirstFor(endpoint) is not { } first) return null;
            Remove(first);
            return first.Value;
        }
    }

    /// <summary>Grants places for connections to those who wait, as long as there are some of both. From any thread.</summary>
    public void Serve(ClusterState state)
    {
        while (HasWaiters && state.Current is { } cluster && !state.IsFull)
        {
            ConnectionWaiter? first;
            EndpointState? endpoint;
            lock (_lock) first = TryServe(cluster, out endpoint);
            if (first is null) return;
            first.Send(endpoint!, MovedSocket.None, 0);
        }
    }

    private ConnectionWaiter? TryServe(Cluster cluster, out EndpointState? endpoint)
    {
        endpoint = null;
        EndpointChoice? refused = null;
        for (var node = _waiters.First; node is not null; node = node.Next)
        {
            var choice = node.Value.Choice;
            if (choice == refused) continue;
            endpoint = Room(cluster, choice.Set.States);
            if (endpoint is not null)
            {
                Remove(node);
                return node.Value;
            }

            refused = choice;
        }

        return null;
    }

    // Begun anywhere, or the first endpoint would have them all.
    private static EndpointState? Room(Cluster cluster, EndpointState[] endpoints)
    {
        var start = endpoints.Length > 1 ? Random.Shared.Next(endpoints.Length) : 0;
        for (var i = 0; i < endpoints.Length; i++)
            if (endpoints[(start + i) % endpoints.Length] is var endpoint && endpoint.Active < cluster.MaxEndpointRequests && endpoint.TryTakePlace(cluster)) return endpoint;
        return null;
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

    private void Remove(LinkedListNode<ConnectionWaiter> node)
    {
        _waiters.Remove(node);
        Volatile.Write(ref _count, _waiters.Count);
    }
}

/// <summary>
/// One exchange in a cluster's queue. What it is granted is a right to open a connection to an endpoint, or an idle one. Made per wait: waiting here is already slow.
/// </summary>
internal sealed class ConnectionWaiter(Loop loop, EndpointChoice choice)
{
    /// <summary>What its exchange chooses from.</summary>
    public EndpointChoice Choice => choice;

    public Waiter Waiter { get; } = new(loop);

    public LinkedListNode<ConnectionWaiter>? Node { get; set; }

    /// <summary>The endpoint whose place is granted; the grantee owns one open connection's count.</summary>
    public EndpointState? Granted { get; private set; }

    /// <summary>An idle connection that comes with the place, or none: open one.</summary>
    public MovedSocket Socket { get; private set; } = MovedSocket.None;

    /// <summary>When the connection was opened, in milliseconds of its age.</summary>
    public long Age { get; private set; }

    /// <summary>Grants it a place, to who has just left the queue. From any thread.</summary>
    public void Send(EndpointState endpoint, MovedSocket socket, long age)
        => loop.Post(
            static state =>
            {
                var (waiter, endpoint, socket, age) = ((ConnectionWaiter, EndpointState, MovedSocket, long))state!;
                (waiter.Granted, waiter.Socket, waiter.Age) = (endpoint, socket, age);
                waiter.Waiter.Signal();
            },
            (this, endpoint, socket, age));
}
