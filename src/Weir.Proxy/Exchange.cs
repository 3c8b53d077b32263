using System.Net;
using Weir.Http;
using Weir.Http.Fields;
using Weir.Http.Forwarding;
using Weir.Http.Messages;
using Weir.Proxy.AccessLog;
using Weir.Proxy.Mirroring;
using Weir.Proxy.Model;
using Weir.Proxy.PolicyChains;
using Weir.Proxy.Routes;
using Weir.Proxy.Upstream;
using Weir.Proxy.Wire;
using Weir.Reactor.Sockets;
using Weir.Reactor.Timers;
using Weir.Reactor.Waiting;
using Weir.Sdk.Policies;

namespace Weir.Proxy;

/// <summary>Where the response's body comes from.</summary>
internal enum ResponseSource : byte { None, Upstream, Local }

/// <summary>
/// One request and its response: what is known so far. Pooled by its loop; given back only when every method that has it has returned.
/// LoopState. The fields are filled in the order of <see cref="Pipeline"/>.
/// </summary>
internal sealed partial class Exchange : ExchangeAccess, ITransportObserver, IDisposable
{
    private readonly TotalTimer _total;

    // The deadline is the route's own.
    private bool _isDeadlineOwn;
    private RequestHead _request;
    private ResponseHead _response = new();
    private FieldOverlay _attemptFields = new();
    private SavedRequest? _savedRequest;
    private SavedResponse? _savedResponse;
    private IPAddress? _clientAddress;
    private IPAddress? _peerAddress;

    public Exchange(ProxyLoop owner)
    {
        Owner = owner;
        _request = _ownRequest;
        _total = new TotalTimer(this);
        Replay = new ReplayBuffer(owner.Loop.Buffers, owner.Replays);
    }

    public ProxyLoop Owner { get; }

    public override RequestHead Request => _request;

    public override ResponseHead Response => _response;

    public override FieldOverlay AttemptFields => _attemptFields;

    /// <summary>Trailers of the request or, afterwards, of the response: the two are never under way at once in HTTP/1.</summary>
    public TrailerBuffer RequestTrailers { get; } = new();

    public TrailerBuffer ResponseTrailers { get; private set; } = new();

    public IDownstream Downstream { get; private set; } = null!;

    /// <summary>Stands in the client's place, when that one speaks gRPC-Web to an origin of gRPC; else null.</summary>
    public GrpcWebDownstream? GrpcWeb { get; private set; }

    /// <summary>The type of gRPC-Web that the client wants, in the request's arena; with <see cref="GrpcWeb"/>.</summary>
    public TextSlice GrpcWebType { get; private set; }

    /// <summary>The client's side can become a tunnel.</summary>
    public bool CanTunnel => Downstream.CanTunnel;

    public Snapshot Snapshot { get; private set; } = null!;

    public Listener ListenerModel { get; private set; } = null!;

    /// <summary>Never null after matching; the listener's <see cref="Model.Listener.Unmatched"/> when no route takes the request.</summary>
    public Route RouteModel
    {
        get;
        set
        {
            field = value;
            Forward = value?.Forward;
        }
    } = null!;

    /// <summary>Where it is forwarded to: what the route says, unless a step of the path chose otherwise. Null for routes that do something else.</summary>
    public Forward? Forward { get; set; }

    /// <summary>The client is to keep this slot, in <see cref="SlotCookie"/>.</summary>
    public int? NewSlot { get; set; }

    public SlotCookie? SlotCookie { get; set; }

    public RouteCaptures Captures;

    /// <summary>The path that the captures point into, should a rewrite change the request's.</summary>
    public TextSlice MatchedPath { get; set; }

    /// <summary>For 405 and automatic OPTIONS.</summary>
    public MethodSet Allow { get; set; }

    public PeerAddress Peer { get; private set; }

    /// <summary>The client after trusted proxies.</summary>
    public PeerAddress ClientPeer { get; set; }

