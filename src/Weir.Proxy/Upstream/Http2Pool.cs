using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Proxy.Model;
using Weir.Proxy.Wire.Http2;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Upstream;

/// <summary>
/// A loop's connections of HTTP/2 to one endpoint, shared by its exchanges. One more is opened when all are full; exchanges wait here for a
/// stream of one that is being opened, or that is full. LoopState.
/// </summary>
internal sealed class Http2Pool(ProxyLoop owner, EndpointState endpoint) : IHttp2Owner
{
    // How long a loop may have a connection, in milliseconds, when others wait for its slot.
    private const int Turn = 20;

    private readonly List<Http2ClientConnection> _open = [];
    private readonly LinkedList<StreamWaiter> _waiting = new();
    private int _opening;

    /// <summary>Connections that take streams, or will.</summary>
    public bool HasAny => _opening > 0 || _open.Count > 0;

    /// <summary>One is being opened: who waits for it need not open another.</summary>
    public bool IsOpening => _opening > 0;

    /// <summary>A connection takes streams, though perhaps not at this moment: another is not needed.</summary>
    public bool HasFree
    {
        get
        {
            foreach (var connection in _open)
                if (connection.Free > 0) return true;
            return false;
        }
    }

    /// <summary>A stream of a connection that has room; null when there is none.</summary>
    public Http2Upstream? TryOpen(Exchange x)
    {
        if (endpoint.ClusterState.Queue.Wants(endpoint)) MakeWay();
        foreach (var connection in _open)
        {
            if (!connection.CanOpen) continue;
            if (connection.IsReused) endpoint.PerLoop[owner.Index].Reused++;
            return Reserve(connection, x);
        }

        return null;
    }

    /// <summary>A connection is being made. Ends with <see cref="Opened"/> or <see cref="OpenFailed"/>.</summary>
    public void Opening() => _opening++;

    /// <summary>What was <see cref="Opening"/> speaks HTTP/2; the caller's slot is its own. The first stream is the caller's.</summary>
    public Http2Upstream Opened(Exchange x, Transport transport, Cluster cluster)
    {
        _opening--;
        endpoint.PerLoop[owner.Index].Opened++;
        var limits = new Http2ClientLimits(cluster.HeaderLimit, cluster.MaxStreams, cluster.IdleTimeout, cluster.MaxLifetime, cluster.PingInterval, cluster.ConnectTimeout, cluster.ConnectTimeout);
        var connection = new Http2ClientConnection(owner.Loop, transport, limits, this);
        _open.Add(connection);
        connection.Start();
        var stream = Reserve(connection, x);
        if (endpoint.Removed || owner.Draining) connection.Leave();
        else Changed(connection);
        return stream;
    }

    /// <summary>It could not be made: what waits for it fails as it did, unless others may serve it.</summary>
    public void OpenFailed(Refusal reason)
    {
        _opening--;
        if (_open.Count > 0 || _opening > 0) return;
        while (_waiting.First is { } first) Grant(first.Value, reason);
    }

    /// <summary>Waits until a stream may be opened: None, or why not.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public async ValueTask<Refusal> WaitAsync(Exchange x, Cluster cluster)
    {
        var queue = endpoint.ClusterState.Queue;
        if (!queue.TryJoinForStream(cluster.MaxQueued)) return Refusal.QueueFull;
        var waiter = new StreamWaiter(owner.Waiters.Rent());
        waiter.Node = _waiting.AddLast(waiter);
        if (x.QueueDeadline == 0) x.QueueDeadline = owner.Loop.Now + cluster.QueueTimeout;
        x.Waiting = waiter.Waiter;
        var wait = await waiter.Waiter.Wait(Math.Min(x.QueueDeadline, x.TryDeadline));
        x.Waiting = null;
        queue.LeaveForStream();
        x.Times.Dequeued = x.Clock;
        owner.Waiters.Return(waiter.Waiter);
        if (waiter.Node is { } node)
        {
            _waiting.Remove(node);
            return wait == WaitResult.TimedOut ? Refusal.QueueTimeout : x.CancelReason(Refusal.QueueTimeout);
        }

        // Granted as its exchange was called off: it is the next one's.
        if (waiter.Outcome == Refusal.None && x.IsCancelled)
            foreach (var connection in _open) Serve(connection);
        return waiter.Outcome;
    }

    /// <summary>No more streams on the connections there are: they end with those that are open.</summary>
    public void Leave()
    {
        for (var i = _open.Count - 1; i >= 0; i--) _open[i].Leave();
    }

    public void Changed(Http2ClientConnection connection)
    {
        if (connection.IsLeaving)
        {
            // Who waits opens another, or waits where slots are given out.
            if (_open.Remove(connection) && !HasAny) while (_waiting.First is { } first) Grant(first.Value, Refusal.None);
            return;
        }

        if (endpoint.ClusterState.Queue.Wants(endpoint)) MakeWay();
        Serve(connection);
    }

    public void Ended(Http2ClientConnection connection)
    {
        _open.Remove(connection);
        UpstreamPools.ReleaseSlot(endpoint);
    }

    private Http2Upstream Reserve(Http2ClientConnection connection, Exchange x)
    {
        var stream = owner.Pools.RentStream();
        stream.Reserve(connection, endpoint, x);
        return stream;
    }

    /// <summary>Other loops have no connection, or may not come here, and wait for a slot: each gets its turn with one.</summary>
    public void MakeWay()
    {
        for (var i = _open.Count - 1; i >= 0; i--)
            if (_open[i].IsIdle || _open[i].Age >= Turn) _open[i].Leave();
    }

    private void Serve(Http2ClientConnection connection)
    {
        for (var room = connection.Room; room > 0 && _waiting.First is { } next; room--) Grant(next.Value, Refusal.None);
    }

    private void Grant(StreamWaiter waiter, Refusal outcome)
    {
        _waiting.Remove(waiter.Node!);
        waiter.Node = null;
        waiter.Outcome = outcome;
        waiter.Waiter.Signal();
    }

    // Made for each wait: waiting here is already slow.
    private sealed class StreamWaiter(Waiter waiter)
    {
        public Waiter Waiter => waiter;

        public LinkedListNode<StreamWaiter>? Node { get; set; }

        public Refusal Outcome { get; set; }
    }
}
