using System.Net.Sockets;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Streams;

/// <summary>An origin that speaks no HTTP: each connection is a script's.</summary>
internal sealed class TcpOrigin : IAsyncDisposable
{
    private readonly SocketListener _listener;
    private int _accepted;
    private int _ended;

    public TcpOrigin(Func<Socket, Task> script)
        => _listener = new SocketListener(socket =>
        {
            Interlocked.Increment(ref _accepted);
            _ = ServeAsync(socket, script);
        });

    public string Url => $"tcp://127.0.0.1:{_listener.Port}";

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

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

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
