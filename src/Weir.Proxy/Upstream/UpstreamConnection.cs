using Weir.Proxy.Model;
using Weir.Proxy.Wire;
using Weir.Reactor.Sockets;
using Weir.Reactor.Timers;

namespace Weir.Proxy.Upstream;

/// <summary>
/// A connection to an endpoint, in use by one exchange or idle in its loop's pool. While idle it is watched: bytes that nobody asked
/// for, or an end, take it out. LoopState; the object is reused for other connections.
/// </summary>
internal sealed class UpstreamConnection(UpstreamPools pools) : TimerNode, ITransportObserver
{
    public Http1Reader Reader { get; } = new(pools.Owner.Loop.Buffers);

    public Http1Output Output { get; } = new(pools.Owner.Loop.Buffers);

    public Transport Transport { get; private set; } = null!;

    public EndpointState Endpoint { get; private set; } = null!;

    /// <summary>When it was opened, by the loop's clock.</summary>
    public long OpenedAt { get; private set; }

    /// <summary>It carried an exchange before this one, so it may turn out to be closed.</summary>
    public bool IsReused { get; set; }

    /// <summary>The number of the client's connection that its endpoint takes it for; 0 when it was told nothing, or of a client without.</summary>
    public long Client { get; private set; }

    /// <summary>The client that its endpoint was told of.</summary>
    public PeerAddress ClientPeer { get; private set; }

    /// <summary>The next idle one that is the same client's; <see cref="OwnedConnections"/>.</summary>
    public UpstreamConnection? NextOwned { get; set; }

    /// <summary>Position in its pool's idle list, or -1.</summary>
    public int IdleIndex { get; set; } = -1;

    public void Open(Transport transport, EndpointState endpoint, long openedAt)
    {
        Transport = transport;
        Endpoint = endpoint;
        OpenedAt = openedAt;
        IsReused = IsCancelled = false;
        Client = 0;
        Reader.Attach(transport);
        Output.Attach(transport);
    }

    /// <summary>Its endpoint is told whom it is from: it serves nobody else.</summary>
    public void BelongsTo(long client, PeerAddress peer) => (Client, ClientPeer) = (client, peer);

    /// <summary>Its waits were called off, so the next exchange could not wait on it.</summary>
    public bool IsCancelled { get; private set; }

    /// <summary>Ends the waits of whoever uses it; it cannot be used again.</summary>
    public void CancelWaits()
    {
        IsCancelled = true;
        Transport.CancelWaits();
    }

    public void OnUnreadEvent(Transport transport)
    {
        // What TLS says for itself, a ticket mostly, is no word of the origin.
        if (IdleIndex >= 0 && !(transport.IsSecure && transport.IsSilent())) pools.DropIdle(this);
    }

    protected override void OnTimer()
    {
        if (IdleIndex >= 0) pools.Close(this, graceful: true);
    }
}