    /// <summary>What a trusted proxy said of the client's connection, if anything.</summary>
    public ProxyAnnouncement? Announcement { get; set; }

    /// <summary>The number of the client's connection on this loop; 0 for an exchange that has none of its own.</summary>
    public long ClientConnection { get; set; }

    public bool IsPeerTrusted { get; set; }

    public bool IsSecure { get; set; }

    /// <summary>Of the client's connection; null without TLS.</summary>
    public ConnectionTls? Tls { get; set; }

    /// <summary>It came before the client's handshake was made, and may come again.</summary>
    public bool IsEarly { get; set; }

    /// <summary>The host with port as the client gave it, whatever a policy makes of it.</summary>
    public TextSlice ClientAuthority { get; set; }

    /// <summary>In the request's arena.</summary>
    public TextSlice RequestIdText { get; set; }

    /// <summary>Policies whose request phase was entered, by their ordinal.</summary>
    public ulong Entered { get; set; }

    /// <summary>The way to the endpoint while an attempt has one.</summary>
    public IUpstream? Upstream { get; set; }

    public EndpointState? Endpoint { get; set; }

    /// <summary>The endpoint of the last attempt, for the log.</summary>
    public EndpointState? LastEndpoint { get; set; }

    /// <summary>What the exchange waits at while it has no connection: a queue, a delay.</summary>
    public Waiter? Waiting { get; set; }

    /// <summary>When waiting in queues must be over, for all attempts together; 0 before the first wait. By the loop's clock.</summary>
    public long QueueDeadline { get; set; }

    /// <summary>The method that sends the request's body, when there is one; awaited once, by <see cref="RequestPump.StopAsync"/>.</summary>
    public ValueTask Pump { get; set; }

    /// <summary>The request's body is still being sent.</summary>
    public bool IsPumping { get; set; }

    /// <summary>The body's sender is to stop.</summary>
    public bool IsPumpStopping { get; set; }

    /// <summary>The origin took no more of the body.</summary>
    public bool IsPumpFailed { get; set; }

    /// <summary>When the last byte of the request was sent, by the loop's clock.</summary>
    public long SentAt { get; set; }

    public ResponseSource Source { get; set; }

    /// <summary>The reply that a route or a policy gives; null for what a refusal's table says.</summary>
    public LocalReply? Reply { get; set; }

    /// <summary>The body of a reply made here, in the response's arena.</summary>
    public TextSlice LocalBody { get; set; }

    /// <summary>Why the exchange was refused or failed; the first reason stands.</summary>
    public Refusal Refusal { get; private set; }

    /// <summary>The rule behind a refusal of an origin's response.</summary>
    public Refusal Detail { get; set; }

    public bool IsResponseStarted { get; set; }

    /// <summary>The client's connection failed or was reset.</summary>
    public bool IsClientGone { get; private set; }

    /// <summary>The total timeout passed.</summary>
    public bool IsExpired { get; private set; }

    /// <summary>It passed by no fault of the endpoint's: that one did not have the whole request for most of it, or it was a time that a client chose.</summary>
    public bool IsEndpointExcused { get; private set; }

    /// <summary>The connection must not carry another exchange.</summary>
    public bool MustClose { get; set; }

    /// <summary>A policy said to answer nothing.</summary>
    public bool IsAborted { get; set; }

    /// <summary>The origin agreed to switch protocols.</summary>
    public bool IsTunnelRequested => Source == ResponseSource.Upstream && Response.Status == 101 && Refusal == Refusal.None && !IsAborted;

    public bool IsTunnel { get; set; }

    /// <summary>The snapshot is not held any more, and policies are not called any more.</summary>
    public bool HasLetGo { get; private set; }

    /// <summary>When a byte last passed the tunnel in either direction, by the loop's clock.</summary>
    public long LastTunnelByte { get; set; }

