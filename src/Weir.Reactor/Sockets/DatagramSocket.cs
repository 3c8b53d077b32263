using System.Diagnostics;
using System.Runtime.InteropServices;
using Weir.Reactor.Native;

namespace Weir.Reactor.Sockets;

/// <summary>Hears that a <see cref="DatagramSocket"/> has something to read, or an error to tell.</summary>
public interface IDatagramTarget
{
    /// <summary>Called from the loop's frame. Must not throw. Once: what is left must be taken without being told again.</summary>
    void OnReadable();
}

/// <summary>Why no more datagrams were sent.</summary>
public enum SendStop : byte
{
    /// <summary>All were.</summary>
    None,

    /// <summary>The kernel has no room now.</summary>
    Full,

    /// <summary>The next one is larger than can be sent that way.</summary>
    TooLarge,

    /// <summary>The other end is not there, as the network told of an earlier one: none of these was sent for it.</summary>
    Failed,
}

/// <summary>
/// A UDP socket on a loop, edge-triggered: one loop's part of a <see cref="ListeningSocket"/>, or one of its own with another end. The
/// object is used again after <see cref="Close"/>. LoopState.
/// </summary>
public sealed unsafe class DatagramSocket(Loop loop, IDatagramTarget target) : IEventSource
{
    private readonly Loop _loop = loop;
    private bool _isShared;
    private bool _hasError;
    private int _fd = -1;

    public bool IsOpen => _fd >= 0;

    /// <summary>As far as is known there is something to read.</summary>
    public bool MayBeReadable { get; private set; }

    /// <summary>Takes one loop's part of a bound socket; false when the kernel has no room to watch it.</summary>
    public bool TryListen(ListeningSocket socket)
    {
        _isShared = true;
        return TryWatch(socket.FdFor(_loop.Index));
    }

    /// <summary>Opens a socket that hears from one other end alone. False: there is no way to it, or no descriptor or port to spare.</summary>
    /// <param name="address">The other end.</param>
    /// <param name="isExhausted">This process has no more: it says nothing of the other end.</param>
    public bool TryConnect(SocketAddress address, out bool isExhausted)
    {
        Debug.Assert(!IsOpen && Loop.Current == _loop);
        isExhausted = true;
        _isShared = false;
        var fd = Libc.socket(address.Family, Constants.SocketDatagram | Constants.SocketNonblock | Constants.SocketCloexec, 0);
        if (fd < 0) return false;
        // The last descriptors are for others, as with accepted connections.
        if (fd >= _loop.DescriptorCeiling)
        {
            Libc.close(fd);
            return false;
        }

        int result;
        fixed (byte* bytes = address.Bytes) result = Libc.connect(fd, bytes, address.Bytes.Length);
        // EAGAIN: no port is free.
        isExhausted = result == 0 || Marshal.GetLastPInvokeError() is Constants.ErrnoAgain or Constants.ErrnoNoMemory or Constants.ErrnoNoBuffers;
        if (result == 0 && TryWatch(fd)) return true;
        Libc.close(fd);
        return false;
    }

    public void Close()
    {
        if (_fd < 0) return;
        _loop.Unregister(_fd, staysOpen: _isShared);
        if (!_isShared) Libc.close(_fd);
        _fd = -1;
        MayBeReadable = false;
    }

    /// <summary>Receives up to so many at the end of a batch: how many came, <see cref="Transport.WouldBlock"/>, or <see cref="Transport.Failed"/> when the network told that the other end is not there.</summary>
    public int TryReceive(DatagramBatch batch, int most)
    {
        if (!MayBeReadable) return Transport.WouldBlock;
        most = Math.Min(most, batch.Room);
        var received = batch.Receive(_fd, most);
        if (received > 0)
        {
            // Fewer than asked for: there are no more, unless an error cut the call short, which the next one tells.
            if (received < most && !_hasError) MayBeReadable = false;
            return received;
        }

        switch (Marshal.GetLastPInvokeError())
        {
            case Constants.ErrnoAgain:
                MayBeReadable = _hasError = false;
                return Transport.WouldBlock;
            case Constants.ErrnoInterrupted or Constants.ErrnoNoMemory or Constants.ErrnoNoBuffers:
                return Transport.WouldBlock;
            default:
                _hasError = false;
                return Transport.Failed;
        }
    }

    /// <summary>Sends datagrams of a batch to the other end, or of a bound socket where each is addressed to. How many were sent.</summary>
    public int TrySend(DatagramBatch batch, int from, int count, out SendStop stop)
    {
        if (!_isShared) batch.Unaddress(from, count);
        var sent = 0;
        while (sent < count)
        {
            var more = Libc.sendmmsg(_fd, batch.Messages(from + sent), (uint)(count - sent), Constants.MessageDontWait | Constants.MessageNoSignal);
            if (more > 0)
            {
                sent += more;
                continue;
            }

            var errno = Marshal.GetLastPInvokeError();
            if (errno == Constants.ErrnoInterrupted) continue;
            stop = errno switch
            {
                Constants.ErrnoAgain or Constants.ErrnoNoBuffers or Constants.ErrnoNoMemory => SendStop.Full,
                Constants.ErrnoMessageSize => SendStop.TooLarge,
                _ => SendStop.Failed,
            };
            return sent;
        }

        stop = SendStop.None;
        return sent;
    }

    void IEventSource.OnEvent(uint flags)
    {
        _hasError |= (flags & (Constants.EpollError | Constants.EpollHangup)) != 0;
        MayBeReadable = true;
        target.OnReadable();
    }

    private bool TryWatch(int fd)
    {
        _hasError = false;
        MayBeReadable = false;
        if (_loop.Register(fd, Constants.EpollIn | Constants.EpollEdge, this) != 0) return false;
        _fd = fd;
        return true;
    }
}
