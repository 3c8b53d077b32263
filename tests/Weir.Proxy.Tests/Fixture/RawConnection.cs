using System.Net.Sockets;
using System.Text;

namespace Weir.Proxy.Tests.Fixture;

/// <summary>The peer reset the connection.</summary>
public sealed class ResetException(string soFar) : IOException("The connection was reset after: " + soFar[..Math.Min(soFar.Length, 500)]);

/// <summary>
/// One end of a TCP connection, a test's own: every byte and every close is its doing. Bytes are chars of Latin-1. Waits are generous
/// and only end a test that would hang.
/// </summary>
public sealed class RawConnection(Socket socket, bool records) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly StringBuilder _received = new();
    private readonly byte[] _block = new byte[64 * 1024];
    private string _unread = "";

    public Socket Socket => socket;

    /// <summary>All that ever came, when it is recorded.</summary>
    public string Received
    {
        get
        {
            lock (_received) return _received.ToString();
        }
    }

    public static async Task<RawConnection> ConnectAsync(string address, int receiveBuffer = 0)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer > 0) socket.ReceiveBufferSize = receiveBuffer;
        await socket.ConnectAsync(System.Net.IPEndPoint.Parse(address));
        return new RawConnection(socket, records: true);
    }

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            while (!bytes.IsEmpty) bytes = bytes[await socket.SendAsync(bytes, patience.Token)..];
        }
        catch (SocketException failure) when (failure.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            throw new ResetException("(sending) " + Received);
        }
    }

    /// <summary>Sends the parts one by one, far enough apart to be received apart as a rule.</summary>
    public async Task SendPartsAsync(params string[] parts)
    {
        foreach (var part in parts)
        {
            await SendAsync(part);
            await Task.Delay(2);
        }
    }

    /// <summary>What comes next, or "" at the end of the stream.</summary>
    public async Task<string> ReadAsync()
    {
        if (_unread.Length == 0) return await ReceiveAsync();
        var text = _unread;
        _unread = "";
        return text;
    }

    public async Task<string> ReadUntilAsync(string end)
    {
        var text = new StringBuilder();
        while (true)
        {
            text.Append(_unread);
            _unread = "";
            var at = text.ToString().IndexOf(end, StringComparison.Ordinal);
            if (at >= 0)
            {
                var whole = text.ToString();
                _unread = whole[(at + end.Length)..];
                return whole[..(at + end.Length)];
            }

            _unread = await ReceiveAsync();
            if (_unread.Length == 0) throw new EndOfStreamException("The stream ended after: " + text);
        }
    }

    public async Task<string> ReadCountAsync(int count)
    {
        var text = new StringBuilder();
        while (true)
        {
            text.Append(_unread);
            _unread = "";
            if (text.Length >= count)
            {
                var whole = text.ToString();
                _unread = whole[count..];
                return whole[..count];
            }

            _unread = await ReceiveAsync();
            if (_unread.Length == 0) throw new EndOfStreamException("The stream ended after: " + text);
        }
    }

    /// <summary>Everything to the end of the stream; a reset is an exception.</summary>
    public async Task<string> ReadToEndAsync()
        => await ReadToAnyEndAsync() is (var text, false) ? text : throw new ResetException(Received);

    /// <summary>The connection is to end by a reset; what came before it.</summary>
    public async Task<string> ReadToResetAsync()
    {
        var (text, isReset) = await ReadToAnyEndAsync();
        return isReset ? text : throw new InvalidOperationException("The stream ended in good order after: " + text);
    }

    /// <summary>What comes until the connection ends, in whatever way.</summary>
    public async Task<(string Text, bool IsReset)> ReadToAnyEndAsync()
    {
        var text = new StringBuilder(_unread);
        _unread = "";
        try
        {
            while (await ReceiveAsync() is { Length: > 0 } more) text.Append(more);
            return (text.ToString(), false);
        }
        catch (ResetException)
        {
            return (text.ToString(), true);
        }
    }

    /// <summary>Reads on, keeping nothing, until so many bytes have come in all.</summary>
    public async Task SkipAsync(long count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        count -= _unread.Length;
        _unread = "";
        while (count > 0)
        {
            var received = await socket.ReceiveAsync(_block.AsMemory(0, (int)Math.Min(_block.Length, count)), patience.Token);
            if (received == 0) throw new EndOfStreamException($"{count} bytes were missing.");
            count -= received;
        }
    }

    public Task<Message> ReadRequestAsync() => Message.ReadAsync(this, "");

    /// <summary>A response to a request with this method, interim ones included.</summary>
    public Task<Message> ReadResponseAsync(string method = "GET") => Message.ReadAsync(this, method);

    public async Task<Message> AskAsync(string request, string method = "GET")
    {
        await SendAsync(request);
        return await ReadResponseAsync(method);
    }

    public void FinishSending() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes with RST.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    public void Dispose() => socket.Dispose();

    private async Task<string> ReceiveAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            var received = await socket.ReceiveAsync(_block, SocketFlags.None, patience.Token);
            var text = Encoding.Latin1.GetString(_block, 0, received);
            if (records)
            {
                lock (_received) _received.Append(text);
            }

            return text;
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.ConnectionReset)
        {
            throw new ResetException(Received);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException("Nothing came after: " + Received);
        }
    }
}