    /// <summary>It is counted among its route's tunnels, or asks to become one.</summary>
    public bool HasTunnelPlace { get; set; }

    /// <summary>What a WebSocket whose peers are pinged keeps; made with the first of this object, and kept for others.</summary>
    public PingedTunnel Pings => field ??= new PingedTunnel();

    /// <summary><see cref="Pings"/> has the tunnel.</summary>
    public bool IsPinged { get; set; }

    public int TunnelTimeout => RouteModel.TunnelTimeout;

    /// <summary>Matching was done: the route counts this exchange as active.</summary>
    public bool IsRouted { get; set; }

    public bool IsAutomaticOptions { get; set; }

    /// <summary>The listener's number of requests per connection is reached.</summary>
    public bool IsLastOfConnection { get; set; }

    /// <summary>Now, in timestamps: read from the clock when phases are logged, else the start of the turn, which costs nothing.</summary>
    public long Clock => Owner.LogsExchanges ? Owner.Loop.Time.GetTimestamp() : Owner.Loop.TurnTimestamp;

    /// <summary>Timestamps of the loop's clock; 0 for a step that was not reached.</summary>
    public ExchangeTimes Times;

    public long ResponseBodyBytes { get; set; }

    /// <summary>It is a TCP connection that is passed on as it is: there is no request and no response.</summary>
    public bool IsStream { get; set; }

    /// <summary>Of such a connection: bytes that went from the client to the endpoint.</summary>
    public long RelayedBytes { get; set; }

    /// <summary>How many exchanges are above this one.</summary>
    public int Depth { get; private set; }

    /// <summary>The request id of the exchange above, for the log; in the request's arena.</summary>
    public TextSlice ParentId { get; private set; }

    /// <summary>When the exchange must be over, by the loop's clock.</summary>
    public long Deadline { get; private set; } = long.MaxValue;

    public override IPAddress ClientAddress => _clientAddress ??= ClientPeer.ToIPAddress();

    public override int ClientPort => ClientPeer.Port;

    public override IPAddress PeerAddress => _peerAddress ??= Peer.ToIPAddress();

    public override ReadOnlySpan<byte> Scheme => IsSecure ? "https"u8 : "http"u8;

    public override string TlsVersion => Tls?.Facts.Version ?? "";

    public override string TlsCipher => Tls?.Facts.Cipher ?? "";

    public override ReadOnlySpan<byte> TlsServerName => Tls is { } tls ? tls.Facts.ServerName : default;

    public override ClientCertificate? ClientCertificate => Tls?.Client;

    public override ReadOnlySpan<byte> RequestId => Request.Arena[RequestIdText];

    public override string Listener => ListenerModel.Name;

    public override string Route => RouteModel.Name;

    public override string Cluster => Endpoint?.Cluster ?? Forward?.Cluster.Name ?? "";

    public override ReadOnlySpan<byte> AnnouncedAuthority => Announcement is null ? default : Announcement.Authority;

    public override ReadOnlySpan<byte> AnnouncedAlpn => Announcement is null ? default : Announcement.Alpn;

    public override ReadOnlySpan<byte> AnnouncedId => Announcement is null ? default : Announcement.UniqueId;

    public override DateTimeOffset Now => Owner.Loop.Time.GetUtcNow();

    public override ReadOnlySpan<byte> PathParameter(string name) => Captures.Get(Request.Arena[MatchedPath], name);

    public override ValueTask DelayAsync(TimeSpan delay) => Owner.Waiters.DelayAsync(this, Math.Max(1, (long)delay.TotalMilliseconds));

    /// <summary>A head is being read: from here to <see cref="End"/> this object belongs to one exchange.</summary>
    public void Begin(IDownstream downstream, Snapshot snapshot, Listener listener, PeerAddress peer)
    {
        Downstream = downstream;
        Snapshot = snapshot;
        ListenerModel = listener;
        RouteModel = listener.Unmatched;
        Peer = ClientPeer = peer;
        Times = default;
        Times.Started = Owner.Loop.TurnTimestamp;
        snapshot.Use.Enter(Owner.Index);
    }

