using System.Diagnostics;
using System.Runtime.InteropServices;
using Weir.Reactor.Buffers;
using Weir.Reactor.Native;
using Weir.Reactor.Tls;
using Weir.Reactor.Waiting;

namespace Weir.Reactor.Sockets;

/// <summary>Hears of events on a connection that nobody reads at the moment: a client that left, bytes on an idle connection.</summary>
public interface ITransportObserver
{
    /// <summary>Called from the loop's frame, so it only marks, cancels or closes; it must not run the exchange on.</summary>
    void OnUnreadEvent(Transport transport);
}

/// <summary>Where a descriptor comes from.</summary>
internal enum SocketStage : byte { Connecting, Accepted, Connected }

/// <summary>
/// One stream socket on a loop, edge-triggered. Try to receive or send first; when that would block, await <see cref="Readable"/>
/// or <see cref="Writable"/> and try again. Pooled by its loop: nothing of it may be used after <see cref="Close"/>, except that a
/// method that waits at that moment goes on with Cancelled before the object serves another connection. Loop-confined.
/// </summary>
public sealed unsafe partial class Transport : IEventSource
{
    /// <summary>Nothing to read or no room to write now.</summary>
    public const int WouldBlock = -1;

    /// <summary>The connection failed; <see cref="Errno"/> says how.</summary>
    public const int Failed = -2;

    private const uint ReadInterest = Constants.EpollIn | Constants.EpollReadHangup | Constants.EpollUrgent | Constants.EpollEdge;

    private const uint ReadEvents =
        Constants.EpollIn | Constants.EpollReadHangup | Constants.EpollUrgent | Constants.EpollHangup | Constants.EpollError;

    private readonly Waiter _read;
    private readonly Waiter _write;
    private Action? _leave;
    private TlsSession? _tls;
    private bool _readNeedsWrite;
    private bool _shortReadMayHaveMore;
    private bool _watchesRoom;

    internal Transport(Loop loop)
    {
        Loop = loop;
        _read = new Waiter(loop);
        _write = new Waiter(loop);
    }

    public Loop Loop { get; }

    public int Fd { get; private set; } = -1;

    /// <summary>The other end, of an accepted connection.</summary>
    public PeerAddress Peer { get; internal set; }

    /// <summary>Counts the uses of this object, so that a stale reference can be told.</summary>
    public uint Generation { get; private set; }

    /// <summary>The errno of the last failed call.</summary>
    public int Errno { get; private set; }

    /// <summary>The peer will send no more (its FIN has come), though bytes may still be unread.</summary>
    public bool PeerFinished { get; private set; }

    /// <summary>Both directions are shut, or the connection was reset or failed otherwise.</summary>
    public bool HungUp { get; private set; }

    /// <summary>Hears of events while nobody waits to read.</summary>
    public ITransportObserver? Observer { get; set; }

    public bool IsOpen => Fd >= 0;

    /// <summary>As far as is known there is something to read: bytes, the end, or an error. Under TLS it may be only what TLS says for itself: see <see cref="IsSilent"/>.</summary>
    public bool MayBeReadable => _read.IsSignalled && _tls is not { IsDry: true };

    /// <summary>Waits until a receive may make progress. Deadline in milliseconds of the loop's clock.</summary>
    public WaitAwaitable Readable(long deadline) => _read.Wait(deadline);

    /// <summary>Waits until a send may make progress; for a connect, until it is decided.</summary>
    public WaitAwaitable Writable(long deadline) => _write.Wait(deadline);

    /// <summary>Receives at the end of a lease. Bytes received, 0 at the end of the stream, <see cref="WouldBlock"/> or <see cref="Failed"/>.</summary>
    public int TryReceive(ref Lease lease)
    {
        var received = TryReceive(lease.Pointer + lease.End, lease.Room);
        if (received > 0) lease.End += received;
        return received;
    }

    /// <summary>As <see cref="TryReceive(ref Lease)"/>, anywhere.</summary>
    public int TryReceive(byte* buffer, int length)
    {
        Debug.Assert(length > 0 && Loop.Current == Loop);
        if (!_read.IsSignalled) return WouldBlock;
        if (_tls is not null) return Result(_tls.Receive(buffer, length));
        var received = ReceiveRaw(buffer, length, out var isDrained);
        if (isDrained) _read.Clear();
        return received == Failed ? ReceiveFailed() : received;
    }

