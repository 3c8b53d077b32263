using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Http.Forwarding;
using Weir.Http.Http1;
using Weir.Http.Messages;
using Weir.Proxy.Layer4;
using Weir.Proxy.Model;
using Weir.Proxy.Requests;
using Weir.Proxy.Wire;
using Weir.Reactor.Buffers;
using Weir.Reactor.Sockets;
using Weir.Reactor.Tls;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Listeners;

/// <summary>
/// A client's connection from accept to close: one long-lived method that hears whom it is from, makes TLS, and then passes the connection
/// on as it is or serves HTTP/1: reads a head, runs the exchange, and goes on to the next. Idle, it holds neither buffer nor exchange. LoopState; the object is pooled by its door.
/// </summary>
internal sealed class ClientConnection(Door door)
{
    private const int MaxDrainedAfterReply = 256 * 1024;

    // What a connection over a limit has to say its request: it is in nobody's way for longer.
    private const int TurnedAwayTimeout = 1000;

    private readonly Http1Downstream _downstream = new(door.Owner.Loop, door.Owner.Date);
    private Transport _transport = null!;
    private Exchange? _exchange;
    private Exchange? _running;
    private ConnectionTls? _tls;
    private bool _isEarly;
    private ProxyAnnouncement? _announcement;
    private long _number;
    private int _requests;

    /// <summary>Waits for the next request and can be closed without loss.</summary>
    public bool IsIdle { get; private set; }

    /// <summary>The other end, for the count of its connections.</summary>
    public PeerAddress Peer { get; set; }

    /// <summary>It is in the count of its address.</summary>
    public bool IsCounted { get; set; }

    /// <summary>None; else it is over this limit: its first request is answered with that, and it is closed.</summary>
    public Refusal TurnedAway { get; set; }

    /// <summary>Position in the door's list.</summary>
    public int Index { get; set; }

    private bool MoreIsHere => _downstream.Reader.HasUnread || _transport.MayBeReadable;

    /// <summary>Ends the wait of an idle connection, which then closes.</summary>
    public void CloseIfIdle()
    {
        if (IsIdle) _transport.InterruptReading();
    }

    /// <summary>The exchange that is running is the last, and its client is told if that is still possible.</summary>
    public void CloseSoon()
    {
        if (_running is not null) _running.IsLastOfConnection = true;
    }

    /// <summary>The exchange that is running ends now.</summary>
    public void CutOff() => _running?.CutOff();

    /// <summary>Serves the connection to its end.</summary>
    public async Detached ServeAsync(Transport transport)
    {
        _transport = transport;
        _requests = 0;
        _tls = null;
        _isEarly = false;
        _announcement = null;
        _number = ++door.Owner.ClientConnections;
        _downstream.Attach(transport);
        try
        {
            if (await HeardOfClientAsync(door.Listener) && (door.Listener.Tls is null || await HandshakeAsync(door.Listener)))
            {
                if (door.Listener.Stream is not null) await ServeStreamAsync();
                else
                    while (await ServeOneAsync())
                        if (MoreIsHere && door.Owner.Loop.IsTurnOver) await door.Owner.Loop.Yield();
            }
        }
        catch (Exception fault)
        {
            door.Owner.ReportFault(fault, door.Listener.Name);
            // What was begun must not be met by the next connection that this object serves.
            _exchange?.End();
            _exchange = null;
            _downstream.Abort();
        }

        if (TurnedAway != Refusal.None && _requests == 0) door.Owner.Refusals[(int)TurnedAway]++;
        door.Owner.ClientLeft(_number);
        _downstream.Release();
        // Hung up alone is no loss: both sides have said that they are done, and what was sent may still be on its way.
        if (_downstream.IsLost) transport.Abort();
        else transport.Close();
        door.Closed(this);
    }

    // False: a trusted proxy did not say whom the connection is from.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<bool> HeardOfClientAsync(Listener listener)
    {
        if (!listener.ReadsProxyHeader || !listener.TrustedProxies.Contains(ForwardingFields.ToIp(_transport.Peer))) return true;
        var (refusal, announcement) = await ProxyHeaderReader.RunAsync(_transport, door.Owner.Loop.Now + listener.HandshakeTimeout);
        if (refusal != Refusal.None)
        {
            door.Owner.Refusals[(int)refusal]++;
            _downstream.Abort();
            return false;
        }

        if (announcement is null) return true;
        _announcement = announcement;
        var peer = ForwardingFields.ToPeer(announcement.Source, announcement.SourcePort);
        _transport.ComesFrom(peer);
        if (door.Recount(this, peer)) return true;
        _downstream.Abort();
        return false;
    }