    /// <summary>This exchange was started by another: it has that one's client and deadline.</summary>
    public void BeginBelow(Exchange parent)
    {
        Depth = parent.Depth + 1;
        ClientPeer = parent.ClientPeer;
        Announcement = parent.Announcement;
        IsSecure = parent.IsSecure;
        Tls = parent.Tls;
        IsEarly = parent.IsEarly;
        ParentId = Request.Arena.TryAppend(parent.RequestId, out var id) ? id : default;
        Deadline = parent.Deadline;
    }

    /// <summary>Names the reason, unless there is one already.</summary>
    public void Refuse(Refusal reason)
    {
        if (Refusal == Refusal.None) Refusal = reason;
    }

    /// <summary>Takes a reason back: another attempt may do better.</summary>
    public void ForgiveAttempt()
    {
        Refusal = Refusal.None;
        Detail = Refusal.None;
    }

    /// <summary>The route is known: its total timeout runs from here, within that of the exchange above and within what the client gives (0: any), in milliseconds.</summary>
    public void StartTotalTimer(long given)
    {
        if (given > 0) Deadline = Math.Min(Deadline, Owner.Loop.Now + given);
        _isDeadlineOwn = RouteModel.TotalTimeout > 0 && Owner.Loop.Now + RouteModel.TotalTimeout < Deadline && !IsMirror;
        if (RouteModel.TotalTimeout > 0) Deadline = Math.Min(Deadline, Owner.Loop.Now + RouteModel.TotalTimeout);
        if (Deadline != long.MaxValue) Owner.Loop.SetTimer(_total, Deadline);
    }

    /// <summary>From here on the client speaks gRPC, as far as anybody can see.</summary>
    public void TranslateGrpcWeb(TextSlice type, bool decodes, bool encodes)
    {
        GrpcWeb = Owner.RentGrpcWeb();
        GrpcWeb.Begin(Downstream, this, decodes, encodes);
        GrpcWebType = type;
        Downstream = GrpcWeb;
    }

    /// <summary>The client's connection had an event that nobody was waiting for. Only marks and cancels.</summary>
    public void OnUnreadEvent(Transport transport)
    {
        // In a tunnel both directions may have ended in good order; only an error says that somebody is gone.
        if (transport.HungUp && (!IsTunnel || transport.TakeConnectError() != 0)) ClientLeft();
    }

    /// <summary>The client is gone: whatever waits for its sake is called off.</summary>
    public void ClientLeft()
    {
        IsClientGone = true;
        Upstream?.CancelWaits();
        Waiting?.Interrupt();
        Twin?.ClientLeft();
    }

    /// <summary>Weir stops and waits no longer.</summary>
    public void CutOff()
    {
        Refuse(Refusal.ShuttingDown);
        if (IsPinged) Pings.GoAway(this);
        else Expire();
    }

    /// <summary>Why a wait was called off, or the reason that stands otherwise.</summary>
    public Refusal CancelReason(Refusal otherwise)
        => IsClientGone || IsCalledOff ? Refusal.ClientGone : IsExpired ? Refusal.UpstreamTimeout : otherwise;

    /// <summary>Before a policy in shadow; <see cref="RestoreRequest"/> takes its edits back.</summary>
    public void SaveRequest() => (_savedRequest ??= new()).Save(Request);

    public void RestoreRequest() => _savedRequest!.Restore(Request);

    public void SaveResponse() => (_savedResponse ??= new()).Save(Response);

    public void RestoreResponse() => _savedResponse!.Restore(Response);

