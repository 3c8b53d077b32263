using Weir.Http;
using Weir.Proxy.Layer4;
using Weir.Proxy.Model;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Listeners;

/// <summary>
/// One loop's side of a udp listener: takes datagrams from the kernel, several with a call, and keeps their sessions. Survives reloads
/// that keep the address. LoopState.
/// </summary>
internal sealed class DatagramDoor : IDoor, IDatagramTarget, ISessionGate
{
    // Datagrams in a turn; the rest in the next pass, when others had theirs.
    private const int TurnDatagrams = 256;

    // The first call of a turn asks for so many, as many as a buffer holds; when they all come, the next asks for more.
    private const int FewDatagrams = 4;

    // Of a session, in milliseconds: when Weir stops, one that is silent for so long is taken for done.
    private const int Silence = 1000;

    private readonly Admission _admission;
    private readonly ListeningSocket _bound;
    private readonly DatagramSocket _socket;
    private readonly DatagramBatch _batch;
    private readonly SessionTable _table;
    private readonly Action _goOn;
    private Listener _listener;
    private bool _isStopped;

    public DatagramDoor(ProxyLoop owner, string name, ListeningSocket socket, Admission admission)
    {
        Owner = owner;
        _bound = socket;
        _admission = admission;
        _socket = new DatagramSocket(owner.Loop, this);
        _batch = new DatagramBatch(owner.Loop.Buffers);
        _table = new SessionTable(owner, this, _socket);
        _goOn = OnReadable;
        _listener = owner.Snapshot.Listeners[name];
        _table.Publish(_listener, owner.Snapshot.Version);
    }

    public ProxyLoop Owner { get; }

    public DatagramCounters Counters => _table.Counters;

    public long Accepted => _table.Counters.Sessions;

    /// <summary>It is never held back.</summary>
    public long Pauses => 0;

    public void Start()
    {
        if (!_socket.IsOpen && !_socket.TryListen(_bound)) Owner.ReportFault(new InvalidOperationException("The kernel has no room to watch a socket."), _listener.Name);
    }

    public void Publish(Snapshot snapshot, string name)
    {
        _listener = snapshot.Listeners[name];
        _table.Publish(_listener, snapshot.Version);
    }

    /// <summary>Begins no session. Those there are go on, unless it is at once.</summary>
    public void Stop(bool drain)
    {
        _isStopped = true;
        if (!drain) Close(SessionEnd.Stopped);
    }

    /// <summary>Without the socket there is no way back to clients.</summary>
    public void BeforeClose() => Close(SessionEnd.ListenerRemoved);

    public void CloseIdle() => _table.EndSilent(Silence, SessionEnd.Stopped);

    public void CutOff()
    {
        Owner.Refusals[(int)Refusal.ShuttingDown] += _table.Count;
        _table.EndSilent(0, SessionEnd.Stopped);
    }

    public void Forget() => _table.EndRemoved();

    public void OnReadable()
    {
        try
        {
            Owner.Mark(TurnSteps.Tunnel);
            if (!Receive()) Owner.Loop.Ready(_goOn);
        }
        catch (Exception fault)
        {
            _table.Fault(fault);
        }
        finally
        {
            _batch.Release();
        }
    }

    public Refusal Enter(PeerAddress client, out bool counted)
    {
        counted = false;
        if (_isStopped) return Refusal.ShuttingDown;
        return _admission.Enter(_listener, client, out counted) switch
        {
            Refusal.None => Refusal.None,
            Refusal.TooManyConnectionsFromAddress => Refusal.TooManySessionsFromAddress,
            _ => Refusal.TooManySessions,
        };
    }

    public void Leave(PeerAddress client, bool counted) => _admission.Leave(client, counted);

    // False: the turn is over, and there may be more.
    private bool Receive()
    {
        var most = FewDatagrams;
        for (var turn = 0; turn < TurnDatagrams && !Owner.Loop.IsTurnOver;)
        {
            var received = _socket.TryReceive(_batch, most);
            if (received <= 0) return true;
            DatagramPipeline.FromClients(_table, _batch);
            _batch.Clear();
            if (!_socket.MayBeReadable) return true;
            turn += received;
            most = Math.Min(most * 2, DatagramBatch.Capacity);
        }

        return false;
    }

    private void Close(SessionEnd end)
    {
        _table.Replies.Flush();
        _table.EndSilent(0, end);
        _socket.Close();
    }
}
