using System.Net;
using System.Net.Sockets;

namespace Weir.Proxy.Tests.Fixture;

/// <summary>Listens on a port of loopback and hands out what connects, one after the other, until it is disposed.</summary>
internal sealed class SocketListener : IAsyncDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Task _accepting;

    /// <summary>
    /// The next is accepted when <paramref name="accepted"/> has returned; what it throws, disposing throws.
    /// With <paramref name="receiveBuffer"/>, in bytes, connections have that much room to receive in.
    /// </summary>
    public SocketListener(Func<Socket, Task> accepted, int receiveBuffer = 0)
    {
        if (receiveBuffer > 0) _socket.ReceiveBufferSize = receiveBuffer;
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _socket.Listen(512);
        Port = ((IPEndPoint)_socket.LocalEndPoint!).Port;
        _accepting = AcceptAsync(accepted);
    }

    /// <summary>As above, for what is served while others come.</summary>
    public SocketListener(Action<Socket> accepted, int receiveBuffer = 0)
        : this(
            socket =>
            {
                accepted(socket);
                return Task.CompletedTask;
            },
            receiveBuffer)
    {
    }

    public int Port { get; }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync(Func<Socket, Task> accepted)
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _socket.AcceptAsync();
            }
            catch (Exception end) when (end is SocketException or ObjectDisposedException)
            {
                return;
            }

            await accepted(socket);
        }
    }
}
