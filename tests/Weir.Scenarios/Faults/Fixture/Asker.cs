using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Weir.Scenarios.Faults.Fixture;

/// <summary>A client's connection, kept alive. It never asks twice and hides nothing: what came of a request is what is told.</summary>
internal sealed class Asker(int port) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _buffer = new byte[8 * 1024];
    private int _length;

    /// <summary>It can be asked again.</summary>
    public bool IsOpen { get; private set; } = true;

    public async Task<(SampleKind Kind, int Status, string? Name)> AskAsync(string path)
    {
        using var patience = new CancellationTokenSource(Patience);
        _length = 0;
        try
        {
            if (!_socket.Connected) await _socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), patience.Token);
            await _socket.SendAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"), patience.Token);
            int head;
            while ((head = _buffer.AsSpan(0, _length).IndexOf("\r\n\r\n"u8)) < 0) await ReadAsync(patience.Token);
            var fields = Encoding.Latin1.GetString(_buffer, 0, head + 2);
            IsOpen = !fields.Contains("\r\nConnection: close\r\n", StringComparison.OrdinalIgnoreCase);
            var body = await BodyAsync(fields, head + 4, patience.Token);
            var status = int.Parse(fields.AsSpan(9, 3), CultureInfo.InvariantCulture);
            return (status != 200 || body == Answers.Body ? SampleKind.Whole : SampleKind.Wrong, status, NameOf(fields));
        }
        catch (Exception gone) when (gone is SocketException or EndOfStreamException or OperationCanceledException)
        {
            IsOpen = false;
            return (_length == 0 ? SampleKind.Missing : SampleKind.Broken, 0, null);
        }
    }

    public void Dispose() => _socket.Dispose();

    private async Task<string> BodyAsync(string fields, int begin, CancellationToken patience)
    {
        if (Field(fields, "Content-Length") is { } length)
        {
            var end = begin + int.Parse(length, CultureInfo.InvariantCulture);
            while (_length < end) await ReadAsync(patience);
            return Encoding.Latin1.GetString(_buffer, begin, end - begin);
        }

        Field(fields, "Transfer-Encoding").ShouldBe("chunked");
        var body = new StringBuilder();
        while (true)
        {
            int line;
            while ((line = _buffer.AsSpan(begin, _length - begin).IndexOf("\r\n"u8)) < 0) await ReadAsync(patience);
            var size = int.Parse(_buffer.AsSpan(begin, line), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            begin += line + 2;
            while (_length < begin + size + 2) await ReadAsync(patience);
            if (size == 0) return body.ToString();
            body.Append(Encoding.Latin1.GetString(_buffer, begin, size));
            begin += size + 2;
        }
    }

    private async Task ReadAsync(CancellationToken patience)
    {
        if (_length == _buffer.Length) Array.Resize(ref _buffer, _length * 2);
        var read = await _socket.ReceiveAsync(_buffer.AsMemory(_length), patience);
        if (read == 0) throw new EndOfStreamException();
        _length += read;
    }

    // Proxy-Status: weir; error=…; details="name: rule"
    private static string? NameOf(string fields)
        => Field(fields, "Proxy-Status")?.Split("details=\"") is [_, var details] ? details.Split('"', ':')[0] : null;

    private static string? Field(string fields, string name)
    {
        var at = fields.IndexOf($"\r\n{name}:", StringComparison.OrdinalIgnoreCase);
        return at < 0 ? null : fields[(at + name.Length + 3)..fields.IndexOf("\r\n", at + 2, StringComparison.Ordinal)].Trim();
    }
}
