using System.Collections.Concurrent;
using System.Net.Sockets;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Http2;

/// <summary>An origin of HTTP/2 without TLS whose every frame is scripted.</summary>
internal sealed class Http2Origin : IAsyncDisposable
{
    private readonly SocketListener _listener;
    private readonly ConcurrentBag<Http2Wire> _wires = [];
    private readonly ConcurrentQueue<Exception> _failures = new();
    private int _connections;

    /// <summary>The script has each connection to itself and its number, from 0; when it returns the connection is closed.</summary>
    public Http2Origin(Func<Http2Wire, int, Task> script, params (int Id, int Value)[] settings)
        => _listener = new SocketListener(socket => { _ = ServeAsync(socket, script, settings); });

    public string Url => $"http://127.0.0.1:{_listener.Port}";

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Answers each request, in the order they come, as the client's streams are numbered.</summary>
    public static Http2Origin Answering(Func<Http2Wire, int, Task> answer) => new(async (wire, _) =>
    {
        for (var id = 1; ; id += 2)
        {
            await wire.ReadAnswerAsync(id);
            await answer(wire, id);
        }
    });

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        foreach (var wire in _wires) wire.Dispose();
        if (_failures.TryPeek(out var failure)) throw new InvalidOperationException("The origin's script failed.", failure);
    }

    private async Task ServeAsync(Socket socket, Func<Http2Wire, int, Task> script, (int, int)[] settings)
    {
        socket.NoDelay = true;
        var number = Interlocked.Increment(ref _connections) - 1;
        try
        {
            using var wire = await Http2Wire.AcceptAsync(new NetworkStream(socket, ownsSocket: true), settings);
            _wires.Add(wire);
            await script(wire, number);
        }
        catch (Exception end) when (end is IOException or SocketException or ObjectDisposedException or TimeoutException)
        {
            // The gateway closed the connection, or the test is over.
        }
        catch (Exception failure)
        {
            _failures.Enqueue(failure);
        }
    }
}
