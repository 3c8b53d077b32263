using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Http;
using Weir.Http.Forwarding;
using Weir.Proxy.Model;
using Weir.Proxy.Requests;
using Weir.Proxy.Wire;
using Weir.Reactor.Buffers;
using Weir.Reactor.Sockets;
using Weir.Reactor.Tls;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Listeners;

/// <summary>
/// A client's connection from accept to close: one long-lived method that hears whom it is from, makes TLS, and then has it served as
/// what it speaks. LoopState; the object is pooled by its door.
/// </summary>
internal sealed class ClientConnection
{
    /// <summary>So much of what nobody asked for is read, so that a reply is not lost by a reset.</summary>
    public const int MaxDrained = 256 * 1024;

    // What a connection over a limit has to say its request: it is in nobody's way for longer.
    private const int TurnedAwayTimeout = 1000;

    private readonly Door _door;
    private readonly Http1Serving _http1;
    private StreamServing? _stream;
    private Transport _transport = null!;
    private IServing? _serving;
    private ConnectionTls? _tls;
    private ProxyAnnouncement? _announcement;
    private long _number;
    private bool _wasTold;

    public ClientConnection(Door door)
    {
        _door = door;
        _http1 = new Http1Serving(this, door);
    }

    /// <summary>The other end, for the count of its connections.</summary>
    public PeerAddress Peer { get; set; }

    /// <summary>It is in the count of its address.</summary>
    public bool IsCounted { get; set; }

    /// <summary>None; else it is over this limit: its first request is answered with that, and it is closed.</summary>
    public Refusal TurnedAway { get; set; }

    /// <summary>Position in the door's list.</summary>
    public int Index { get; set; }

    public void CloseIfIdle() => _serving?.CloseIfIdle();

    public void CloseSoon() => _serving?.CloseSoon();

    public void CutOff() => _serving?.CutOff();

    /// <summary>Serves the connection to its end.</summary>
    public async Detached ServeAsync(Transport transport)
    {
        var owner = _door.Owner;
        _transport = transport;
        _tls = null;
        _announcement = null;
        _wasTold = false;
        _number = ++owner.ClientConnections;
        var end = ConnectionEnd.Reset;
        try
        {
            var begun = await HeardOfClientAsync(_door.Listener) ? await HandshakeAsync(_door.Listener) : Handshake.Failed;
            if (begun == Handshake.Done) end = await ServeAsync();
            else if (begun == Handshake.PlainHttp) end = await ServePlainAsync();
            else if (begun == Handshake.Refused) end = ConnectionEnd.Linger;
            else if (begun == Handshake.Challenge) end = ConnectionEnd.Close;
            if (end == ConnectionEnd.Linger) await LingerAsync();
        }
        catch (Exception fault)
        {
            owner.ReportFault(fault, _door.Listener.Name);
            end = ConnectionEnd.Reset;
        }

        _serving = null;
        if (TurnedAway != Refusal.None && !_wasTold) owner.Refusals[(int)TurnedAway]++;
        owner.ClientLeft(_number);
        // Hung up alone is no loss: both sides have said that they are done, and what was sent may still be on its way.
        if (end == ConnectionEnd.Reset) transport.Abort();
        else transport.Close();
        _door.Closed(this);
    }

    /// <summary>An exchange for a request that has begun to come. The snapshot is taken here, once: a reload during the exchange does not touch it.</summary>
    public Exchange BeginExchange(IDownstream downstream, bool isEarly)
    {
        var x = _door.Owner.RentExchange();
        x.Begin(downstream, _door.Snapshot, _door.Listener, _transport.Peer);
        x.IsSecure = _transport.IsSecure;
        x.Tls = _tls;
        x.IsEarly = isEarly;
        x.ClientConnection = _number;
        x.Announcement = _announcement;
        return x;
    }

    /// <summary>Answers a request of a connection over a limit with that.</summary>
    public bool RefuseIfTurnedAway(Exchange x)
    {
        if (TurnedAway == Refusal.None) return false;
        x.Refuse(TurnedAway);
        return _wasTold = true;
    }

