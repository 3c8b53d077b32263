using Weir.Proxy.Model;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Listeners;

/// <summary>
/// One loop's side of a listener: accepts, admits, and keeps the connections it let in. Survives reloads that keep the address.
/// LoopState.
/// </summary>
internal sealed class Door : IAcceptTarget
{
    private readonly Stack<Http1Connection> _spare = new();
    private readonly List<Http1Connection> _open = [];
    private readonly Admission _admission;
    private readonly Acceptor _acceptor;
    private readonly string _name;

    public Door(ProxyLoop owner, Listener listener, ListeningSocket socket, Admission admission)
    {
        Owner = owner;
        Listener = listener;
        _name = listener.Name;
        _admission = admission;
        _acceptor = new Acceptor(owner.Loop, socket, this);
    }

    public ProxyLoop Owner { get; }

    /// <summary>The listener in the newest snapshot that this door has seen.</summary>
    public Listener Listener { get; private set; }

    public long Accepted => _acceptor.Accepted;

    public long Pauses => _acceptor.Pauses;

    public int Open => _open.Count;

    /// <summary>It accepts no more: its connections end with the exchange that they are in.</summary>
    public bool IsStopped { get; private set; }

    public void Start() => _acceptor.Start();

    /// <summary>Stops accepting; with <paramref name="drain"/> after the kernel's queue is empty.</summary>
    public void Stop(bool drain)
    {
        if (drain) _acceptor.DrainQueue();
        _acceptor.Stop();
        IsStopped = true;
        foreach (var connection in _open) connection.CloseSoon();
    }

    public void CloseIdle()
    {
        // Backwards: a connection that ends at once takes itself out of the list.
        for (var i = _open.Count - 1; i >= 0; i--)
            if (i < _open.Count) _open[i].CloseIfIdle();
    }

    /// <summary>An exchange begins on this snapshot.</summary>
    public void Refresh(Snapshot snapshot)
    {
        if (snapshot.Listeners.TryGetValue(_name, out var listener)) Listener = listener;
    }

    public void OnAccepted(Transport transport)
    {
        Refresh(Owner.Snapshot);
        var refusal = _admission.Enter(Listener, transport.Peer, out var counted);
        if (refusal != Http.Refusal.None)
        {
            Owner.Refusals[(int)refusal]++;
            transport.Abort();
            return;
        }

        var connection = _spare.TryPop(out var spare) ? spare : new Http1Connection(this);
        connection.Index = _open.Count;
        _open.Add(connection);
        connection.Peer = transport.Peer;
        connection.IsCounted = counted;
        _ = connection.ServeAsync(transport);
    }

    public void Closed(Http1Connection connection)
    {
        _admission.Leave(connection.Peer, connection.IsCounted);
        var last = _open[^1];
        _open[connection.Index] = last;
        last.Index = connection.Index;
        _open.RemoveAt(_open.Count - 1);
        _spare.Push(connection);
    }
}
