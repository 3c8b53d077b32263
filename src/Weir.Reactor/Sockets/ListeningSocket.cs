using System.Runtime.InteropServices;
using System.Text;
using Weir.Reactor.Native;

namespace Weir.Reactor.Sockets;

/// <summary>
/// A bound, listening socket, or a bound one for datagrams, that belongs to the process: loops accept or receive from it, none of them
/// owns it. It outlives reloads, since closing one resets connections that were not accepted yet. SharedState: immutable after binding.
/// </summary>
public sealed unsafe class ListeningSocket : IDisposable
{
    /// <summary>In place of a backlog: a UDP socket, which has no queue of connections.</summary>
    public const int Datagrams = -1;

    // Asked of the kernel, which gives what its own bounds (net.core.rmem_max, wmem_max) allow: datagrams that find no room are lost.
    private const int DatagramBuffer = 4 * 1024 * 1024;

    private readonly int[] _fds;
    private bool _isDisposed;

    private ListeningSocket(SocketAddress address, int[] fds, bool isInherited = false)
    {
        Address = address;
        _fds = fds;
        KeepsPath = isInherited;
    }

    /// <summary>The address in use, with the port that the kernel chose where 0 was asked for.</summary>
    public SocketAddress Address { get; }

    /// <summary>Each loop has its own kernel queue; else all accept from one.</summary>
    public bool IsGroup => _fds.Length > 1;

    /// <summary>
    /// A unix socket's file stays when this is disposed. So it is with an inherited socket, and so it must be with one that was handed
    /// to a new process: the file leads to that one.
    /// </summary>
    public bool KeepsPath { get; set; }

    /// <summary>
    /// Binds and listens. With <paramref name="group"/> over 1 a SO_REUSEPORT group of so many sockets. Another process that listens on
    /// the address already is an error: <see cref="SystemCallException"/> with EADDRINUSE.
    /// </summary>
    public static ListeningSocket Bind(SocketAddress address, int backlog, int group = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(group, 1);
        if (address.IsUnix) return new ListeningSocket(address, [BindUnix(address, backlog)]);
        var fds = new int[group];
        Array.Fill(fds, -1);
        try
        {
            // The first socket takes the address for itself alone and opens it to the rest of its group only when it listens. So a second
            // instance never joins the group of a first, not even when both start at once.
            fds[0] = Open(address, backlog, reusePort: false);
            address = Resolve(address, fds[0]);
            if (group > 1) SetOption(fds[0], Constants.LevelSocket, Constants.OptionReusePort, 1);
            for (var i = 1; i < group; i++) fds[i] = Open(address, backlog, reusePort: true);
            return new ListeningSocket(address, fds);
        }
        catch
        {
            Close(fds);
            throw;
        }
    }

    /// <summary>
    /// As <see cref="Bind"/>, where sockets of this process that are about to be closed hold an address that overlaps with the new one
    /// (<c>[::]:80</c> and <c>0.0.0.0:80</c>): both listen until the others are disposed.
    /// </summary>
    public static ListeningSocket BindBeside(IEnumerable<ListeningSocket> leaving, SocketAddress address, int backlog, int group = 1)
    {
        foreach (var socket in leaving)
            foreach (var fd in socket._fds) SetOption(fd, Constants.LevelSocket, Constants.OptionReusePort, 1);
        var fds = new int[group];
        Array.Fill(fds, -1);
        try
        {
            for (var i = 0; i < group; i++) fds[i] = Open(address, backlog, reusePort: true);
            return new ListeningSocket(address, fds);
        }
        catch
        {
            Close(fds);
            throw;
        }
    }

    /// <summary>Takes over a socket that listens already (LISTEN_FDS). <see cref="SystemCallException"/> with EINVAL when it does not.</summary>
    public static ListeningSocket Inherit(SocketAddress address, int fd)
    {
        int listening, length = sizeof(int);
        SystemCallException.Check(Libc.getsockopt(fd, Constants.LevelSocket, Constants.OptionIsListening, &listening, &length), "getsockopt");
        if (listening == 0) throw new SystemCallException("listen", Constants.ErrnoInvalid);
        // Whoever made it may have left it blocking, and it came here through an exec: accept must never wait, and no child gets it by chance.
        SystemCallException.Check(Libc.fcntl(fd, Constants.FcntlSetStatusFlags, Constants.SocketNonblock), "fcntl");
        SystemCallException.Check(Libc.fcntl(fd, Constants.FcntlSetDescriptorFlags, Constants.DescriptorCloexec), "fcntl");
        if (!address.IsUnix) TransportPool.SetNoDelay(fd);
        return new ListeningSocket(Resolve(address, fd), [fd], isInherited: true);
    }

    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        // The file goes first: after the close another instance may have put its own there.
        if (Address.UnixPath is { } path && !KeepsPath)
            fixed (byte* bytes = Encoding.UTF8.GetBytes(path + "\0")) Libc.unlink(bytes);
        foreach (var fd in _fds) Libc.close(fd);
    }

    internal int FdFor(int loop) => _fds[loop % _fds.Length];

    private static int Open(SocketAddress address, int backlog, bool reusePort)
    {
        var kind = backlog == Datagrams ? Constants.SocketDatagram : Constants.SocketStream;
        var fd = SystemCallException.Check(Libc.socket(address.Family, kind | Constants.SocketNonblock | Constants.SocketCloexec, 0), "socket");
        if (reusePort) SetOption(fd, Constants.LevelSocket, Constants.OptionReusePort, 1);
        if (backlog == Datagrams) return BindOne(PrepareForDatagrams(fd, address), address);
        SetOption(fd, Constants.LevelSocket, Constants.OptionReuseAddress, 1);
        // Inherited by every accepted connection.
        TransportPool.SetNoDelay(fd);
        return Listen(BindOne(fd, address), backlog);
    }

    // Not with SO_REUSEADDR: of UDP it would let others share the port.
    private static int PrepareForDatagrams(int fd, SocketAddress address)
    {
        SetOption(fd, Constants.LevelSocket, Constants.OptionReceiveBuffer, DatagramBuffer);
        SetOption(fd, Constants.LevelSocket, Constants.OptionSendBuffer, DatagramBuffer);
        if (!address.IsAny) return fd;
        // Which of our addresses a datagram was for; of a socket of IPv6 this tells it of IPv4 too.
        if (address.Family == Constants.FamilyInet) SetOption(fd, Constants.LevelIpv4, Constants.Ipv4PacketInfo, 1);
        else SetOption(fd, Constants.LevelIpv6, Constants.OptionIpv6ReceivePacketInfo, 1);
        return fd;
    }

    private static int BindOne(int fd, SocketAddress address)
    {
        if (address.Family == Constants.FamilyInet6) SetOption(fd, Constants.LevelIpv6, Constants.OptionIpv6Only, 0);
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

            if (Marshal.GetLastPInvokeError() == Constants.ErrnoConnectionRefused && IsSocket(path)) Libc.unlink(path);
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

    // The kernel refuses a connection to any file that is not a socket too; a wrong path must not cost the user a file.
    private static bool IsSocket(byte* path)
    {
        StatxBuffer file;
        return Libc.statx(Constants.FromCurrentFolder, path, Constants.NoFollow, Constants.StatxType, &file) == 0
            && (file.Mode & Constants.FileTypeMask) == Constants.FileTypeSocket;
    }

    private static void Close(int[] fds)
    {
        foreach (var fd in fds)
            if (fd >= 0) Libc.close(fd);
    }

    private static void SetOption(int fd, int level, int name, int value) => Libc.setsockopt(fd, level, name, &value, sizeof(int));

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