    // False: the connection failed, or was refused; it is counted, there is nobody to be answered.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<bool> HandshakeAsync(Listener listener)
    {
        var owner = door.Owner;
        var refusal = owner.Handshakes >= listener.MaxHandshakes || !_transport.TryBeginTls(listener.Tls!.Server) ? Refusal.TooManyHandshakes : Refusal.None;
        if (refusal == Refusal.None)
        {
            owner.Handshakes++;
            try
            {
                refusal = await TlsHandshake.RunAsync(owner, _transport, owner.Loop.Now + listener.HandshakeTimeout, (listener.MaxHandshakes + 1) / 2);
            }
            finally
            {
                owner.Handshakes--;
            }
        }

        if (refusal == Refusal.None)
        {
            owner.HandshakesDone++;
            var facts = _transport.TlsFacts!;
            if (facts.IsResumed) owner.HandshakesResumed++;
            _tls = new ConnectionTls(facts, _transport.ClientRule is { } rule && listener.Tls!.IsForwarded(rule));
            return !_transport.IsChallenge;
        }

        if (refusal == Refusal.TlsHandshakeFailed && listener.Stream is null && _transport.TryEndTls())
        {
            Begin();
            return await ServeOneAsync(Refusal.PlainHttpOnTls);
        }

        owner.Refusals[(int)(refusal == Refusal.TlsHandshakeFailed ? Reason(_transport.TlsFault) : refusal)]++;
        // A client whose first request is on its way already would be reset before it reads the alert.
        if (refusal == Refusal.TlsHandshakeFailed && _transport.TryDropTls()) await LingerAsync();
        else _downstream.Abort();
        return false;
    }

    private static Refusal Reason(TlsFault fault) => fault switch
    {
        TlsFault.Missing => Refusal.ClientCertificateMissing,
        TlsFault.Untrusted => Refusal.ClientCertificateUntrusted,
        TlsFault.Expired => Refusal.ClientCertificateExpired,
        TlsFault.Revoked => Refusal.ClientCertificateRevoked,
        _ => Refusal.TlsHandshakeFailed,
    };

    // A connection that is passed on as it is.
    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    private async ValueTask ServeStreamAsync()
    {
        if (TurnedAway != Refusal.None)
        {
            _downstream.Abort();
            return;
        }

        Begin();
        var x = _exchange!;
        _exchange = null;
        _requests++;
        x.IsStream = true;
        x.Times.HeadRead = x.Clock;
        _downstream.BeginRefused(x.Request.Version);
        _running = x;
        _transport.Observer = x;
        try
        {
            await StreamPipeline.RunAsync(x, _transport);
        }
        finally
        {
            _transport.Observer = null;
            _running = null;
            if (x.Refusal is not (Refusal.None or Refusal.StreamIdleTimeout or Refusal.ShuttingDown)) _downstream.Abort();
            x.End();
        }
    }

    // True: the connection takes another request. Given a refusal, what came is no head that could be read, but there is somebody to be told.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<bool> ServeOneAsync(Refusal known = Refusal.None)
    {
        var head = known == Refusal.None ? await ReadHeadAsync() : ParseResult.Refuse(known);
        var x = _exchange;
        if (x is null) return false;
        _exchange = null;
        _downstream.Output.Timeout = x.ListenerModel.WriteTimeout;
        if (head.Refusal == Refusal.ClientGone)
        {
            // Part of a head came and then the end: nobody is there to be answered.
            x.Refuse(Refusal.ClientGone);
            x.ClientLeft();
            _downstream.BeginRefused(HttpVersion.Http11);
        }
        else if (head.Refusal != Refusal.None)
        {
            x.Refuse(head.Refusal);
            x.MustClose = true;
            _downstream.BeginRefused(x.Request.Version);
        }
        else if (TurnedAway != Refusal.None)
        {
            x.Refuse(TurnedAway);
            x.MustClose = true;
            _downstream.BeginRefused(x.Request.Version);
        }
        else
        {
            _downstream.Begin(x.Request, head.Consumed);
            // RFC 9110 §7.4: a host whose certificate this is not, though the listener has one for it.
            if (_transport.IsMisdirected(door.Listener.Tls?.Server, x.Request.HostSpan)) x.Refuse(Refusal.MisdirectedRequest);
        }

        x.Times.HeadRead = x.Clock;
        _requests++;
        x.IsLastOfConnection = door.IsStopped || (door.Listener.RequestsPerConnection > 0 && _requests >= door.Listener.RequestsPerConnection);
        _running = x;
        _transport.Observer = x;
        bool reset;
        try
        {
            await Pipeline.RunAsync(x);
        }
        finally
        {
            _transport.Observer = null;
            _running = null;
            reset = x.IsAborted;
            x.End();
        }

        if (_downstream.IsLost || reset)
        {
            if (reset) _downstream.Abort();
            return false;
        }

        if (_downstream.KeepAlive && DrainBody()) return true;
        // With nothing unread a close resets nothing; after a head that was refused the rest of it may be on its way.
        if (!_downstream.IsBodyEnded || (MoreIsHere && !_transport.IsSilent()) || head.Refusal != Refusal.None || TurnedAway != Refusal.None) await LingerAsync();
        return false;
    }