    /// <summary>
    /// A tunnel is established: it may live for days, and must hold up neither a reload nor the disposal of policies. Their log phase is
    /// run here, since they may be gone when the tunnel ends.
    /// </summary>
    public void LetGoOfSnapshot()
    {
        Completion.LogPolicies(this);
        Snapshot.Use.Leave(Owner.Index);
        HasLetGo = true;
        // A tunnel has a timeout of its own; the total one is for a request and its response.
        Owner.Loop.RemoveTimer(_total);
    }

    /// <summary>Everything of this exchange is forgotten, and the object goes back to its loop.</summary>
    public void End()
    {
        if (!HasLetGo) Snapshot.Use.Leave(Owner.Index);
        HasLetGo = false;
        // A fault at its very end kept it from the last steps.
        if (Mirrored is not null) Mirrors.Leave(this);
        unchecked { Generation++; }
        Owner.Loop.RemoveTimer(_total);
        Request.Reset();
        Response.Reset();
        RequestTrailers.Reset();
        ResponseTrailers.Reset();
        AttemptFields.Start(Request.Fields);
        Captures.Clear();
        if (GrpcWeb is not null) Owner.ReturnGrpcWeb(GrpcWeb);
        GrpcWeb = null;
        Downstream = null!;
        Snapshot = null!;
        ListenerModel = null!;
        RouteModel = null!;
        Upstream = null;
        Endpoint = LastEndpoint = null;
        Reply = null;
        NewSlot = null;
        SlotCookie = null;
        Announcement = null;
        ClientConnection = 0;
        Waiting = null;
        Tls = null;
        _clientAddress = _peerAddress = null;
        MatchedPath = ClientAuthority = RequestIdText = LocalBody = GrpcWebType = default;
        Allow = default;
        Entered = 0;
        ForgetAttempts();
        QueueDeadline = 0;
        Source = ResponseSource.None;
        Refusal = Detail = Refusal.None;
        IsPeerTrusted = IsSecure = IsEarly = IsResponseStarted = IsClientGone = IsExpired = IsEndpointExcused = MustClose = IsAborted = IsTunnel = IsPinged = HasTunnelPlace = false;
        IsRouted = IsAutomaticOptions = IsLastOfConnection = false;
        IsPumping = IsPumpStopping = IsPumpFailed = false;
        SentAt = 0;
        ResponseBodyBytes = RelayedBytes = 0;
        IsStream = false;
        IsMirror = false;
        Depth = 0;
        ParentId = default;
        Deadline = long.MaxValue;
        Owner.ReturnExchange(this);
    }

    public void Dispose()
    {
        Request.Dispose();
        Response.Dispose();
        AttemptFields.Dispose();
        RequestTrailers.Dispose();
        ResponseTrailers.Dispose();
    }

    private void Expire()
    {
        IsExpired = true;
        IsEndpointExcused = !_isDeadlineOwn || IsPumping || Times.Sent == 0 || Times.FirstByte != 0 || Owner.Loop.Now - SentAt < RouteModel.TotalTimeout / 2;
        Upstream?.CancelWaits();
        Waiting?.Interrupt();
        Twin?.Expire();
        // A client that has a part of the response, and may not be taking the rest, is cut off.
        if (IsResponseStarted) Downstream.Abort();
        else Downstream.InterruptBody();
    }

    private sealed class TotalTimer(Exchange exchange) : TimerNode
    {
        protected override void OnTimer() => exchange.Expire();
    }
}

/// <summary>When each step was reached, in timestamps of the loop's clock.</summary>
internal struct ExchangeTimes
{
    public long Started;
    public long HeadRead;
    public long PoliciesDone;
    public long Connecting;

    /// <summary>How long it waited to be one of a cluster's requests in flight, in all; not a moment but a duration.</summary>
    public long Gated;

    /// <summary>The last attempt came out of the cluster's queue; 0 when it did not have to wait.</summary>
    public long Dequeued;
    public long Sent;

    /// <summary>The last byte of the last attempt that had a body to send; may be before <see cref="Sent"/>.</summary>
    public long BodySent;
    public long FirstByte;
    public long Ended;
}
