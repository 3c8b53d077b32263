using System.Runtime.InteropServices;
using Weir.Reactor.Native;
using Weir.Reactor.Tls;

namespace Weir.Reactor.Sockets;

/// <summary>A loop's transports: makes them from descriptors, keeps the unused. LoopState.</summary>
public sealed unsafe class TransportPool
{
    private const int MaxPooled = 4096;

    private readonly Loop _loop;
    private readonly Stack<Transport> _free = new();

    internal TransportPool(Loop loop) => _loop = loop;

    /// <summary>Connections open on this loop.</summary>
    public int Open { get; private set; }

    /// <summary>Takes over a connected, non-blocking descriptor. It is closed when the kernel has no room to watch it, and <see cref="SystemCallException"/> says so.</summary>
    public Transport Adopt(int fd, PeerAddress peer = default)
        => TryAdopt(fd, peer, SocketStage.Connected, out var errno) ?? throw new SystemCallException("epoll_ctl", errno);

    /// <summary>
    /// Begins to connect. Null when it failed at once, with the errno. When <paramref name="pending"/>, await
    /// <see cref="Transport.Writable"/> and ask <see cref="Transport.TakeConnectError"/>.
    /// </summary>
    public Transport? Connect(SocketAddress address, out bool pending, out int errno)
    {
        pending = false;
        var fd = Libc.socket(address.Family, Constants.SocketStream | Constants.SocketNonblock | Constants.SocketCloexec, 0);
        if (fd < 0)
        {
            errno = Marshal.GetLastPInvokeError();
            return null;
        }

        if (!address.IsUnix) SetNoDelay(fd);
        int result;
        fixed (byte* bytes = address.Bytes) result = Libc.connect(fd, bytes, address.Bytes.Length);
        errno = result < 0 ? Marshal.GetLastPInvokeError() : 0;
        if (result < 0 && errno != Constants.ErrnoInProgress)
        {
            Libc.close(fd);
            return null;
        }

        pending = result < 0;
        return TryAdopt(fd, default, pending ? SocketStage.Connecting : SocketStage.Connected, out errno);
    }

    /// <summary>Takes over what another loop detached; null when it cannot be watched, and it is closed then. Sessions of its TLS are kept for resumption in <paramref name="ticket"/> from now on.</summary>
    public Transport? TryAdopt(MovedSocket socket, TlsTicket? ticket = null)
    {
        var transport = TryAdopt(socket.Fd, default, SocketStage.Connected, out _);
        if (transport is null) socket.Tls?.Free();
        else transport.Continue(socket.Tls, ticket);
        return transport;
    }

    /// <summary>Null when the descriptor cannot be watched; it is closed then.</summary>
    internal Transport? TryAdopt(int fd, PeerAddress peer, SocketStage stage, out int errno)
    {
        if (!_free.TryPop(out var transport)) transport = new Transport(_loop);
        errno = transport.Adopt(fd, stage);
        if (errno != 0)
        {
            Libc.close(fd);
            Return(transport);
            return null;
        }

        Open++;
        transport.Peer = peer;
        return transport;
    }

    internal static void SetNoDelay(int fd)
    {
        var on = 1;
        Libc.setsockopt(fd, Constants.LevelTcp, Constants.OptionTcpNoDelay, &on, sizeof(int));
    }

    internal void Closed() => Open--;

    internal void Return(Transport transport)
    {
        if (_free.Count < MaxPooled) _free.Push(transport);
    }
}
