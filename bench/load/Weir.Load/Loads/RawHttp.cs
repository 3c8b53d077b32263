using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Weir.Load.Loads;

internal readonly record struct Reply(int Status, byte[] Body);

/// <summary>Plain blocking requests, for checks and counts; nothing here is timed.</summary>
internal static class RawHttp
{
    public static string Host(int port) => $"127.0.0.1:{port}";

    public static byte[] Request(int port, string path) => Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {Host(port)}\r\n\r\n");

    public static Reply Get(int port, string path)
    {
        using var connection = new Kept(port);
        return connection.Get(path);
    }

    public static bool TryGet(int port, string path, out Reply reply)
    {
        reply = default;
        try
        {
            reply = Get(port, path);
            return true;
        }
        catch (Exception e) when (e is SocketException or BenchException)
        {
            return false;
        }
    }

    public static Socket Connect(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 5000, SendTimeout = 5000 };
        try
        {
            socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends one GET and reads its reply to the last byte.</summary>
    /// <exception cref="BenchException">The connection ended early.</exception>
    public static Reply Exchange(Socket socket, byte[] request, byte[] buffer)
    {
        socket.Send(request);
        var scan = new ResponseScan();
        using var body = new MemoryStream();
        while (!scan.Done)
        {
            int length = socket.Receive(buffer);
            if (length == 0 && !scan.End())
                throw new BenchException("a connection was closed before its response had ended");
            scan.Feed(buffer.AsSpan(0, length), body);
        }

        return new Reply(scan.Status, body.ToArray());
    }

    /// <summary>One connection kept over many requests.</summary>
    public sealed class Kept(int port) : IDisposable
    {
        private readonly Socket _socket = Connect(port);
        private readonly byte[] _buffer = new byte[64 * 1024];

        public Reply Get(string path) => Exchange(_socket, Request(port, path), _buffer);

        public void Dispose() => _socket.Dispose();
    }
}