    /// <summary>Looks at bytes without taking them. As <see cref="TryReceive(byte*, int)"/>; the same bytes do not make it readable again, more do.</summary>
    public int TryPeek(byte* buffer, int length)
    {
        if (!_read.IsSignalled) return WouldBlock;
        var received = ReceiveRaw(buffer, length, out _, Constants.MessagePeek);
        if (received == WouldBlock) _read.Clear();
        return received == Failed ? ReceiveFailed() : received;
    }

    /// <summary>A proxy that is believed said whom the connection is from.</summary>
    public void ComesFrom(PeerAddress peer) => Peer = peer;

    /// <summary>This end's address, asked of the kernel. As <see cref="PeerAddress"/>: of a unix socket it is loopback, port 0.</summary>
    public PeerAddress LocalAddress()
    {
        var raw = stackalloc byte[28];
        var length = 28;
        return Libc.getsockname(Fd, raw, &length) < 0 ? PeerAddress.Loopback : PeerAddress.FromKernel(new ReadOnlySpan<byte>(raw, Math.Min(length, 28)));
    }

    /// <summary>Looks whether an idle connection has anything to say, without taking it. True when it is silent and open.</summary>
    public bool IsSilent()
    {
        if (_tls is not null) return _tls.IsSilent();
        byte one;
        if (Libc.recv(Fd, &one, 1, Constants.MessagePeek | Constants.MessageDontWait) >= 0) return false;
        return Marshal.GetLastPInvokeError() == Constants.ErrnoAgain;
    }

    /// <summary>Sends what the kernel takes. Bytes sent (fewer than asked: await <see cref="Writable"/>), <see cref="WouldBlock"/> or <see cref="Failed"/>.</summary>
    public int TrySend(byte* buffer, int length)
    {
        Debug.Assert(Loop.Current == Loop);
        return _tls is null ? SendRaw(buffer, length) : Sent(_tls.Send([new(buffer, length)]));
    }

    /// <summary>Sends up to three pieces with one call, as the single one.</summary>
    public int TrySend(byte* first, int firstLength, byte* second, int secondLength, byte* third = null, int thirdLength = 0)
    {
        if (thirdLength == 0 && secondLength == 0) return TrySend(first, firstLength);
        if (thirdLength == 0 && firstLength == 0) return TrySend(second, secondLength);
        if (_tls is not null) return Sent(_tls.Send([new(first, firstLength), new(second, secondLength), new(third, thirdLength)]));
        var vectors = stackalloc IoVector[3];
        vectors[0] = new IoVector { Base = first, Length = firstLength };
        vectors[1] = new IoVector { Base = second, Length = secondLength };
        vectors[2] = new IoVector { Base = third, Length = thirdLength };
        var message = new MessageHeader { Vectors = vectors, VectorCount = 3 };
        while (true)
        {
            var sent = (int)Libc.sendmsg(Fd, &message, Constants.MessageNoSignal);
            if (sent == firstLength + secondLength + thirdLength) return sent;
            if (sent >= 0)
            {
                WaitForRoom();
                return sent;
            }

            if (SendFailed()) return Errno == Constants.ErrnoAgain ? WouldBlock : Failed;
        }
    }

    /// <summary>Moves bytes from this socket into a pipe. As <see cref="TryReceive(byte*, int)"/>.</summary>
    public int TrySpliceTo(Pipe pipe, int length)
    {
        if (!_read.IsSignalled) return WouldBlock;
        // The kernel counts a pipe by pieces, not by bytes: what it holds is bounded here.
        length = Math.Min(length, pipe.Capacity - pipe.Filled);
        if (length <= 0) return WouldBlock;
        while (true)
        {
            var moved = (int)Libc.splice(Fd, null, pipe.WriteFd, null, length, Constants.SpliceMove | Constants.SpliceNonblock);
            if (moved > 0)
            {
                pipe.Filled += moved;
                return moved;
            }

            if (moved == 0) return 0;
            Errno = Marshal.GetLastPInvokeError();
            if (Errno == Constants.ErrnoInterrupted) continue;
            if (Errno != Constants.ErrnoAgain) return ReceiveFailed();
            // A full pipe says EAGAIN too: only an empty one proves that the socket is drained.
            if (pipe.Filled == 0) _read.Clear();
            return WouldBlock;
        }
    }

