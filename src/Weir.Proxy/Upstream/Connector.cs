using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Config.Records;
using Weir.Http;
using Weir.Proxy.Model;
using Weir.Proxy.Requests;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Upstream;

/// <summary>Gets an exchange a connection to an endpoint: an idle one, a new one, or a turn in the cluster's queue.</summary>
internal static class Connector
{
    /// <summary>Null when there is none; the exchange's refusal says why. No byte of the request was sent then.</summary>
    public static ValueTask<IUpstream?> AcquireAsync(Exchange x, Cluster cluster, EndpointState endpoint)
    {
        if (endpoint.SpeaksHttp2 && Upgrades.Requested(x).IsEmpty) return AcquireStreamAsync(x, cluster, endpoint);
        var idle = x.Owner.Pools.TryTake(x, endpoint);
        if (idle is not null && !x.WantsFresh) return new ValueTask<IUpstream?>(idle);
        // A new one takes its place.
        if (idle is not null) x.Owner.Pools.Close(idle, graceful: true);
        return TryOpen(x, cluster, endpoint) ? ConnectAsync(x, cluster, endpoint) : AcquireElsewhereAsync(x, cluster, endpoint);
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<IUpstream?> AcquireStreamAsync(Exchange x, Cluster cluster, EndpointState endpoint)
    {
        var pool = x.Owner.Pools.Http2Of(endpoint);
        while (true)
        {
            if (pool.TryOpen(x) is { } stream) return stream;
            if (!pool.IsOpening && !pool.HasFree && endpoint.TryOpen(cluster)) return await ConnectAsync(x, cluster, endpoint);
            if (!pool.HasAny) return await AcquireElsewhereAsync(x, cluster, endpoint);
            var refusal = await pool.WaitAsync(x, cluster);
            if (refusal == Refusal.None && !x.IsCancelled) continue;
            x.Refuse(refusal == Refusal.None ? x.CancelReason(Refusal.ClientGone) : refusal);
            return null;
        }
    }

    // The endpoint that was picked is at its limit, or the cluster is. Only when nothing is to be had does an exchange wait.
    private static ValueTask<IUpstream?> AcquireElsewhereAsync(Exchange x, Cluster cluster, EndpointState full)
    {
        var endpoints = x.Forward!.Choice.Set.States;
        // Those that were tried already come last.
        for (var i = 0; i < endpoints.Length * 2; i++)
        {
            var other = endpoints[i % endpoints.Length];
            if (other == full || other.Active >= cluster.MaxEndpointRequests || x.Tried.Contains(other) != i >= endpoints.Length) continue;
            IUpstream? kept = other.SpeaksHttp2 && Upgrades.Requested(x).IsEmpty ? x.Owner.Pools.Http2Of(other).TryOpen(x) : x.Owner.Pools.TryTake(x, other);
            if (kept is null && !TryOpen(x, cluster, other)) continue;
            MoveTo(x, other);
            return kept is null ? ConnectAsync(x, cluster, other) : new ValueTask<IUpstream?>(kept);
        }

        return QueueAsync(x, cluster);
    }

    /// <summary>Opens a connection; the caller's slot goes with it, or is given up.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<IUpstream?> ConnectAsync(Exchange x, Cluster cluster, EndpointState endpoint)
    {
        var loop = x.Owner.Loop;
        var shares = endpoint.SpeaksHttp2 && Upgrades.Requested(x).IsEmpty ? x.Owner.Pools.Http2Of(endpoint) : null;
        shares?.Opening();
        var addresses = endpoint.Addresses;
        if (addresses.Length == 0) return Fail(x, endpoint, Refusal.ConnectFailed, shares);
        var address = addresses[(int)((ulong)endpoint.PerLoop[x.Owner.Index].Tried++ % (uint)addresses.Length)];
        var transport = loop.Transports.Connect(address, out var pending, out var errno);
        if (transport is null) return Fail(x, endpoint, Refusal.ConnectFailed, shares, errno);
        var connection = x.Owner.Pools.Open(transport, endpoint, loop.Now);
        if (endpoint.KnowsClients) Introduction.Write(x, connection);
        if (!pending && endpoint.Tls is null) return Established(x, cluster, endpoint, connection, shares);

        x.Upstream = connection;
        var deadline = Math.Min(loop.Now + cluster.ConnectTimeout, x.TryDeadline);
        var wait = pending ? await transport.Writable(deadline) : WaitResult.Ready;
        errno = wait == WaitResult.Ready ? transport.TakeConnectError() : 0;
        var refusal = wait == WaitResult.TimedOut ? Refusal.ConnectTimeout
            : wait != WaitResult.Ready || errno != 0 ? x.CancelReason(Refusal.ConnectFailed)
            : Refusal.None;
        if (refusal == Refusal.ConnectFailed) endpoint.ConnectError = errno;
        if (refusal == Refusal.None && endpoint.Tls is not null) refusal = await UpstreamHandshake.RunAsync(x, connection, deadline);
        x.Upstream = null;
        if (refusal == Refusal.None) return Established(x, cluster, endpoint, connection, shares);
        if (refusal != Refusal.ClientGone) endpoint.PerLoop[x.Owner.Index].ConnectFailures++;
        x.Refuse(refusal);
        x.Owner.Pools.Close(connection, graceful: true);
        // It was this exchange alone that gave up: who waits for the connection tries anew.
        shares?.OpenFailed(x.IsCancelled || loop.Now >= x.TryDeadline ? Refusal.None : refusal);
        return null;
    }

    // What the endpoint speaks is known by now.
    private static IUpstream? Established(Exchange x, Cluster cluster, EndpointState endpoint, UpstreamConnection connection, Http2Pool? shares)
    {
        if (!Upgrades.Requested(x).IsEmpty) return connection;
        if (endpoint.Tls is null ? endpoint.Protocol == UpstreamProtocol.Http2 : connection.Transport.HasAgreedOn("h2"u8))
        {
            endpoint.Learn(speaksHttp2: true);
            if (shares is null)
            {
                shares = x.Owner.Pools.Http2Of(endpoint);
                shares.Opening();
            }

            return shares.Opened(x, x.Owner.Pools.Surrender(connection), cluster);
        }

        shares?.OpenFailed(endpoint.Protocol == UpstreamProtocol.Http2 ? Refusal.UpstreamTlsFailed : Refusal.None);
        if (endpoint.Protocol != UpstreamProtocol.Http2)
        {
            endpoint.Learn(speaksHttp2: false);
            return connection;
        }

        endpoint.PerLoop[x.Owner.Index].ConnectFailures++;
        x.Refuse(Refusal.UpstreamTlsFailed);
        x.Owner.Pools.Close(connection, graceful: true);
        return null;
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<IUpstream?> QueueAsync(Exchange x, Cluster cluster)
    {
        var queue = cluster.State.Queue;
        var waiter = new ConnectionWaiter(x.Owner.Loop, x.Forward!.Choice);
        if (!queue.TryJoin(waiter, cluster.MaxQueued))
        {
            x.Refuse(Refusal.QueueFull);
            return null;
        }

        queue.Serve(cluster.State);
        // Here too may be idle connections to where it may not go, that a cluster with all it may have can do without.
        foreach (var one in x.Owner.All)
            if (one != x.Owner || cluster.State.IsFull) one.Loop.Post(static state => Serve(state!), (one, cluster));

        if (x.QueueDeadline == 0) x.QueueDeadline = x.Owner.Loop.Now + cluster.QueueTimeout;
        x.Waiting = waiter.Waiter;
        var wait = await waiter.Waiter.Wait(Math.Min(x.QueueDeadline, x.TryDeadline));
        x.Waiting = null;
        x.Times.Dequeued = x.Clock;
        if (wait != WaitResult.Ready && queue.TryLeave(waiter))
        {
            x.Refuse(wait == WaitResult.TimedOut ? Refusal.QueueTimeout : x.CancelReason(Refusal.QueueTimeout));
            return null;
        }

        // Out of the queue but not granted yet: the grant is a post on its way.
        if (waiter.Granted is null) await waiter.Waiter.Wait();
        if (!x.IsCancelled || !waiter.Socket.IsNone) return await TakeGrantAsync(x, cluster, waiter);
        // Called off meanwhile, and nothing would call off the making of a connection: the place is the next one's.
        UpstreamPools.ReleaseSlot(waiter.Granted!);
        x.Refuse(x.CancelReason(Refusal.QueueTimeout));
        return null;
    }

    private static bool TryOpen(Exchange x, Cluster cluster, EndpointState endpoint)
    {
        do
        {
            if (endpoint.TryOpen(cluster)) return true;
        }
        while (x.Owner.Pools.TryFree(endpoint));
        return false;
    }

    private static ValueTask<IUpstream?> TakeGrantAsync(Exchange x, Cluster cluster, ConnectionWaiter waiter)
    {
        var endpoint = waiter.Granted!;
        if (endpoint != x.Endpoint) MoveTo(x, endpoint);

        if (waiter.Socket.IsNone) return ConnectAsync(x, cluster, endpoint);
        var loop = x.Owner.Loop;
        if (loop.Transports.TryAdopt(waiter.Socket, endpoint.PerLoop[x.Owner.Index].Ticket) is not { } transport) return new ValueTask<IUpstream?>(Fail(x, endpoint, Refusal.ConnectFailed));
        var connection = x.Owner.Pools.Open(transport, endpoint, loop.Now - waiter.Age);
        connection.IsReused = true;
        return new ValueTask<IUpstream?>(connection);
    }

    private static void Serve(object state)
    {
        var (loop, cluster) = ((ProxyLoop, Cluster))state;
        foreach (var endpoint in cluster.State.All.Set.Known) loop.Pools.ServeWaiters(endpoint.State);
    }

    private static void MoveTo(Exchange x, EndpointState endpoint)
    {
        x.Endpoint!.MoveAttempt(endpoint);
        x.Endpoint = x.LastEndpoint = endpoint;
        x.Tried.Add(endpoint);
    }

    private static IUpstream? Fail(Exchange x, EndpointState endpoint, Refusal reason, Http2Pool? shares = null, int errno = 0)
    {
        endpoint.ConnectError = errno;
        shares?.OpenFailed(reason);
        endpoint.PerLoop[x.Owner.Index].ConnectFailures++;
        UpstreamPools.ReleaseSlot(endpoint);
        x.Refuse(reason);
        return null;
    }
}
