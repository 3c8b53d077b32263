using Weir.Http;
using Weir.Http.Fields;
using Weir.Http.Http1;
using Weir.Http.Messages;
using Weir.Proxy.Model;
using Weir.Proxy.Wire;
using Weir.Reactor.Buffers;
using Weir.Reactor.Sockets;
using Weir.Reactor.Timers;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Upstream;

/// <summary>
/// A connection of HTTP/1 to an endpoint, in use by one exchange or idle in its loop's pool. While idle it is watched: bytes that nobody asked
/// for, or an end, take it out. LoopState; the object is reused for other connections.
/// </summary>
internal sealed class UpstreamConnection(UpstreamPools pools) : TimerNode, ITransportObserver, IUpstream
{
    private Http1ParseState _parse;
    private long _sentBefore;
    private int _headLength;

    public Http1Reader Reader { get; } = new(pools.Owner.Loop.Buffers);

    public Http1Output Output { get; } = new(pools.Owner.Loop.Buffers);

    public Transport Transport { get; private set; } = null!;

    public EndpointState Endpoint { get; private set; } = null!;

    /// <summary>When it was opened, by the loop's clock.</summary>
    public long OpenedAt { get; private set; }

    public bool IsReused { get; set; }

    public bool WasKept => IsReused;

    public bool IsOpen => Transport.IsSilent();

    public bool IsUntouched => Output.BytesSent == _sentBefore;

    public bool IsAnswering { get; private set; }

    public int Timeout { set => Output.Timeout = value; }

    public Refusal BodyFault => Reader.Fault;

    public bool IsBodyEnded => Reader.IsBodyEnded;

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

    public bool IsCancelled { get; private set; }

    public bool TryWriteHead(Exchange x, Endpoint endpoint)
    {
        _sentBefore = Output.BytesSent;
        _headLength = 0;
        IsAnswering = false;
        return RequestWriter.TryWrite(x, Output, endpoint);
    }

    public ValueTask<WireResult> WriteBodyAsync(BodyPiece piece) => Output.WriteBodyAsync(piece);

    public ValueTask<WireResult> FlushAsync() => Output.FlushAsync();

    public ValueTask<WireResult> FinishBodyAsync(FieldTable? trailers) => Output.FinishBodyAsync(trailers);

    public void BeginHead(Exchange x)
    {
        Reader.SkipHead(_headLength);
        _headLength = 0;
        _parse = default;
        x.Response.Reset();
    }

    public HeadStep TryReadHead(Exchange x, Cluster cluster, out Refusal refusal)
    {
        while (true)
        {
            var result = Parse(x, cluster);
            refusal = result.Refusal;
            _headLength = result.Consumed;
            if (result.Outcome == ParseOutcome.Refused) return HeadStep.Failed;
            if (result.Outcome == ParseOutcome.Done) return HeadStep.Head;

            var received = Reader.ReceiveHead(cluster.HeaderLimit, BufferSize.Medium);
            if (received > 0) continue;
            if (received == Transport.WouldBlock) return HeadStep.Wait;
            refusal = Reader.Head.Available > 0 ? Refusal.UpstreamBadResponse : received == 0 ? Refusal.UpstreamClosed : Refusal.UpstreamReset;
            return HeadStep.Failed;
        }
    }

    public void BeginBody(ResponseHead response) => Reader.BeginBody(_headLength, response.Framing, response.ContentLength);

    public BodyStep TryReadBody(out BodyPiece piece, FieldTable? trailers) => Reader.TryRead(out piece, trailers);

    public WaitAwaitable Readable(long deadline) => Transport.Readable(deadline);

    public void InterruptReading() => Transport.InterruptReading();

    public void Shrink(TextArena arena) => Reader.Shrink(arena);

    public void BecomeTunnel()
    {
        Reader.BecomeTunnel();
        Output.BeginBody(BodyFraming.UntilClose);
    }

    /// <summary>Nothing to do: it is told of the exchange with each call.</summary>
    public void MoveTo(Exchange x)
    {
    }

    public void FinishSending() => Transport.FinishSending();

    public void Release(Cluster cluster, UpstreamEnd end)
    {
        if (end == UpstreamEnd.Complete)
        {
            pools.Return(this, cluster);
            return;
        }

        if (end == UpstreamEnd.Stale) pools.CloseIdle(Endpoint);
        pools.Close(this, graceful: end != UpstreamEnd.Abort);
    }

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

    private unsafe ParseResult Parse(Exchange x, Cluster cluster)
    {
        if (Reader.Head.Available == 0) return ParseResult.NeedMore;
        IsAnswering = true;
        var limits = new Http1Limits { StartLine = cluster.HeaderLimit, Head = cluster.HeaderLimit, Fields = 1000 };
        var result = ResponseParser.Parse(x.Response, Reader.HeadPointer, Reader.Head.Available, x.Request.Method, limits, ref _parse, out var detail);
        if (result.Outcome == ParseOutcome.Refused) x.Detail = detail;
        return result;
    }

    protected override void OnTimer()
    {
        if (IdleIndex >= 0) pools.Close(this, graceful: true);
    }
}