    /// <summary>Moves bytes from a pipe to this socket. As <see cref="TrySend(byte*, int)"/>.</summary>
    public int TrySpliceFrom(Pipe pipe, int length, bool more)
    {
        // Asked for more than is there, a short move would look like a full socket.
        length = Math.Min(length, pipe.Filled);
        if (length == 0) return 0;
        while (true)
        {
            var flags = Constants.SpliceMove | Constants.SpliceNonblock | (more ? Constants.SpliceMore : 0);
            var moved = (int)Libc.splice(pipe.ReadFd, null, Fd, null, length, flags);
            if (moved >= 0)
            {
                pipe.Filled -= moved;
                if (moved < length) WaitForRoom();
                return moved;
            }

            if (SendFailed()) return Errno == Constants.ErrnoAgain ? WouldBlock : Failed;
        }
    }

    /// <summary>For a layer that reads the descriptor itself: there is nothing to read until the next event.</summary>
    public void Drained() => _read.Clear();

    /// <summary>As <see cref="Drained"/>: the kernel takes no more until the next event.</summary>
    public void Full() => WaitForRoom();

    /// <summary>The kernel takes no more for now.</summary>
    public bool IsFull => !_write.IsSignalled;

    /// <summary>Ends all present and later waits with Cancelled.</summary>
    public void CancelWaits()
    {
        _read.Cancel();
        _write.Cancel();
    }

    /// <summary>Ends the present wait to read, if any, with Cancelled: another method of this connection takes over.</summary>
    public void InterruptReading() => _read.Interrupt();

    /// <summary>Sends FIN: no more will be written.</summary>
    public void FinishSending()
    {
        _tls?.Shutdown();
        Libc.shutdown(Fd, Constants.ShutdownWrite);
    }

    /// <summary>Closes in good order and gives this object back to its loop. Who waits on it goes on with Cancelled, by the ready list.</summary>
    public void Close()
    {
        if (Fd < 0) return;
        _tls?.Shutdown();
        Libc.close(Release(staysOpen: false));
    }

    /// <summary>Closes with RST: the peer is told that what it got is not all.</summary>
    public void Abort()
    {
        if (Fd < 0) return;
        var linger = stackalloc int[2] { 1, 0 };
        Libc.setsockopt(Fd, Constants.LevelSocket, Constants.OptionLinger, linger, 8);
        Libc.close(Release(staysOpen: false));
    }

    /// <summary>Takes the socket off this loop, to be adopted by another; none when it is closed, and when TLS has something to say that the kernel does not take: it is closed then.</summary>
    public MovedSocket Detach()
    {
        if (Fd < 0) return MovedSocket.None;
        if (_tls is { HasUnsent: true })
        {
            Abort();
            return MovedSocket.None;
        }

        var tls = _tls;
        _tls = null;
        return new MovedSocket(Release(staysOpen: true)) { Tls = tls };
    }

    /// <summary>After a connect was decided: 0, or the errno.</summary>
    public int TakeConnectError()
    {
        int error, length = sizeof(int);
        return Libc.getsockopt(Fd, Constants.LevelSocket, Constants.OptionError, &error, &length) < 0 ? Marshal.GetLastPInvokeError() : error;
    }

