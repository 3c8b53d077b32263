using System.Runtime.InteropServices;
using Weir.Reactor.Native;

namespace Weir.Reactor.Tests.Support;

/// <summary>Blocking client sockets by descriptor: cheap enough for a hundred thousand of them.</summary>
internal static unsafe class RawClient
{
    private const int ReceiveTimeout = 20;
    private const int ReceiveBuffer = 8;

    /// <summary>Connects to a port of loopback; the low bits of the address spread the ports that wait after a close.</summary>
    public static int Connect(int port, int spread, bool smallWindow = false)
    {
        var fd = Libc.socket(Constants.FamilyInet, Constants.SocketStream | Constants.SocketCloexec, 0);
        if (fd < 0) throw new SystemCallException("socket", Marshal.GetLastPInvokeError());
        var patience = stackalloc long[2] { 15, 0 };
        Libc.setsockopt(fd, Constants.LevelSocket, ReceiveTimeout, patience, 16);
        if (smallWindow)
        {
            var bytes = 4096;
            Libc.setsockopt(fd, Constants.LevelSocket, ReceiveBuffer, &bytes, sizeof(int));
        }

        var address = stackalloc byte[16];
        new Span<byte>(address, 16).Clear();
        address[0] = Constants.FamilyInet;
        address[2] = (byte)(port >> 8);
        address[3] = (byte)port;
        address[4] = 127;
        address[7] = (byte)(1 + (spread % 200));
        if (Libc.connect(fd, address, 16) == 0) return fd;
        var errno = Marshal.GetLastPInvokeError();
        Libc.close(fd);
        throw new SystemCallException("connect", errno);
    }

    /// <summary>Sends so many bytes of one value.</summary>
    public static void Send(int fd, byte value, int count = 1)
    {
        var bytes = stackalloc byte[count];
        new Span<byte>(bytes, count).Fill(value);
        if (Libc.send(fd, bytes, count, Constants.MessageNoSignal) != count) throw new SystemCallException("send", Marshal.GetLastPInvokeError());
    }

    /// <summary>Bytes until the end; the errno as a negative number when it ends otherwise.</summary>
    public static int ReadToEnd(int fd)
    {
        var piece = stackalloc byte[4096];
        var total = 0;
        while (true)
        {
            var received = (int)Libc.recv(fd, piece, 4096, 0);
            if (received == 0) return total;
            if (received < 0) return -Marshal.GetLastPInvokeError();
            total += received;
        }
    }

    /// <summary>Receives exactly one byte.</summary>
    public static void ReadOne(int fd)
    {
        byte one;
        if (Libc.recv(fd, &one, 1, 0) != 1) throw new SystemCallException("recv", Marshal.GetLastPInvokeError());
    }

    public static void Finish(int fd) => Libc.shutdown(fd, Constants.ShutdownWrite);

    public static void Close(int fd) => Libc.close(fd);

    /// <summary>Closes with RST.</summary>
    public static void Reset(int fd)
    {
        var linger = stackalloc int[2] { 1, 0 };
        Libc.setsockopt(fd, Constants.LevelSocket, Constants.OptionLinger, linger, 8);
        Libc.close(fd);
    }
}
