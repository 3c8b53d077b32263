using System.Net;
using System.Net.Sockets;
using Weir.Load.Measure;

namespace Weir.Load.Loads;

/// <summary>An origin of UDP: sends every datagram back, and counts. On a thread of this program.</summary>
internal sealed class UdpEcho : IRequestCount, IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private long _received;
    private long _asked;

    private UdpEcho()
    {
        _socket.ReceiveBufferSize = 1 << 22;
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        new Thread(Serve) { IsBackground = true, Name = "udp-echo" }.Start();
    }

    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public static UdpEcho Open() => new();

    public long Count() => Interlocked.Increment(ref _asked) + Volatile.Read(ref _received);

    public void Dispose() => _socket.Dispose();

    private void Serve()
    {
        byte[] buffer = new byte[64 * 1024];
        var from = new SocketAddress(AddressFamily.InterNetwork);
        while (true)
        {
            try
            {
                int length = _socket.ReceiveFrom(buffer, SocketFlags.None, from);
                Volatile.Write(ref _received, _received + 1);
                _socket.SendTo(buffer.AsSpan(0, length), SocketFlags.None, from);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
            {
                // Who asked is gone.
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
