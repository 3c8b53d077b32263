using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Weir.Scenarios.Faults.Fixture;

/// <summary>An origin whose faults are exact, and begin and end at a moment. A path that begins with /long is answered over a second and a half.</summary>
internal sealed class FaultyOrigin : IDisposable
{
    // So long after the first half of a body, that half is with whoever reads it.
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(30), Long = TimeSpan.FromSeconds(1.5);

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Random _random = new(1);
    private int _asked;

    public FaultyOrigin(string address = "127.0.0.1", int port = 0)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Parse(address), port));
        _listener.Listen(1024);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }

    public string Url => $"http://127.0.0.1:{Port}";

    public Temper Temper { get; set; }

    /// <summary>How long it takes to answer.</summary>
    public TimeSpan Takes { get; set; }

    /// <summary>Each answer takes another time, exponentially distributed, with <see cref="Takes"/> as the mean.</summary>
    public bool IsUneven { get; set; }

    /// <summary>Requests that came.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptAsync());
        }
        catch (Exception over) when (over is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var connection = socket;
        socket.NoDelay = true;
        var buffer = new byte[4096];
        try
        {
            // Nobody sends a request before the answer to the one before.
            for (var length = 0; ;)
            {
                var read = await socket.ReceiveAsync(buffer.AsMemory(length));
                if (read == 0) return;
                length += read;
                if (!buffer.AsSpan(0, length).EndsWith("\r\n\r\n"u8)) continue;
                var isLong = buffer.AsSpan(0, length).StartsWith("GET /long"u8);
                length = 0;
                if (!await AnswerAsync(socket, Interlocked.Increment(ref _asked), isLong)) return;
            }
        }
        catch (SocketException)
        {
            // Whoever asked has left.
        }
    }

    // False when the connection is over.
    private async Task<bool> AnswerAsync(Socket socket, int number, bool isLong)
    {
        if (Takes > TimeSpan.Zero) await Task.Delay(IsUneven ? -Math.Log(1 - Uniform()) * Takes : Takes);
        var isChunked = number % 2 == 0;
        switch (Temper)
        {
            case Temper.FailsHalf when number % 2 == 0:
                await socket.SendAsync("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\nhalf"u8.ToArray());
                return true;
            case Temper.ResetsInTheBody:
                await SendHalfAsync(socket, isChunked);
                await Task.Delay(Apart);
                socket.Close(0);
                return false;
            default:
                if (!isLong)
                {
                    await socket.SendAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {Answers.Body.Length}\r\n\r\n{Answers.Body}"));
                    return true;
                }

                var half = await SendHalfAsync(socket, isChunked);
                await Task.Delay(Long);
                var rest = Answers.Body[half..];
                await socket.SendAsync(Encoding.ASCII.GetBytes(isChunked ? $"{rest.Length:x}\r\n{rest}\r\n0\r\n\r\n" : rest));
                return true;
        }
    }

    private static async Task<int> SendHalfAsync(Socket socket, bool isChunked)
    {
        var half = Answers.Body.Length / 2;
        var text = Answers.Body[..half];
        await socket.SendAsync(Encoding.ASCII.GetBytes(isChunked
            ? $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{half:x}\r\n{text}\r\n"
            : $"HTTP/1.1 200 OK\r\nContent-Length: {Answers.Body.Length}\r\n\r\n{text}"));
        return half;
    }

    private double Uniform()
    {
        lock (_random) return _random.NextDouble();
    }
}
