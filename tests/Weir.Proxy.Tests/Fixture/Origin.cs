using System.Collections.Concurrent;
using System.Net.Sockets;
using Weir.Tests;

namespace Weir.Proxy.Tests.Fixture;

/// <summary>An origin whose every byte is scripted. It records what it received on each connection, in the order they came.</summary>
public sealed class Origin : IAsyncDisposable
{
    public const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private readonly SocketListener _listener;
    private readonly ConcurrentQueue<Exception> _failures = new();
    private readonly List<RawConnection> _connections = [];
    private readonly Func<RawConnection, int, Task> _script;
    private readonly bool _records;

    private Origin(Func<RawConnection, int, Task> script, bool records, int receiveBuffer)
    {
        _script = script;
        _records = records;
        _listener = new SocketListener(Accept, receiveBuffer);
    }

    public string Url => $"http://127.0.0.1:{_listener.Port}";

    public IReadOnlyList<RawConnection> Connections
    {
        get
        {
            lock (_connections) return [.. _connections];
        }
    }

    /// <summary>What came on all connections.</summary>
    public string Received => string.Concat(Connections.Select(static c => c.Received));

    /// <summary>The script has each connection to itself and its number, from 0; when it returns the connection is closed.</summary>
    public static Origin Start(Func<RawConnection, int, Task> script, bool records = true, int receiveBuffer = 0) => new(script, records, receiveBuffer);

    /// <summary>Answers every request on every connection with this.</summary>
    public static Origin Answering(string response = Ok) => Answering(_ => response);

    /// <summary>Answers every request by what it is.</summary>
    public static Origin Answering(Func<Message, string> answer) => Start(async (wire, _) =>
    {
        while (true) await wire.SendAsync(answer(await wire.ReadRequestAsync()));
    });

    /// <summary>Answers every request, but none before it may.</summary>
    public static Origin Held(Task until) => Start(async (wire, _) =>
    {
        while (true)
        {
            await wire.ReadRequestAsync();
            await until;
            await wire.SendAsync(Ok);
        }
    });

    /// <summary>A url that refuses connections.</summary>
    public static string Refusing() => $"http://127.0.0.1:{FreePort.Find()}";

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        foreach (var connection in Connections) connection.Dispose();
        if (_failures.TryPeek(out var failure)) throw new InvalidOperationException("The origin's script failed.", failure);
    }

    private void Accept(Socket socket)
    {
        socket.NoDelay = true;
        var wire = new RawConnection(socket, _records);
        int number;
        lock (_connections)
        {
            number = _connections.Count;
            _connections.Add(wire);
        }

        _ = RunAsync(wire, number);
    }

    private async Task RunAsync(RawConnection wire, int number)
    {
        try
        {
            await _script(wire, number);
            wire.Dispose();
        }
        catch (Exception end) when (end is IOException or SocketException or ObjectDisposedException or TimeoutException)
        {
            // The gateway closed the connection, or the test is over.
            wire.Dispose();
        }
        catch (Exception failure)
        {
            _failures.Enqueue(failure);
            wire.Reset();
        }
    }
}
