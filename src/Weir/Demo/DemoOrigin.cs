using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Weir.Demo;

/// <summary>A small origin for a first try: answers every request with what it is and what it was asked. Not meant for load.</summary>
internal sealed class DemoOrigin : IDisposable
{
    private const int LongestHead = 64 * 1024;

    private readonly string _name;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Listens at once; <see cref="SocketException"/> when the port is taken.</summary>
    public DemoOrigin(string name, int port)
    {
        _name = name;
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>On its usual port, or on a free one when that is taken.</summary>
    public static DemoOrigin Start(string name, int usual)
    {
        try
        {
            return new DemoOrigin(name, usual);
        }
        catch (SocketException)
        {
            return new DemoOrigin(name, 0);
        }
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var buffer = new byte[LongestHead];
                var length = 0;
                while (true)
                {
                    var end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
                    if (end < 0)
                    {
                        var read = length == buffer.Length ? 0 : await stream.ReadAsync(buffer.AsMemory(length), _stop.Token);
                        if (read == 0) return;
                        length += read;
                        continue;
                    }

                    var head = Encoding.Latin1.GetString(buffer, 0, end);
                    // A body is not read: the connection ends with the answer then.
                    var last = head.Contains("\r\ntransfer-encoding:", StringComparison.OrdinalIgnoreCase) || HasBody(head);
                    await stream.WriteAsync(Answer(head, last), _stop.Token);
                    if (last) return;
                    buffer.AsSpan(end + 4, length - end - 4).CopyTo(buffer);
                    length -= end + 4;
                }
            }
            catch (Exception end) when (end is IOException or OperationCanceledException or SocketException)
            {
                // The other side is gone.
            }
        }
    }

    private static bool HasBody(string head)
        => head.Contains("\r\ncontent-length:", StringComparison.OrdinalIgnoreCase) && !head.Contains("\r\ncontent-length: 0\r\n", StringComparison.OrdinalIgnoreCase);

    private byte[] Answer(string head, bool last)
    {
        var line = head.Split("\r\n")[0].Split(' ');
        var body = $"{{\"origin\":\"{_name}\",\"method\":\"{line[0]}\",\"path\":\"{(line.Length > 1 ? line[1].Replace("\"", "", StringComparison.Ordinal).Replace("\\", "", StringComparison.Ordinal) : "")}\"}}\n";
        var answer = string.Create(CultureInfo.InvariantCulture,
            $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n{(last ? "Connection: close\r\n" : "")}\r\n");
        return Encoding.Latin1.GetBytes(line[0] == "HEAD" ? answer : answer + body);
    }
}
