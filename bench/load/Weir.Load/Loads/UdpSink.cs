using System.Net;
using System.Net.Sockets;

namespace Weir.Load.Loads;

/// <summary>Takes log lines sent by UDP and throws them away, as a log daemon would take them and keep them.</summary>
internal sealed class UdpSink : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    private UdpSink()
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _socket.ReceiveBufferSize = 1 << 20;
        new Thread(Drain) { IsBackground = true, Name = "udp-sink" }.Start();
    }

    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public static UdpSink Open() => new();

    public void Dispose() => _socket.Dispose();

    private void Drain()
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            while (true)
                _socket.Receive(buffer);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }
}
