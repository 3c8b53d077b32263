using System.Net;
using System.Net.Sockets;
using Weir.Reactor.Native;
using Weir.Reactor.Sockets;

namespace Weir.Reactor.Tests.Support;

/// <summary>The far end of a connection: an ordinary blocking socket in the test's own thread, and the descriptor of the near end.</summary>
internal static class Peer
{
    /// <summary>A connection over loopback; <paramref name="fd"/> is the near end, to be adopted by a loop.</summary>
    public static Socket Pair(out int fd)
    {
        using var listener = Listen();
        var far = Connect(listener.LocalEndPoint!);
        using var near = listener.Accept();
        near.NoDelay = true;
        fd = Take(near);
        return far;
    }

    /// <summary>A connection whose near end a loop has adopted.</summary>
    public static Socket Pair(TestLoop loop, out Transport transport)
    {
        var far = Pair(out int fd);
        transport = loop.Get(() => loop.Loop.Transports.Adopt(fd));
        return far;
    }

    public static Socket Listen(int backlog = 128)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(backlog);
        return listener;
    }

    public static Socket Connect(EndPoint address)
    {
        var protocol = address is UnixDomainSocketEndPoint ? ProtocolType.Unspecified : ProtocolType.Tcp;
        var socket = new Socket(address.AddressFamily, SocketType.Stream, protocol) { ReceiveTimeout = 10_000, SendTimeout = 10_000 };
        if (protocol == ProtocolType.Tcp) socket.NoDelay = true;
        socket.Connect(address);
        return socket;
    }

    /// <summary>The descriptor of a socket, non-blocking and on its own: the object may go.</summary>
    public static int Take(Socket socket)
    {
        var fd = Duplicate((int)socket.Handle, 0);
        Libc.fcntl(fd, Constants.FcntlSetStatusFlags, Constants.SocketNonblock);
        return fd;
    }

    /// <summary>The lowest free descriptor that is not below <paramref name="lowest"/>, for the same socket.</summary>
    public static int Duplicate(int fd, int lowest) => Libc.fcntl(fd, Constants.FcntlDuplicateCloexec, lowest);

    /// <summary>Everything until the end of the stream.</summary>
    public static byte[] ReadToEnd(this Socket socket)
    {
        var all = new MemoryStream();
        var piece = new byte[64 * 1024];
        for (int received; (received = socket.Receive(piece)) > 0;) all.Write(piece, 0, received);
        return all.ToArray();
    }

    /// <summary>Exactly so many bytes.</summary>
    public static byte[] ReadExactly(this Socket socket, int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count;)
        {
            var received = socket.Receive(bytes, i, count - i, SocketFlags.None);
            if (received == 0) throw new EndOfStreamException();
            i += received;
        }

        return bytes;
    }

    public static void Reset(this Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }
}
