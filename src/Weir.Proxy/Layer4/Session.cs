using Weir.Http;
using Weir.Proxy.Model;
using Weir.Reactor.Sockets;
using Weir.Reactor.Timers;

namespace Weir.Proxy.Layer4;

/// <summary>How a session is known on its loop: who sends, and to which address of ours where the listener has many.</summary>
internal readonly record struct SessionKey(PeerAddress Client, PeerAddress Own);

/// <summary>
/// What a client and an endpoint have to say to each other over UDP: a socket that hears from the endpoint alone, and the way back to the
/// client. It holds no snapshot. LoopState; used again for other clients by its table.
/// </summary>
internal sealed class Session : TimerNode, IDatagramTarget
{
    private readonly Action _goOn;
    private bool _isToGoOn;

    public Session(SessionTable table)
    {
        Table = table;
        Socket = new DatagramSocket(table.Owner.Loop, this);
        _goOn = GoOn;
    }

    public SessionTable Table { get; }

    /// <summary>Open while it has an endpoint.</summary>
    public DatagramSocket Socket { get; }

    public SessionKey Key { get; private set; }

    public ReturnPath Path;

    /// <summary>It is in the count of its address.</summary>
    public bool IsCounted { get; private set; }

    /// <summary>The client's next datagram is its own, until it has had as many as it may.</summary>
    public bool IsBound { get; set; }

    /// <summary>Position in the table's list; -1 while it is unused.</summary>
    public int Index { get; set; } = -1;

    /// <summary>Null when the last one was not there.</summary>
    public EndpointState? Endpoint { get; set; }

    /// <summary>The last one, for the log.</summary>
    public EndpointState? LastEndpoint { get; set; }

    public string Cluster { get; set; } = "";

    /// <summary>Endpoints that were not there.</summary>
    public TriedEndpoints Tried;

    public int Attempts { get; set; }

    /// <summary>Why it has no endpoint.</summary>
    public Refusal Refusal { get; set; }

    public long StartedAt { get; private set; }

    public long ConfigVersion { get; private set; }

    /// <summary>When a datagram last passed, by the loop's clock.</summary>
    public long LastAt { get; private set; }

    public long Requests { get; private set; }

    public long RequestBytes { get; private set; }

    public long Answers { get; private set; }

    public long AnswerBytes { get; set; }

    /// <summary>Answers that are still to come, as far as it is known how many there will be.</summary>
    public long Awaited { get; set; }

    /// <summary>Datagrams of the client that it still takes.</summary>
    public int RequestsLeft => Table.Plan.RequestsPerSession == 0 ? int.MaxValue : (int)Math.Max(0, Table.Plan.RequestsPerSession - Requests);

    public bool IsAnswered => Table.Plan.ResponsesPerRequest > 0 && Awaited <= 0;

    public void Begin(SessionKey key, in ReturnPath path, bool isCounted)
    {
        var loop = Table.Owner.Loop;
        Key = key;
        Path = path;
        IsCounted = isCounted;
        IsBound = true;
        StartedAt = loop.TurnTimestamp;
        ConfigVersion = Table.ConfigVersion;
        Touch();
    }

    public void CountRequests(int datagrams, long bytes)
    {
        Requests += datagrams;
        RequestBytes += bytes;
        Awaited += (long)datagrams * Table.Plan.ResponsesPerRequest;
        Touch();
    }

    public void CountAnswers(int datagrams)
    {
        Answers += datagrams;
        Awaited -= datagrams;
        Touch();
    }

    /// <summary>There is more to read, and others are to have their turn.</summary>
    public void GoOnLater()
    {
        if (_isToGoOn) return;
        _isToGoOn = true;
        Table.Owner.Loop.Ready(_goOn);
    }

    /// <summary>Everything of this client is forgotten.</summary>
    public void Reset()
    {
        Table.Owner.Loop.RemoveTimer(this);
        Index = -1;
        Endpoint = LastEndpoint = null;
        Cluster = "";
        Key = default;
        Path = default;
        IsCounted = IsBound = false;
        Tried = default;
        Attempts = 0;
        Refusal = Refusal.None;
        Requests = RequestBytes = Answers = AnswerBytes = Awaited = 0;
    }

    public void OnReadable()
    {
        try
        {
            Table.Owner.Mark(TurnSteps.Tunnel);
            DatagramPipeline.FromEndpoint(this);
        }
        catch (Exception fault)
        {
            Table.Fault(fault);
        }
    }

    protected override void OnTimer() => Table.End(this, SessionEnd.Idle);

    private void Touch()
    {
        LastAt = Table.Owner.Loop.Now;
        Table.Owner.Loop.SetTimer(this, LastAt + Table.Plan.IdleTimeout);
    }

    // It may serve another client by now: that one has something to read, or nothing.
    private void GoOn()
    {
        _isToGoOn = false;
        OnReadable();
    }
}
