using Weir.Http;
using Weir.Proxy.Model;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Layer4;

/// <summary>
/// The sessions of a listener on one loop: the kernel gives all datagrams of a client to the same loop. Its size is bounded by the
/// listener's limit of sessions. LoopState.
/// </summary>
internal sealed class SessionTable
{
    private const int MaxSpare = 4096;

    // Sessions that are looked at in a turn, when all are.
    private const int PerTurn = 1024;

    private readonly Dictionary<SessionKey, Session> _byKey = [];
    private readonly List<Session> _all = [];
    private readonly Stack<Session> _spare = new();
    private readonly Action _lookFurther;
    private int _toLookAt;

    public SessionTable(ProxyLoop owner, ISessionGate gate, DatagramSocket listener)
    {
        (Owner, Gate) = (owner, gate);
        Replies = new Replies(this, listener);
        _lookFurther = LookFurther;
    }

    public ProxyLoop Owner { get; }

    public ISessionGate Gate { get; }

    public Replies Replies { get; }

    public DatagramCounters Counters { get; } = new();

    public string Listener { get; private set; } = "";

    /// <summary>In force for all that happens from here on.</summary>
    public DatagramPlan Plan { get; private set; } = null!;

    public long ConfigVersion { get; private set; }

    public int Count => _all.Count;

    public static SessionKey KeyOf(DatagramBatch batch, int at) => new(batch.Sender(at), batch.Own(at));

    /// <summary>How many datagrams from here on came the same way.</summary>
    public static int RunOf(DatagramBatch batch, int at)
    {
        var end = at + 1;
        while (end < batch.Count && batch.IsSamePath(at, end)) end++;
        return end - at;
    }

    public void Publish(Listener listener, long version)
    {
        Listener = listener.Name;
        Plan = listener.Datagrams!;
        ConfigVersion = version;
    }

    public void CountReceived(DatagramBatch batch)
    {
        Counters.Received += batch.Count + batch.Truncated;
        Counters.ReceivedBytes += batch.Bytes(0, batch.Count);
        if (batch.Truncated > 0) Drop(Refusal.DatagramTooLarge, batch.Truncated);
    }

    public Session? Find(DatagramBatch batch, int at) => _byKey.GetValueOrDefault(KeyOf(batch, at));

    public Session Add(SessionKey key, in ReturnPath path, bool isCounted)
    {
        var session = _spare.TryPop(out var spare) ? spare : new Session(this);
        session.Begin(key, in path, isCounted);
        session.Index = _all.Count;
        _all.Add(session);
        _byKey.Add(key, session);
        return session;
    }

    /// <summary>The client's next datagram is not this session's any more; its answers still are.</summary>
    public void Unbind(Session session)
    {
        if (!session.IsBound) return;
        session.IsBound = false;
        _byKey.Remove(session.Key);
    }

    /// <summary>A session is over: once, with its line in the log.</summary>
    public void End(Session session, SessionEnd end)
    {
        if (session.Refusal != Refusal.None) Owner.Refusals[(int)session.Refusal]++;
        if (Owner.LogsExchanges) SessionLog.Write(session, end);
        Remove(session);
    }

    /// <summary>As <see cref="End"/>, of one that was none.</summary>
    public void Remove(Session session)
    {
        SessionEndpoints.Leave(session);
        Unbind(session);
        Gate.Leave(session.Key.Client, session.IsCounted);
        var last = _all[^1];
        _all[session.Index] = last;
        last.Index = session.Index;
        _all.RemoveAt(_all.Count - 1);
        session.Reset();
        if (_spare.Count < MaxSpare) _spare.Push(session);
    }

    public void Drop(Refusal reason, int datagrams)
    {
        Counters.Dropped += datagrams;
        Owner.Refusals[(int)reason] += datagrams;
    }

    /// <summary>Ends those whose endpoint is in no configuration any more, a part in each turn.</summary>
    public void EndRemoved()
    {
        _toLookAt = _all.Count;
        LookFurther();
    }

    /// <summary>Ends those that nothing passed in the last so many milliseconds.</summary>
    public void EndSilent(int milliseconds, SessionEnd end)
    {
        for (var i = _all.Count - 1; i >= 0; i--)
            if (Owner.Loop.Now - _all[i].LastAt >= milliseconds) End(_all[i], end);
    }

    public void Fault(Exception fault) => Owner.ReportFault(fault, Listener);

    // Backwards: the last takes the place of one that ends, and was looked at.
    private void LookFurther()
    {
        _toLookAt = Math.Min(_toLookAt, _all.Count);
        for (var most = PerTurn; _toLookAt > 0 && most > 0; most--)
            if (_all[--_toLookAt] is { Endpoint.Removed: true } session) End(session, SessionEnd.EndpointRemoved);
        if (_toLookAt > 0) Owner.Loop.Ready(_lookFurther);
    }
}
