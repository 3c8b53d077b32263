using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Weir.Scenarios.Soak;

/// <summary>Clients of every temper on one address until they are told to stop. What they must not see is in <see cref="Wrong"/>.</summary>
internal sealed class Mill(int port, CancellationToken stop)
{
    private readonly List<string> _wrong = [];
    private long _served;

    public IReadOnlyList<string> Wrong
    {
        get
        {
            lock (_wrong) return [.. _wrong];
        }
    }

    /// <summary>Exchanges whose every byte was looked at and right.</summary>
    public long Served => Volatile.Read(ref _served);

    public Task RunAsync() => Task.WhenAll(
        Repeat(8, GoodAsync), Repeat(2, SlowReaderAsync), Repeat(2, LeaverAsync), Repeat(2, LiarAsync), Repeat(1, DripperAsync));

    private Task Repeat(int clients, Func<Random, Task> client) => Task.WhenAll(Enumerable.Range(0, clients).Select(async seed =>
    {
        var random = new Random(seed);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await client(random);
            }
            catch (Exception gone) when (gone is SocketException or IOException or OperationCanceledException)
            {
                // Those that must be served say so themselves.
            }
        }
    }));

    // Keep-alive, bodies of all sizes with known and unknown length, every answer compared.
    private async Task GoodAsync(Random random)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 1 }) { Timeout = TimeSpan.FromSeconds(60) };
        for (var i = random.Next(1, 200); i > 0 && !stop.IsCancellationRequested; i--)
        {
            var mark = Guid.NewGuid().ToString();
            var body = new byte[random.Next(4) == 0 ? random.Next(600_000) : random.Next(2000)];
            random.NextBytes(body);
            using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{port}/{mark}") { Content = new ByteArrayContent(body) };
            request.Headers.Add("X-Mark", mark);
            request.Headers.TransferEncodingChunked = random.Next(2) == 0;
            try
            {
                using var answer = await client.SendAsync(request);
                var echoed = await answer.Content.ReadAsByteArrayAsync();
                if (answer.StatusCode != HttpStatusCode.OK) Complain($"status {(int)answer.StatusCode}: {Encoding.UTF8.GetString(echoed)}");
                else if (!answer.Headers.TryGetValues("X-Mark", out var marks) || marks.Single() != mark) Complain("another's answer");
                else if (!echoed.AsSpan().SequenceEqual(body)) Complain($"{body.Length} bytes came back as {echoed.Length}");
                else Interlocked.Increment(ref _served);
            }
            catch (Exception lost) when (lost is HttpRequestException or TaskCanceledException)
            {
                Complain("no answer: " + lost);
            }
        }
    }

    // Asks for much and takes it slowly, then all or not.
    private async Task SlowReaderAsync(Random random)
    {
        using var socket = await ConnectAsync();
        var body = new byte[random.Next(200_000, 900_000)];
        await socket.SendAsync(Head($"Content-Length: {body.Length}\r\n"));
        var sending = SendAllAsync(socket, body);
        var buffer = new byte[4096];
        for (var i = 0; i < random.Next(200); i++)
        {
            if (await socket.ReceiveAsync(buffer) == 0) break;
            if (i % 20 == 0) await Task.Delay(random.Next(20));
        }

        socket.Close(0);
        await sending;
    }

    // Leaves at any moment, with and without a reset.
    private async Task LeaverAsync(Random random)
    {
        using var socket = await ConnectAsync();
        var text = Head("Content-Length: 1000\r\n");
        await socket.SendAsync(text.AsMemory(0, random.Next(text.Length + 1)));
        if (random.Next(3) == 0) await socket.SendAsync(new byte[random.Next(1000)]);
        if (random.Next(2) == 0) await Task.Delay(random.Next(5));
        if (random.Next(2) == 0) socket.Close(0);
    }

    // Says what must not be said, behind what may be: it is refused, and nothing behind it is served.
    private async Task LiarAsync(Random random)
    {
        string[] lies =
        [
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: +5\r\n",
            "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding : chunked\r\n", "X: a\r\n b\r\n", "X\0: a\r\n", "Host: b\r\n",
        ];
        using var socket = await ConnectAsync();
        var good = random.Next(2) == 0 ? Encoding.ASCII.GetString(Head("")) : "";
        await socket.SendAsync(Encoding.Latin1.GetBytes(good + Encoding.ASCII.GetString(Head(lies[random.Next(lies.Length)])) + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"));
        var answers = await ReadToEndAsync(socket);
        var wanted = good.Length > 0 ? 2 : 1;
        if (answers.Split("HTTP/1.1 ").Length - 1 != wanted || !answers.Contains("HTTP/1.1 400 ", StringComparison.Ordinal)) Complain("a lie was not refused: " + answers);
    }

    // One byte at a time.
    private async Task DripperAsync(Random random)
    {
        using var socket = await ConnectAsync();
        var mark = random.Next().ToString();
        foreach (var b in Head($"X-Mark: {mark}\r\nConnection: close\r\n"))
        {
            await socket.SendAsync(new[] { b });
            if (random.Next(10) == 0) await Task.Delay(1);
        }

        var answer = await ReadToEndAsync(socket);
        if (!answer.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal) || !answer.Contains("X-Mark: " + mark, StringComparison.OrdinalIgnoreCase)) Complain("a slow head: " + answer);
    }

    private static byte[] Head(string fields) => Encoding.Latin1.GetBytes($"POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return socket;
    }

    private static async Task SendAllAsync(Socket socket, byte[] body)
    {
        try
        {
            for (var sent = 0; sent < body.Length;) sent += await socket.SendAsync(body.AsMemory(sent));
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The reader of this connection has left.
        }
    }

    private static async Task<string> ReadToEndAsync(Socket socket)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var text = new StringBuilder();
        var buffer = new byte[16 * 1024];
        while (await socket.ReceiveAsync(buffer, patience.Token) is var length and > 0) text.Append(Encoding.Latin1.GetString(buffer, 0, length));
        return text.ToString();
    }

    private void Complain(string what)
    {
        lock (_wrong)
            if (_wrong.Count < 20) _wrong.Add(what);
    }
}
