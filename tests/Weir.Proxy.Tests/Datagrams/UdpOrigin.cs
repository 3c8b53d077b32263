using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Weir.Proxy.Tests.Datagrams;

/// <summary>An origin of UDP: for each datagram what a script makes of it. Each sender is a session of the gateway's.</summary>
internal sealed class UdpOrigin : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly Func<byte[], IEnumerable<byte[]>> _script;
    private readonly Task _serving;
    private int _received;

    public UdpOrigin(Func<byte[], IEnumerable<byte[]>>? script = null, IPAddress? address = null)
    {
        _script = script ?? (static datagram => [datagram]);
        address ??= IPAddress.Loopback;
        _socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 4 * 1024 * 1024 };
        _socket.Bind(new IPEndPoint(address, 0));
        _serving = Task.Run(ServeAsync);
    }

    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public string Url => $"udp://{(_socket.AddressFamily == AddressFamily.InterNetworkV6 ? "[::1]" : "127.0.0.1")}:{Port}";

    public int Received => Volatile.Read(ref _received);

    /// <summary>Who sent, with how many.</summary>
    public ConcurrentDictionary<EndPoint, int> Senders { get; } = new();

    /// <summary>Says something unasked.</summary>
    public Task SendAsync(byte[] datagram, EndPoint to) => _socket.SendToAsync(datagram, to);

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _serving;
    }

    private async Task ServeAsync()
    {
        var buffer = new byte[70_000];
        var any = new IPEndPoint(_socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        while (true)
        {
            try
            {
                var received = await _socket.ReceiveFromAsync(buffer, any);
                Senders.AddOrUpdate(received.RemoteEndPoint, 1, static (_, n) => n + 1);
                Interlocked.Increment(ref _received);
                foreach (var answer in _script(buffer[..received.ReceivedBytes])) await _socket.SendToAsync(answer, received.RemoteEndPoint);
            }
            catch (SocketException failure) when (failure.SocketErrorCode is SocketError.ConnectionRefused)
            {
                // The gateway closed that session.
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
