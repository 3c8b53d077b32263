using System.Net;
using System.Net.Sockets;

namespace Weir.Proxy.Tests.Streams;

/// <summary>An origin that speaks no HTTP: each connection is a script's.</summary>
internal sealed class TcpOrigin : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _accepting;
    private int _accepted;
    private int _ended;

    public TcpOrigin(Func<Socket, Task> script)
    {
        _listener.Start(512);
        _accepting = AcceptAsync(script);
    }

    public string Url => $"tcp://{_listener.LocalEndpoint}";

    public int Accepted => Volatile.Read(ref _accepted);

    public int Ended => Volatile.Read(ref _ended);

    public static async Task EchoAsync(Socket socket)
    {
        var buffer = new byte[64 * 1024];
        for (int received; (received = await socket.ReceiveAsync(buffer)) > 0;)
            for (var sent = 0; sent < received;) sent += await socket.SendAsync(buffer.AsMemory(sent, received - sent));
    }

    public static async Task<byte[]> ReadToEndAsync(Socket socket)
    {
        using var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int received; (received = await socket.ReceiveAsync(buffer)) > 0;) all.Write(buffer, 0, received);
        return all.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
    }

    private async Task AcceptAsync(Func<Socket, Task> script)
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync();
                Interlocked.Increment(ref _accepted);
                _ = ServeAsync(socket, script);
            }
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(Socket socket, Func<Socket, Task> script)
    {
        using (socket)
        {
            try
            {
                await script(socket);
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                // The other side left.
            }
        }

        Interlocked.Increment(ref _ended);
    }
}
