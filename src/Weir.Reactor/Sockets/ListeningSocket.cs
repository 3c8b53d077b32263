using System.Runtime.InteropServices;
using System.Text;
using Weir.Reactor.Native;

namespace Weir.Reactor.Sockets;

/// <summary>
/// A bound, listening socket that belongs to the process: loops accept from it, none of them owns it. It outlives reloads, since
/// closing one resets connections that were not accepted yet. SharedState: immutable after binding.
/// </summary>
public sealed unsafe class ListeningSocket : IDisposable
{
    private readonly int[] _fds;

    private ListeningSocket(SocketAddress address, int[] fds)
    {
        Address = address;
        _fds = fds;
    }

    /// <summary>The address in use, with the port that the kernel chose where 0 was asked for.</summary>
    public SocketAddress Address { get; }

    /// <summary>Each loop has its own kernel queue; else all accept from one.</summary>
    public bool IsGroup => _fds.Length > 1;

    /// <summary>
    /// Binds and listens. With <paramref name="group"/> over 1 a SO_REUSEPORT group of so many sockets. Another process that listens on
    /// the address already is an error: <see cref="SystemCallException"/> with EADDRINUSE.
    /// </summary>
    public static ListeningSocket Bind(SocketAddress address, int backlog, int group = 1)
    {
        if (address.IsUnix) return new ListeningSocket(address, [BindUnix(address, backlog)]);
        // A probe without SO_REUSEPORT: a second instance must not silently join the group of a first.
        var fds = new int[group];
        var probe = BindOne(address, reusePort: false);
        var bound = Resolve(address, probe);
        if (group == 1)
        {
            fds[0] = Listen(probe, backlog);
            return new ListeningSocket(bound, fds);
        }

        Libc.close(probe);
        for (var i = 0; i < group; i++) fds[i] = Listen(BindOne(bound, reusePort: true), backlog);
        return new ListeningSocket(bound, fds);
    }

    /// <summary>Takes over a socket that listens already (LISTEN_FDS).</summary>
    public static ListeningSocket Inherit(SocketAddress address, int fd)
    {
        // Whoever made it may have left it blocking: accept must never wait.
        Libc.fcntl(fd, 4, 0x800);
        return new ListeningSocket(Resolve(address, fd), [fd]);
    }

    public void Dispose()
    {
        foreach (var fd in _fds) Libc.close(fd);
        if (Address.UnixPath is not { } path) return;
        fixed (byte* bytes = Encoding.UTF8.GetBytes(path + "\0")) Libc.unlink(bytes);
    }

    internal int FdFor(int loop) => _fds[loop % _fds.Length];

    private static int BindOne(SocketAddress address, bool reusePort)
    {
        var fd = SystemCallException.Check(
            Libc.socket(address.Family, Constants.SocketStream | Constants.SocketNonblock | Constants.SocketCloexec, 0), "socket");
        int on = 1, off = 0;
        Libc.setsockopt(fd, Constants.LevelSocket, Constants.OptionReuseAddress, &on, sizeof(int));
        if (reusePort) Libc.setsockopt(fd, Constants.LevelSocket, Constants.OptionReusePort, &on, sizeof(int));
        // Inherited by every accepted connection.
        TransportPool.SetNoDelay(fd);
        if (address.Family == Constants.FamilyInet6) Libc.setsockopt(fd, Constants.LevelIpv6, Constants.OptionIpv6Only, &off, sizeof(int));
        int result;
        fixed (byte* bytes = address.Bytes) result = Libc.bind(fd, bytes, address.Bytes.Length);
        if (result == 0) return fd;
        var errno = Marshal.GetLastPInvokeError();
        Libc.close(fd);
        throw new SystemCallException("bind", errno);
    }

    private static int BindUnix(SocketAddress address, int backlog)
    {
        var fd = SystemCallException.Check(
            Libc.socket(Constants.FamilyUnix, Constants.SocketStream | Constants.SocketNonblock | Constants.SocketCloexec, 0), "socket");
        fixed (byte* path = Encoding.UTF8.GetBytes(address.UnixPath + "\0"))
        fixed (byte* bytes = address.Bytes)
        {
            // A file that nobody answers on was left by a process that died; one that answers is in use.
            if (Libc.connect(fd, bytes, address.Bytes.Length) == 0)
            {
                Libc.close(fd);
                throw new SystemCallException("bind", Constants.ErrnoAddressInUse);
            }

            if (Marshal.GetLastPInvokeError() == 111) Libc.unlink(path);
            if (Libc.bind(fd, bytes, address.Bytes.Length) < 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                Libc.close(fd);
                throw new SystemCallException("bind", errno);
            }

            Libc.chmod(path, 0x1B6); // 0666: who may connect is decided by the folder, as with a TCP port by the network
        }

        return Listen(fd, backlog);
    }

    private static int Listen(int fd, int backlog)
    {
        if (Libc.listen(fd, backlog) == 0) return fd;
        var errno = Marshal.GetLastPInvokeError();
        Libc.close(fd);
        throw new SystemCallException("listen", errno);
    }

    private static SocketAddress Resolve(SocketAddress asked, int fd)
    {
        if (asked.IsUnix || asked.Port != 0) return asked;
        var raw = stackalloc byte[128];
        var length = 128;
        SystemCallException.Check(Libc.getsockname(fd, raw, &length), "getsockname");
        var v4 = raw[0] == Constants.FamilyInet;
        var address = new System.Net.IPAddress(new ReadOnlySpan<byte>(raw + (v4 ? 4 : 8), v4 ? 4 : 16));
        return SocketAddress.From(new System.Net.IPEndPoint(address, (raw[2] << 8) | raw[3]));
    }
}
