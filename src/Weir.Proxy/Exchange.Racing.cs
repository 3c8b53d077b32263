using Weir.Http;
using Weir.Http.Messages;

namespace Weir.Proxy;

/// <summary>
/// A second attempt beside the first is run by an exchange of its own, the twin, that has the same request and no client: so each has its
/// own upstream, response and edits. What the better one came to is the first's in the end.
/// </summary>
internal sealed partial class Exchange
{
    private readonly RequestHead _ownRequest = new();

    // Of a twin, what it runs beside.
    private Exchange? _first;

    /// <summary>What runs beside it; null most of the time.</summary>
    public Exchange? Twin { get; private set; }

    /// <summary>Two attempts are under way, this one and another: nothing is passed to the client before one has won.</summary>
    public bool IsRacing { get; private set; }

    /// <summary>The attempt under way is not wanted any more, though the exchange goes on.</summary>
    public bool IsCalledOff { get; private set; }

    /// <summary>No wait is worth while.</summary>
    public bool IsCancelled => IsClientGone | IsExpired | IsCalledOff;

    /// <summary>Another exchange object takes the same request to another endpoint. <see cref="EndTwin"/> must follow.</summary>
    public Exchange BeginTwin()
    {
        var twin = Owner.RentExchange();
        twin.Begin(Downstream, Snapshot, ListenerModel, Peer);
        twin._request = Request;
        twin.RouteModel = RouteModel;
        twin.Forward = Forward;
        twin.Captures = Captures;
        twin.MatchedPath = MatchedPath;
        twin.ClientPeer = ClientPeer;
        twin.Announcement = Announcement;
        twin.ClientConnection = ClientConnection;
        twin.IsPeerTrusted = IsPeerTrusted;
        twin.IsSecure = IsSecure;
        twin.Tls = Tls;
        twin.IsEarly = IsEarly;
        twin.ClientAuthority = ClientAuthority;
        twin.RequestIdText = RequestIdText;
        twin.Depth = Depth;
        (twin.Deadline, twin._isDeadlineOwn) = (Deadline, _isDeadlineOwn);
        twin.Entered = Entered;
        (twin.Attempts, twin.AttemptsBefore) = (Attempts, AttemptsBefore);
        twin.WantsFresh = WantsFresh;
        (twin.BreakerPass, twin._first) = (BreakerPass, this);
        twin.IsRacing = IsRacing = true;
        Twin = twin;
        return twin;
    }

    /// <summary>Its attempt is not wanted any more: it ends soon, in failure or not.</summary>
    public void CallOff()
    {
        IsCalledOff = true;
        Upstream?.CancelWaits();
        Waiting?.Interrupt();
    }

    /// <summary>The attempt that was called off is over: what it failed by is forgotten, unless the exchange is over too.</summary>
    public void ForgetCallOff()
    {
        IsCalledOff = false;
        if (!IsClientGone && !IsExpired) ForgiveAttempt();
    }

    /// <summary>The twin's attempt is this one's from here on. This one's own is over and has let go of everything.</summary>
    public void Adopt(Exchange twin)
    {
        (_response, twin._response) = (twin._response, _response);
        (_attemptFields, twin._attemptFields) = (twin._attemptFields, _attemptFields);
        (ResponseTrailers, twin.ResponseTrailers) = (twin.ResponseTrailers, ResponseTrailers);
        (Upstream, twin.Upstream) = (twin.Upstream, null);
        (Endpoint, twin.Endpoint) = (twin.Endpoint, null);
        Upstream?.MoveTo(this);
        LastEndpoint = twin.LastEndpoint;
        Source = twin.Source;
        SentAt = twin.SentAt;
        (Answer, IsStale) = (twin.Answer, twin.IsStale);
        if (twin.Refusal != Refusal.None) Refuse(twin.Refusal);
        Detail = twin.Detail;
        Times.Connecting = twin.Times.Connecting;
        Times.Dequeued = twin.Times.Dequeued;
        Times.Sent = twin.Times.Sent;
        Times.FirstByte = twin.Times.FirstByte;
    }

    /// <summary>The twin has let go of everything.</summary>
    public void EndTwin()
    {
        Twin!._request = Twin._ownRequest;
        Twin.IsRacing = Twin.IsCalledOff = IsRacing = false;
        Twin._first = null;
        Twin.End();
        Twin = null;
    }
}