    /// <summary>How long this connection may take to say something, where others may take so long.</summary>
    public int Patience(int timeout) => TurnedAway == Refusal.None ? timeout : Math.Min(timeout, TurnedAwayTimeout);

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<ConnectionEnd> ServeAsync()
    {
        if (_door.Listener.Stream is not null)
        {
            _serving = _stream ??= new StreamServing(this, _door);
            return await _stream.RunAsync(_transport);
        }

        var received = default(Lease);
        if (_transport.TlsFacts?.Protocol != "h2")
        {
            _serving = _http1;
            var end = await _http1.RunAsync(_transport);
            if (end != ConnectionEnd.Http2) return end;
            received = _http1.TakeReceived();
        }

        using var http2 = new Http2Serving(this, _door, _transport);
        _serving = http2;
        return await http2.RunAsync(received) ? ConnectionEnd.Linger : ConnectionEnd.Reset;
    }

    // There is no head that could be read, but there is somebody to be told.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<ConnectionEnd> ServePlainAsync()
    {
        _serving = _http1;
        return await _http1.RunAsync(_transport, Refusal.PlainHttpOnTls);
    }

    // False: a trusted proxy did not say whom the connection is from.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<bool> HeardOfClientAsync(Listener listener)
    {
        if (!listener.ReadsProxyHeader || !listener.TrustedProxies.Contains(ForwardingFields.ToIp(_transport.Peer))) return true;
        var (refusal, announcement) = await ProxyHeaderReader.RunAsync(_transport, _door.Owner.Loop.Now + listener.HandshakeTimeout);
        if (refusal != Refusal.None)
        {
            _door.Owner.Refusals[(int)refusal]++;
            return false;
        }

        if (announcement is null) return true;
        _announcement = announcement;
        var peer = ForwardingFields.ToPeer(announcement.Source, announcement.SourcePort);
        _transport.ComesFrom(peer);
        return _door.Recount(this, peer);
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private async ValueTask<Handshake> HandshakeAsync(Listener listener)
    {
        if (listener.Tls is null) return Handshake.Done;
        var owner = _door.Owner;
        var refusal = owner.Handshakes >= listener.MaxHandshakes || !_transport.TryBeginTls(listener.Tls.Server) ? Refusal.TooManyHandshakes : Refusal.None;
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
            _tls = new ConnectionTls(facts, _transport.ClientRule is { } rule && listener.Tls.IsForwarded(rule));
            return _transport.IsChallenge ? Handshake.Challenge : Handshake.Done;
        }

        if (refusal == Refusal.TlsHandshakeFailed && listener.Stream is null && _transport.TryEndTls()) return Handshake.PlainHttp;
        owner.Refusals[(int)(refusal == Refusal.TlsHandshakeFailed ? Reason(_transport.TlsFault) : refusal)]++;
        // A client whose first request is on its way already would be reset before it reads the alert.
        return refusal == Refusal.TlsHandshakeFailed && _transport.TryDropTls() ? Handshake.Refused : Handshake.Failed;
    }

    private static Refusal Reason(TlsFault fault) => fault switch
    {
        TlsFault.Missing => Refusal.ClientCertificateMissing,
        TlsFault.Untrusted => Refusal.ClientCertificateUntrusted,
        TlsFault.Expired => Refusal.ClientCertificateExpired,
        TlsFault.Revoked => Refusal.ClientCertificateRevoked,
        _ => Refusal.TlsHandshakeFailed,
    };

    // RFC 9112 §9.6: closing with unread bytes would reset the connection and may take the reply from the client.
    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    private async ValueTask LingerAsync()
    {
        if (_transport.HungUp) return;
        _transport.FinishSending();
        var loop = _door.Owner.Loop;
        var deadline = loop.Now + _door.Listener.LingerTimeout;
        for (var drained = 0; drained < MaxDrained;)
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
        var lease = _door.Owner.Loop.Buffers.Rent(BufferSize.Small);
        var received = _transport.TryReceive(ref lease);
        _door.Owner.Loop.Buffers.Return(ref lease);
        return received;
    }

    private enum Handshake : byte
    {
        Done,

        /// <summary>The client speaks plain HTTP, and can be told.</summary>
        PlainHttp,

        /// <summary>The client was sent an alert.</summary>
        Refused,

        /// <summary>An authority has seen what it asked for.</summary>
        Challenge,

        Failed,
    }
}

/// <summary>How a connection is closed.</summary>
internal enum ConnectionEnd : byte
{
    /// <summary>In good order.</summary>
    Close,

    /// <summary>In good order, once the client has had time to read.</summary>
    Linger,

    /// <summary>The client must see that it did not get all.</summary>
    Reset,

    /// <summary>Not yet: what comes is HTTP/2.</summary>
    Http2,
}
