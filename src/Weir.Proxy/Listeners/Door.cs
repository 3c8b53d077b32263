using Weir.Http;
using Weir.Proxy.Model;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Listeners;

/// <summary>
/// One loop's side of a listener: accepts, admits, and keeps the connections it let in. Survives reloads that keep the address.
/// LoopState.
/// </summary>
internal sealed class Door : IDoor, IAcceptTarget
{
    // Connections over a limit that are told so, at a time; the rest are reset.
    private const int MaxTurnedAway = 64;

    private readonly Stack<ClientConnection> _spare = new();
    private readonly List<ClientConnection> _open = [];
    private readonly Admission _admission;
    private readonly Acceptor _acceptor;
    private int _turnedAway;
    private bool _holdsSnapshot;

    public Door(ProxyLoop owner, string name, ListeningSocket socket, Admission admission)
    {
        Owner = owner;
        Snapshot = owner.Snapshot;
        Listener = Snapshot.Listeners[name];
        _admission = admission;
        _acceptor = new Acceptor(owner.Loop, socket, this);
    }

    public ProxyLoop Owner { get; }

    /// <summary>The newest version that has this listener: what the next exchange runs on.</summary>
    public Snapshot Snapshot { get; private set; }

    /// <summary>The listener in <see cref="Snapshot"/>.</summary>
    public Listener Listener { get; private set; }

    public long Accepted => _acceptor.Accepted;

    public long Pauses => _acceptor.Pauses;

    public int Open => _open.Count;

    /// <summary>It accepts no more: its connections end with the exchange that they are in.</summary>
    public bool IsStopped { get; private set; }

    public void Start() => _acceptor.Start();

    /// <summary>A version was published in which the listener of this address has this name: the next exchange runs on it.</summary>
    public void Publish(Snapshot snapshot, string name)
    {
        Snapshot = snapshot;
        Listener = snapshot.Listeners[name];
    }

    /// <summary>Stops accepting; with <paramref name="drain"/> after the kernel's queue is empty.</summary>
    public void Stop(bool drain)
    {
        if (drain) _acceptor.DrainQueue();
        _acceptor.Stop();
        IsStopped = true;
        // The versions to come do not have this listener: its last connections are served by the one that does, which must stay so long.
        _holdsSnapshot = _open.Count > 0;
        if (_holdsSnapshot) Snapshot.Use.Enter(Owner.Index);
        foreach (var connection in _open) connection.CloseSoon();
    }

    /// <summary>Connections have sockets of their own.</summary>
    public void BeforeClose()
    {
    }

    public void CloseIdle()
    {
        // Backwards: a connection that ends at once takes itself out of the list.
        for (var i = _open.Count - 1; i >= 0; i--)
            if (i < _open.Count) _open[i].CloseIfIdle();
    }

    /// <summary>Ends the exchanges that are running; those that can still be answered are told why.</summary>
    public void CutOff()
    {
        for (var i = _open.Count - 1; i >= 0; i--)
            if (i < _open.Count) _open[i].CutOff();
    }

    /// <summary>Exchanges that are running keep their endpoints.</summary>
    public void Forget()
    {
    }

    public void OnAccepted(Transport transport)
    {
        Owner.Mark(TurnSteps.Accept);
        var refusal = _admission.Enter(Listener, transport.Peer, out var counted);
        if (refusal != Refusal.None && _turnedAway >= MaxTurnedAway)
        {
            Owner.Refusals[(int)refusal]++;
            transport.Abort();
            return;
        }

        if (refusal != Refusal.None) _turnedAway++;
        var connection = _spare.TryPop(out var spare) ? spare : new ClientConnection(this);
        connection.Index = _open.Count;
        _open.Add(connection);
        connection.Peer = transport.Peer;
        connection.IsCounted = counted;
        connection.TurnedAway = refusal;
        _ = connection.ServeAsync(transport);
    }

    /// <summary>A proxy said whom the connection is from: that address is counted in place of the proxy's. False: it is over a limit, and too many are told so already.</summary>
    public bool Recount(ClientConnection connection, PeerAddress peer)
    {
        if (connection.TurnedAway != Refusal.None) return true;
        _admission.Leave(connection.Peer, connection.IsCounted);
        connection.TurnedAway = _admission.Enter(Listener, peer, out var counted);
        connection.Peer = peer;
        connection.IsCounted = counted;
        if (connection.TurnedAway == Refusal.None) return true;
        return ++_turnedAway <= MaxTurnedAway;
    }

    public void Closed(ClientConnection connection)
    {
        if (connection.TurnedAway == Refusal.None) _admission.Leave(connection.Peer, connection.IsCounted);
        else _turnedAway--;
        var last = _open[^1];
        _open[connection.Index] = last;
        last.Index = connection.Index;
        _open.RemoveAt(_open.Count - 1);
        _spare.Push(connection);
        if (_open.Count > 0 || !_holdsSnapshot) return;
        _holdsSnapshot = false;
        Snapshot.Use.Leave(Owner.Index);
    }
}
