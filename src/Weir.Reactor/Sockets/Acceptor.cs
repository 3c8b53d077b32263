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
/// starves who is connected already. When accepting fails for a reason that lasts (no descriptor, no memory, a broken socket) it pauses
/// instead of spinning. The last descriptors are not for it: connections to origins need some, and the runtime itself ends the process
/// when it gets none. LoopState.
/// </summary>
public sealed unsafe class Acceptor : TimerNode, IEventSource
{
    private const int PerPass = 32;

    // Passes with a connection each, after which a queue is taken for growing.
    private const int PassesOfOne = 4;

    private const int PauseMilliseconds = 100;

    private readonly Loop _loop;
    private readonly ListeningSocket _socket;
    private readonly IAcceptTarget _target;
    private readonly int _fd;
    private bool _registered;
    private bool _isPaused;
    private long _lastPass;
    private int _streak;

    public Acceptor(Loop loop, ListeningSocket socket, IAcceptTarget target)
    {
        (_loop, _socket, _target) = (loop, socket, target);
        _fd = socket.FdFor(loop.Index);
    }

    /// <summary>Connections accepted.</summary>
    public long Accepted { get; private set; }

    /// <summary>The first descriptor that it leaves to others, as of its last start.</summary>
    internal int Ceiling { get; set; }

    /// <summary>Pauses, mostly for lack of descriptors or memory.</summary>
    public long Pauses { get; private set; }

    /// <summary>On the loop.</summary>
    public void Start()
    {
        if (_registered) return;
        _isPaused = false;
        _loop.RemoveTimer(this);
        Ceiling = ProcessLimits.DescriptorCeiling;
        if (!HasRoom())
        {
            PauseAndRetry();
            return;
        }

        // Exclusive: one connection wakes one loop, not all of them.
        _registered = _loop.Register(_fd, Constants.EpollIn | (_socket.IsGroup ? 0 : Constants.EpollExclusive), this) == 0;
        if (!_registered) PauseAndRetry();
    }

    /// <summary>On the loop. The socket stays open and keeps queueing.</summary>
    public void Stop()
    {
        _isPaused = false;
        _loop.RemoveTimer(this);
        Unregister();
    }

    /// <summary>
    /// Accepts until the queue is empty or nothing more can be accepted: the last step before the socket is closed, after
    /// <see cref="Stop"/>. On the loop.
    /// </summary>
    public void DrainQueue()
    {
        while (AcceptOne())
        {
        }
    }

    void IEventSource.OnEvent(uint flags)
    {
        // Mostly there is one connection, and the call that finds no second would be for nothing: what is left is reported again. When
        // that goes on from pass to pass, more and more are taken at once.
        var pass = _loop.Counters.Passes;
        _streak = pass == _lastPass + 1 ? _streak + 1 : 0;
        _lastPass = pass;
        var most = Math.Min(PerPass, 1 << Math.Min(_streak / PassesOfOne, 5));
        // The target may stop this acceptor: at its limit, or for good.
        for (var i = 0; i < most && _registered; i++)
        {
            if (AcceptOne()) continue;
            _streak = 0;
            if (_isPaused && _registered) PauseAndRetry();
            return;
        }
    }

    protected internal override void OnTimer() => Start();

    private void Unregister()
    {
        if (!_registered) return;
        _registered = false;
        _loop.Unregister(_fd, staysOpen: true);
    }

    // What number the next descriptor would have.
    private bool HasRoom()
    {
        var next = Libc.fcntl(_fd, Constants.FcntlDuplicateCloexec, 0);
        if (next >= 0) Libc.close(next);
        return next >= 0 && next < Ceiling;
    }

    private void PauseAndRetry()
    {
        Pauses++;
        Unregister();
        _loop.SetTimer(this, _loop.Now + PauseMilliseconds);
    }

    // True when it is worth to try again now; else the queue is empty, or a pause is due.
    private bool AcceptOne()
    {
        const int room = 128;
        var address = stackalloc byte[room];
        var length = room;
        var fd = Libc.accept4(_fd, address, &length, Constants.SocketNonblock | Constants.SocketCloexec);
        if (fd >= 0)
        {
            Accepted++;
            var peer = PeerAddress.FromKernel(new ReadOnlySpan<byte>(address, Math.Min(length, room)));
            if (_loop.Transports.TryAdopt(fd, peer, SocketStage.Accepted, out _) is { } transport)
            {
                _target.OnAccepted(transport);
                // The kernel gives the lowest free number, so a high one says how many are in use.
                if (fd < Ceiling) return true;
            }

            _isPaused = true;
            return false;
        }

        switch (Marshal.GetLastPInvokeError())
        {
            case Constants.ErrnoAgain:
                return false;
            case Constants.ErrnoInterrupted or Constants.ErrnoConnectionAborted or Constants.ErrnoProtocol:
                // The connection died in the queue, or the call was interrupted: the next one may be fine.
                return true;
            default:
                // Out of descriptors or memory, or a socket that is none any more. All last, and all would be reported again at once.
                _isPaused = true;
                return false;
        }
    }
}
