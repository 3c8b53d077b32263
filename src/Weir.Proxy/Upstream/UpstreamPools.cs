using Weir.Proxy.Model;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Upstream;

/// <summary>
/// A loop's connections to all endpoints. The numbers are limited for the process, so opening takes a slot of the endpoint, and what
/// is given back goes first to whoever waits in the cluster's queue, on whatever loop. LoopState.
/// </summary>
internal sealed class UpstreamPools(ProxyLoop owner)
{
    private const int MaxSpareStreams = 4096;

    private readonly Stack<UpstreamConnection> _spare = new();
    private readonly OwnedConnections _owned = new();
    private readonly Stack<Http2Upstream> _streams = new();
    private readonly Dictionary<int, Http2Pool> _http2 = [];
    private List<UpstreamConnection>?[] _idle = new List<UpstreamConnection>?[16];

    public ProxyLoop Owner => owner;

    /// <summary>Idle connections on this loop.</summary>
    public int Idle { get; private set; }

    /// <summary>The idle connection that was used last, if any; of an endpoint that knows clients, the one that is this exchange's client's.</summary>
    public UpstreamConnection? TryTake(Exchange x, EndpointState endpoint)
    {
        var connection = endpoint.KnowsClients ? _owned.Find(x.ClientConnection, x.ClientPeer, endpoint) : LastOf(endpoint);
        if (connection is null) return null;
        RemoveIdle(connection);
        connection.IsReused = true;
        endpoint.PerLoop[owner.Index].Reused++;
        return connection;
    }

    /// <summary>Makes a connected transport a connection; the caller holds the endpoint's slot.</summary>
    public UpstreamConnection Open(Transport transport, EndpointState endpoint, long openedAt)
    {
        var connection = _spare.TryPop(out var spare) ? spare : new UpstreamConnection(this);
        connection.Open(transport, endpoint, openedAt);
        endpoint.PerLoop[owner.Index].Opened++;
        return connection;
    }

    /// <summary>The connections of HTTP/2 to an endpoint.</summary>
    public Http2Pool Http2Of(EndpointState endpoint)
    {
        if (_http2.TryGetValue(endpoint.Id, out var pool)) return pool;
        return _http2[endpoint.Id] = new Http2Pool(owner, endpoint);
    }

    public Http2Upstream RentStream() => _streams.TryPop(out var stream) ? stream : new Http2Upstream(owner.Loop, this);

    public void ReturnStream(Http2Upstream stream)
    {
        if (_streams.Count < MaxSpareStreams) _streams.Push(stream);
        else stream.Dispose();
    }

    /// <summary>The endpoint turned out to speak HTTP/2: what carries the connection, with its slot. The object is not used any more.</summary>
    public Transport Surrender(UpstreamConnection connection)
    {
        var transport = connection.Transport;
        connection.Endpoint.PerLoop[owner.Index].Opened--;
        Detach(connection);
        _spare.Push(connection);
        return transport;
    }

    /// <summary>Takes a connection back in a state from which another request can be sent.</summary>
    public void Return(UpstreamConnection connection, Cluster cluster)
    {
        var endpoint = connection.Endpoint;
        connection.Reader.EndMessage();
        if (!IsKeepable(connection, cluster))
        {
            Close(connection, graceful: true);
            return;
        }

        if (endpoint.KnowsClients)
        {
            // Who waits is another client: it gets the slot.
            if (connection.Client == 0 || endpoint.ClusterState.Queue.Wants(endpoint))
            {
                Close(connection, graceful: true);
                return;
            }
        }
        else if (TryHandOver(connection))
        {
            return;
        }
        else if (endpoint.ClusterState.Queue.Wants(endpoint))
        {
            // The cluster has no place for a connection to where those who wait may go.
            Close(connection, graceful: true);
            return;
        }

        var idle = IdleOf(endpoint);
        if (idle.Count >= cluster.MaxIdle)
        {
            Close(connection, graceful: true);
            return;
        }

        connection.IdleIndex = idle.Count;
        idle.Add(connection);
        Idle++;
        connection.Transport.Observer = connection;
        var until = owner.Loop.Now + cluster.IdleTimeout;
        owner.Loop.SetTimer(connection, cluster.MaxLifetime > 0 ? Math.Min(until, connection.OpenedAt + cluster.MaxLifetime) : until);
        if (endpoint.KnowsClients && _owned.Add(connection) is { } tooMany) Close(tooMany, graceful: true);
    }

    /// <summary>Closes a connection, idle or not. Without grace it is reset: what was sent on it is not to be taken for complete.</summary>
    public void Close(UpstreamConnection connection, bool graceful)
    {
        var endpoint = connection.Endpoint;
        Detach(connection);
        if (graceful) connection.Transport.Close();
        else connection.Transport.Abort();
        _spare.Push(connection);
        ReleaseSlot(endpoint);
    }

    /// <summary>A slot is free: whoever waits gets it, else it is given up.</summary>
    public static void ReleaseSlot(EndpointState endpoint)
    {
        var cluster = endpoint.ClusterState;
        if (!endpoint.Removed && endpoint.IsWithinLimits && cluster.Queue.Take(endpoint) is { } waiter)
        {
            waiter.Send(endpoint, MovedSocket.None, 0);
            return;
        }

        endpoint.Closed();
        // Who joined the queue just before that did not see it free, and who may go elsewhere may have had to wait for the cluster alone.
        cluster.Queue.Serve(cluster);
    }