    void IEventSource.OnEvent(uint flags)
    {
        var generation = Generation;
        if ((flags & Constants.EpollReadHangup) != 0) PeerFinished = true;
        if ((flags & (Constants.EpollHangup | Constants.EpollError)) != 0) HungUp = true;
        // After FIN or an error was reported no further edge comes, and urgent data ends a read before what lies behind it: then only
        // 0, an error or an empty socket ends reading.
        if ((flags & ReadEvents & ~Constants.EpollIn) != 0) _shortReadMayHaveMore = true;
        if ((flags & ReadEvents) != 0)
        {
            _tls?.Wake();
            var unread = !_read.IsWaiting;
            _read.SignalInline();
            if (unread) Observer?.OnUnreadEvent(this);
        }

        // The reader may have closed this connection, and the object may serve another by now.
        if (generation != Generation) return;
        if (_readNeedsWrite && (flags & Constants.EpollOut) != 0)
        {
            _readNeedsWrite = false;
            _read.SignalInline();
            if (generation != Generation) return;
        }

        if ((flags & (Constants.EpollOut | Constants.EpollHangup | Constants.EpollError)) != 0) _write.SignalInline();
    }

    /// <summary>0, or the errno of the registration: then the descriptor is still the caller's.</summary>
    internal int Adopt(int fd, SocketStage stage)
    {
        Debug.Assert(Fd < 0);
        // Room to write is there at first and nearly always, and its report would be one more event: it is watched once it was missing.
        _watchesRoom = stage == SocketStage.Connecting;
        var errno = Loop.Register(fd, _watchesRoom ? ReadInterest | Constants.EpollOut : ReadInterest, this);
        if (errno != 0) return errno;
        Fd = fd;
        Errno = 0;
        PeerFinished = HungUp = _shortReadMayHaveMore = false;
        _read.Reset();
        _write.Reset();
        if (stage != SocketStage.Connecting) _write.SetSignal();
        // Of what was just accepted epoll says whether there are bytes; mostly there are none yet, and to try would be for nothing.
        if (stage == SocketStage.Connected) _read.SetSignal();
        return 0;
    }

    // Bytes of the socket itself, 0 at its end, WouldBlock or Failed; and whether there are no more before the next event.
    internal int ReceiveRaw(byte* buffer, int length, out bool isDrained, int flags = 0)
    {
        while (true)
        {
            var received = (int)Libc.recv(Fd, buffer, length, flags);
            isDrained = received > 0 && received < length && !_shortReadMayHaveMore;
            if (received >= 0) return received;
            Errno = Marshal.GetLastPInvokeError();
            if (Errno == Constants.ErrnoInterrupted) continue;
            isDrained = Errno == Constants.ErrnoAgain;
            return isDrained ? WouldBlock : Failed;
        }
    }

    // To the socket itself: what the kernel took, WouldBlock or Failed.
    internal int SendRaw(byte* buffer, int length)
    {
        while (true)
        {
            var sent = (int)Libc.send(Fd, buffer, length, Constants.MessageNoSignal);
            if (sent == length) return sent;
            if (sent >= 0)
            {
                WaitForRoom();
                return sent;
            }

            if (SendFailed()) return Errno == Constants.ErrnoAgain ? WouldBlock : Failed;
        }
    }

    // The call may hear of it before the event does.
    private int ReceiveFailed()
    {
        HungUp = true;
        return Failed;
    }

    private void WaitForRoom()
    {
        _write.Clear();
        if (_watchesRoom) return;
        _watchesRoom = true;
        Loop.Modify(Fd, ReadInterest | Constants.EpollOut);
    }

    // False when the call was interrupted and is to be made again.
    private bool SendFailed()
    {
        Errno = Marshal.GetLastPInvokeError();
        if (Errno == Constants.ErrnoInterrupted) return false;
        if (Errno == Constants.ErrnoAgain) WaitForRoom();
        return true;
    }

    private int Release(bool staysOpen)
    {
        var fd = Fd;
        Loop.Unregister(fd, staysOpen);
        Fd = -1;
        Generation++;
        Observer = null;
        _tls?.Free();
        _tls = null;
        _readNeedsWrite = false;
        _read.Retire();
        _write.Retire();
        // Who waited goes on by the ready list. The next connection must not meet it: the object follows on the same list.
        var isOccupied = _read.IsOccupied | _write.IsOccupied;
        Loop.Transports.Closed();
        if (isOccupied) Loop.Ready(_leave ??= () => Loop.Transports.Return(this));
        else Loop.Transports.Return(this);
        return fd;
    }
}