    // Leaves the exchange in its field when a byte of a request has come. Without: the connection ended between requests.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<ParseResult> ReadHeadAsync()
    {
        var loop = door.Owner.Loop;
        var reader = _downstream.Reader;
        var listener = door.Listener;
        reader.EndMessage();
        // What came together with an early request is as early.
        var wasHere = reader.Head.Available > 0;
        var state = default(Http1ParseState);
        var deadline = loop.Now + (_requests == 0 ? HeaderTimeout(listener) : listener.KeepAliveTimeout);
        while (true)
        {
            if (reader.Head.Available > 0)
            {
                door.Owner.Mark(TurnSteps.Head);
                if (_exchange is null)
                {
                    // From here on the limits are those of the exchange: a reload in the middle of a head does not change them.
                    _isEarly = _transport.IsEarly || (_isEarly && wasHere);
                    listener = Begin();
                    deadline = loop.Now + HeaderTimeout(listener);
                }

                var result = Parse(listener, ref state);
                if (result.Outcome != ParseOutcome.NeedMore) return result;
            }

            var received = reader.ReceiveHead(listener.HeadLimits.Head, BufferSize.Tiny);
            if (received > 0) continue;
            if (received != Transport.WouldBlock) return ParseResult.Refuse(Refusal.ClientGone);

            if (_exchange is null && (door.Owner.Draining || door.IsStopped)) return default;
            IsIdle = _exchange is null;
            var wait = await _transport.Readable(deadline);
            IsIdle = false;
            if (wait == WaitResult.Ready) continue;
            if (wait == WaitResult.TimedOut && _exchange is null) door.Owner.Refusals[(int)Refusal.KeepAliveTimeout]++;
            return ParseResult.Refuse(wait == WaitResult.TimedOut ? Refusal.HeaderTimeout : Refusal.ClientGone);
        }
    }

    private int HeaderTimeout(Listener listener)
        => TurnedAway == Refusal.None ? listener.HeaderTimeout : Math.Min(listener.HeaderTimeout, TurnedAwayTimeout);

    private Listener Begin()
    {
        _exchange = door.Owner.RentExchange();
        // The snapshot is taken here, once: a reload during the exchange does not touch it.
        _exchange.Begin(_downstream, door.Snapshot, door.Listener, _transport.Peer);
        _exchange.IsSecure = _transport.IsSecure;
        _exchange.Tls = _tls;
        _exchange.IsEarly = _isEarly;
        _exchange.ClientConnection = _number;
        _exchange.Announcement = _announcement;
        return door.Listener;
    }

    private unsafe ParseResult Parse(Listener listener, ref Http1ParseState state)
        => RequestParser.Parse(_exchange!.Request, _downstream.Reader.HeadPointer, _downstream.Reader.Head.Available, listener.HeadLimits, ref state);

    // A small rest of a body that is here already is skipped; more is not waited for.
    private bool DrainBody()
    {
        while (!_downstream.IsBodyEnded)
        {
            var step = _downstream.TryReadBody(out _, null);
            if (step is BodyStep.Wait or BodyStep.Fault || _downstream.BodyBytes > MaxDrainedAfterReply) return false;
        }

        return true;
    }

    // RFC 9112 §9.6: closing with unread bytes would reset the connection and may take the reply from the client.
    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    private async ValueTask LingerAsync()
    {
        if (_transport.HungUp) return;
        _transport.FinishSending();
        var loop = door.Owner.Loop;
        var deadline = loop.Now + door.Listener.LingerTimeout;
        for (var drained = 0; drained < MaxDrainedAfterReply;)
        {
            var received = Discard();
            if (received > 0)
            {
                drained += received;
                continue;
            }

            if (received != Transport.WouldBlock || await _transport.Readable(deadline) != WaitResult.Ready) return;
        }
    }

    private int Discard()
    {
        var lease = door.Owner.Loop.Buffers.Rent(BufferSize.Small);
        var received = _transport.TryReceive(ref lease);
        door.Owner.Loop.Buffers.Return(ref lease);
        return received;
    }
}