    /// <summary>An idle connection spoke or ended.</summary>
    public void DropIdle(UpstreamConnection connection)
    {
        var counters = connection.Endpoint.PerLoop[owner.Index];
        if (connection.Transport.PeerFinished || connection.Transport.HungUp) counters.ClosedWhileIdle++;
        else counters.Unsolicited++;
        Close(connection, graceful: true);
    }

    /// <summary>Gives idle connections, or their places, to those who wait in a cluster's queue; posted to when somebody joins it.</summary>
    public void ServeWaiters(EndpointState endpoint)
    {
        var queue = endpoint.ClusterState.Queue;
        while (queue.Wants(endpoint) && LastOf(endpoint) is { } connection)
        {
            if (!endpoint.KnowsClients && TryHandOver(connection)) endpoint.PerLoop[owner.Index].Reused++;
            else Close(connection, graceful: true);
        }

        // Those of HTTP/2 are shared and never idle for long: they end with the streams that they have, and their slots go round.
        if (queue.Wants(endpoint) && _http2.TryGetValue(endpoint.Id, out var pool)) pool.MakeWay();
    }

    /// <summary>An endpoint that knows clients is at its limit, though some of its connections are idle: one of another client is closed, and its slot is whoever's is next.</summary>
    public bool TryFree(EndpointState endpoint)
    {
        if (!endpoint.KnowsClients || endpoint.Id >= _idle.Length || _idle[endpoint.Id] is not { Count: > 0 } idle) return false;
        Close(idle[0], graceful: true);
        return true;
    }

    /// <summary>A client's connection ended: those that were opened for it serve nobody any more.</summary>
    public void CloseOf(long client)
    {
        if (_owned.IsEmpty) return;
        while (_owned.First(client) is { } connection) Close(connection, graceful: true);
    }

    /// <summary>Closes all idle connections.</summary>
    public void CloseIdle()
    {
        foreach (var idle in _idle) CloseAll(idle);
        foreach (var pool in _http2.Values) pool.Leave();
    }

    /// <summary>Closes the idle connections to an endpoint.</summary>
    public void CloseIdle(EndpointState endpoint)
    {
        if (endpoint.Id < _idle.Length) CloseAll(_idle[endpoint.Id]);
    }

    /// <summary>As <see cref="CloseIdle(EndpointState)"/>, for an endpoint that is <see cref="EndpointState.Removed"/>: it gets no idle connection any more.</summary>
    public void Forget(EndpointState endpoint)
    {
        CloseIdle(endpoint);
        if (endpoint.Id < _idle.Length) _idle[endpoint.Id] = null;
        if (_http2.Remove(endpoint.Id, out var pool)) pool.Leave();
    }

    private void CloseAll(List<UpstreamConnection>? idle)
    {
        for (var i = (idle?.Count ?? 0) - 1; i >= 0; i--) Close(idle![i], graceful: true);
    }

    private bool TryHandOver(UpstreamConnection connection)
    {
        var endpoint = connection.Endpoint;
        if (endpoint.ClusterState.Queue.Take(endpoint) is not { } waiter) return false;
        var age = owner.Loop.Now - connection.OpenedAt;
        Detach(connection);
        var socket = connection.Transport.Detach();
        _spare.Push(connection);
        waiter.Send(endpoint, socket, age);
        return true;
    }

    private bool IsKeepable(UpstreamConnection connection, Cluster cluster)
    {
        var transport = connection.Transport;
        if (connection.Endpoint.Removed || owner.Draining || transport.PeerFinished || transport.HungUp || !connection.Endpoint.IsWithinLimits) return false;
        if (cluster.MaxLifetime > 0 && owner.Loop.Now - connection.OpenedAt >= cluster.MaxLifetime) return false;
        // Bytes past the response's end belong to nobody.
        if (connection.Reader.HasUnread || (transport.MayBeReadable && !transport.IsSilent()))
        {
            connection.Endpoint.PerLoop[owner.Index].Unsolicited++;
            return false;
        }

        return true;
    }

    private void Detach(UpstreamConnection connection)
    {
        if (connection.IdleIndex >= 0) RemoveIdle(connection);
        owner.Loop.RemoveTimer(connection);
        connection.Reader.Release();
        connection.Output.Release();
    }

    private void RemoveIdle(UpstreamConnection connection)
    {
        var idle = _idle[connection.Endpoint.Id]!;
        var last = idle[^1];
        idle[connection.IdleIndex] = last;
        last.IdleIndex = connection.IdleIndex;
        idle.RemoveAt(idle.Count - 1);
        connection.IdleIndex = -1;
        if (connection.Endpoint.KnowsClients) _owned.Remove(connection);
        connection.Transport.Observer = null;
        Idle--;
    }

    private UpstreamConnection? LastOf(EndpointState endpoint)
        => endpoint.Id < _idle.Length && _idle[endpoint.Id] is { Count: > 0 } idle ? idle[^1] : null;

    private List<UpstreamConnection> IdleOf(EndpointState endpoint)
    {
        if (endpoint.Id >= _idle.Length) Array.Resize(ref _idle, Math.Max(endpoint.Id + 1, _idle.Length * 2));
        return _idle[endpoint.Id] ??= [];
    }
}
