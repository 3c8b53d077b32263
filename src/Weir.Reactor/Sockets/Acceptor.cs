using System.Runtime.InteropServices;
using Weir.Reactor.Native;
using Weir.Reactor.Timers;

namespace Weir.Reactor.Sockets;

/// <summary>Takes the connections that an <see cref="Acceptor"/> accepts.</summary>
public interface IAcceptTarget
{
    /// <summary>Called on the loop. Must not throw; a connection that is not wanted is closed here.</summary>
    void OnAccepted(Transport transport);
}

/// <summary>
/// One loop's part in a listening socket. Level-triggered: a few connections per pass, the rest at the next, so that accepting never
/// starves who is connected already. When the process runs out of descriptors it pauses instead of spinning. LoopState.
/// </summary>
public sealed unsafe class Acceptor : TimerNode, IEventSource
{
    private const int PerPass = 32;
    private const int PauseMilliseconds = 100;

    private readonly Loop _loop;
    private readonly ListeningSocket _socket;
    private readonly IAcceptTarget _target;
    private readonly int _fd;
    private bool _registered;

    public Acceptor(Loop loop, ListeningSocket socket, IAcceptTarget target)
    {
        (_loop, _socket, _target) = (loop, socket, target);
        _fd = socket.FdFor(loop.Index);
    }

    /// <summary>Connections accepted.</summary>
    public long Accepted { get; private set; }

    /// <summary>Pauses for lack of descriptors or memory.</summary>
    public long Pauses { get; private set; }

    /// <summary>On the loop.</summary>
    public void Start()
    {
        if (_registered) return;
        _registered = true;
        // Exclusive: one connection wakes one loop, not all of them.
        _loop.Register(_fd, Constants.EpollIn | (_socket.IsGroup ? 0 : Constants.EpollExclusive), this);
    }

    /// <summary>On the loop. The socket stays open and keeps queueing.</summary>
    public void Stop()
    {
        _loop.RemoveTimer(this);
        if (!_registered) return;
        _registered = false;
        _loop.Unregister(_fd, staysOpen: true);
    }

    /// <summary>Accepts until the queue is empty: the last step before the socket is closed. On the loop.</summary>
    public void DrainQueue()
    {
        while (AcceptOne())
        {
        }
    }

    void IEventSource.OnEvent(uint flags)
    {
        for (var i = 0; i < PerPass && AcceptOne(); i++)
        {
        }
    }

    protected internal override void OnTimer() => Start();

    private bool AcceptOne()
    {
        const int room = 128;
        var address = stackalloc byte[room];
        var length = room;
        var fd = Libc.accept4(_fd, address, &length, Constants.SocketNonblock | Constants.SocketCloexec);
        if (fd >= 0)
        {
            Accepted++;
            _target.OnAccepted(_loop.Transports.Adopt(fd, PeerAddress.FromKernel(new ReadOnlySpan<byte>(address, Math.Min(length, room)))));
            return true;
        }

        switch (Marshal.GetLastPInvokeError())
        {
            case Constants.ErrnoAgain:
                return false;
            case Constants.ErrnoTooManyFiles or Constants.ErrnoFileTable or Constants.ErrnoNoBuffers or Constants.ErrnoNoMemory:
                Pauses++;
                Stop();
                _loop.SetTimer(this, _loop.Now + PauseMilliseconds);
                return false;
            case Constants.ErrnoInterrupted or Constants.ErrnoConnectionAborted or Constants.ErrnoProtocol or Constants.ErrnoNotPermitted:
                // The connection died in the queue, or the call was interrupted: the next one may be fine.
                return true;
            default:
                return false;
        }
    }
}
