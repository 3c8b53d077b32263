using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Weir.Http.Http2.Hpack;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Http2;

/// <summary>A client of HTTP/2 whose every byte is the test's. It writes frames and field blocks by itself, and reads what comes by the rules of RFC 9113.</summary>
internal sealed class Http2Wire : IDisposable
{
    public const byte Data = 0, Headers = 1, PriorityFrame = 2, RstStream = 3, Settings = 4, PushPromise = 5, Ping = 6, GoAway = 7, WindowUpdate = 8, Continuation = 9, PriorityUpdate = 16;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Stream _stream;
    private readonly HpackDecoder _decoder = new();
    private readonly Dictionary<int, Answer> _answers = [];
    private readonly List<(int LastStream, uint Code, string Text)> _goAways = [];
    private readonly Dictionary<int, uint> _resets = [];
    private readonly Dictionary<int, long> _windows = [];
    private int _goAwaysTaken;
    private long _window = 65_535;
    private long _streamWindow = 65_535;
    private int _block;

    private Http2Wire(Stream stream) => _stream = stream;

    /// <summary>Settings that came, by their number.</summary>
    public Dictionary<int, uint> PeerSettings { get; } = [];

    /// <summary>Answers to our PING.</summary>
    public int Pongs { get; private set; }

    /// <summary>Frames that came, by type.</summary>
    public int[] Seen { get; } = new int[256];

    /// <summary>Says its settings and waits for the other's. With <paramref name="window"/>, what each stream may be sent.</summary>
    public static async Task<Http2Wire> ConnectAsync(TestGateway gateway, int? window = null, bool handshake = true, string listener = "web")
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPEndPoint.Parse(gateway.Address(listener)));
        return await OverAsync(new NetworkStream(socket, ownsSocket: true), window, handshake);
    }

    /// <summary>The other side of a client: reads its preface and says these settings, by number.</summary>
    public static async Task<Http2Wire> AcceptAsync(Stream stream, params (int Id, int Value)[] settings)
    {
        var wire = new Http2Wire(stream);
        var preface = new byte[24];
        await stream.ReadExactlyAsync(preface);
        preface.ShouldBe("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
        var payload = new byte[settings.Length * 6];
        for (var i = 0; i < settings.Length; i++)
        {
            payload[(i * 6) + 1] = (byte)settings[i].Id;
            BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan((i * 6) + 2), settings[i].Value);
        }

        await wire.SendAsync(Settings, 0, 0, payload);
        return wire;
    }

    public static async Task<Http2Wire> OverAsync(Stream stream, int? window = null, bool handshake = true)
    {
        var wire = new Http2Wire(stream);
        if (!handshake) return wire;
        var setting = new byte[window is null ? 0 : 6];
        if (window is { } size)
        {
            setting[1] = 4;
            BinaryPrimitives.WriteInt32BigEndian(setting.AsSpan(2), size);
        }

        await wire.SendRawAsync([.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, 0, setting)]);
        while (wire.Seen[Settings] < 2) await wire.ReadFrameAsync();
        return wire;
    }

    public static byte[] Frame(byte type, byte flags, int stream, params byte[] payload)
    {
        var frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, ((uint)payload.Length << 8) | type);
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        return frame;
    }

    /// <summary>Literals without indexing and without Huffman.</summary>
    public static byte[] Block(params (string Name, string Value)[] fields)
    {
        using var block = new MemoryStream();
        foreach (var (name, value) in fields)
        {
            block.WriteByte(0);
            Text(name);
            Text(value);
        }

        return block.ToArray();

        void Text(string text)
        {
            var bytes = Encoding.Latin1.GetBytes(text);
            if (bytes.Length < 127)
            {
                block.WriteByte((byte)bytes.Length);
            }
            else
            {
                block.WriteByte(127);
                var rest = bytes.Length - 127;
                for (; rest >= 128; rest /= 128) block.WriteByte((byte)(128 + (rest % 128)));
                block.WriteByte((byte)rest);
            }

            block.Write(bytes);
        }
    }

    public async Task SendRawAsync(byte[] bytes) => await _stream.WriteAsync(bytes);

    public Task SendAsync(byte type, byte flags, int stream, params byte[] payload) => SendRawAsync(Frame(type, flags, stream, payload));

    public Task HeadersAsync(int stream, bool endStream, params (string Name, string Value)[] fields)
        => SendAsync(Headers, (byte)(4 | (endStream ? 1 : 0)), stream, Block(fields));

    public Task DataAsync(int stream, string text, bool endStream) => SendAsync(Data, (byte)(endStream ? 1 : 0), stream, Encoding.Latin1.GetBytes(text));

    public Task WindowUpdateAsync(int stream, int increment)
    {
        var payload = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(payload, increment);
        return SendAsync(WindowUpdate, 0, stream, payload);
    }

    public Task ResetAsync(int stream, uint code = 8)
    {
        var payload = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(payload, code);
        return SendAsync(RstStream, 0, stream, payload);
    }

    /// <summary>Sends DATA as far as the windows let it, until nothing was allowed for so many milliseconds. The bytes.</summary>
    public async Task<long> FillWindowAsync(int stream, int patience)
    {
        _windows.TryAdd(stream, _streamWindow);
        var sent = 0L;
        while (true)
        {
            var length = (int)Math.Min(16_384, Math.Min(_window, _windows[stream]));
            if (length > 0)
            {
                await SendAsync(Data, 0, stream, new byte[length]);
                sent += length;
                _window -= length;
                _windows[stream] -= length;
                continue;
            }

            var frame = ReadFrameAsync();
            if (await Task.WhenAny(frame, Task.Delay(patience)) != frame)
            {
                _pendingRead = frame;
                return sent;
            }

            await frame;
        }
    }

    /// <summary>What came on a stream so far.</summary>
    public Answer Answer(int stream) => _answers.TryGetValue(stream, out var answer) ? answer : _answers[stream] = new Answer();

    /// <summary>Reads until the stream has ended.</summary>
    public async Task<Answer> ReadAnswerAsync(int stream)
    {
        while (!(_answers.TryGetValue(stream, out var answer) && answer.IsEnded))
        {
            if (_resets.TryGetValue(stream, out var code)) throw new IOException($"stream {stream} was reset with {code}");
            await ReadFrameAsync();
        }

        return _answers[stream];
    }

    /// <summary>Reads until so much of a stream's body is there, behind what was read this way before.</summary>
    public async Task<string> ReadBodyAsync(int stream, int from, int count)
    {
        while (Answer(stream).Body.Length < from + count)
        {
            if (_resets.TryGetValue(stream, out var code)) throw new IOException($"stream {stream} was reset with {code}");
            if (Answer(stream).IsEnded) throw new EndOfStreamException($"stream {stream} ended after {Answer(stream).Body.Length}");
            await ReadFrameAsync();
        }

        return Answer(stream).Body.Substring(from, count);
    }

    /// <summary>Reads until the stream's final head is there.</summary>
    public async Task<string> ReadStatusAsync(int stream)
    {
        while (Answer(stream).Status.Length == 0) await ReadFrameAsync();
        return Answer(stream).Status;
    }

    public async Task<uint> ReadResetAsync(int stream)
    {
        while (!_resets.ContainsKey(stream)) await ReadFrameAsync();
        return _resets[stream];
    }

    public async Task<(int LastStream, uint Code, string Text)> ReadGoAwayAsync()
    {
        while (_goAways.Count <= _goAwaysTaken) await ReadFrameAsync();
        return _goAways[_goAwaysTaken++];
    }

    /// <summary>Reads until the connection's end; a reset is one too.</summary>
    public async Task ReadEndAsync()
    {
        try
        {
            while (true) await ReadFrameAsync();
        }
        catch (Exception end) when (end is EndOfStreamException or IOException)
        {
        }
    }

    /// <summary>Says how much of a table of fields the other may use, and holds it to that once it has agreed.</summary>
    public async Task LimitTableAsync(int size)
    {
        var answers = Seen[Settings];
        await SendAsync(Settings, 0, 0, 0, 1, (byte)(size >> 24), (byte)(size >> 16), (byte)(size >> 8), (byte)size);
        while (Seen[Settings] == answers) await ReadFrameAsync();
        _decoder.SetTableLimit(size);
    }

    /// <summary>No more is sent.</summary>
    public void FinishSending() => ((NetworkStream)_stream).Socket.Shutdown(SocketShutdown.Send);

    /// <summary>The connection ends with RST.</summary>
    public void Cut()
    {
        ((NetworkStream)_stream).Socket.LingerState = new LingerOption(true, 0);
        Dispose();
    }

    public void Dispose()
    {
        _stream.Dispose();
        _decoder.Dispose();
    }

    private Task<byte>? _pendingRead;

    /// <summary>Takes in one frame; its type.</summary>
    public Task<byte> ReadFrameAsync()
    {
        if (_pendingRead is not { } pending) return ReadOneAsync().WaitAsync(Patience);
        _pendingRead = null;
        return pending.WaitAsync(Patience);
    }

    private async Task<byte> ReadOneAsync()
    {
        var head = new byte[9];
        var length = await _stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false);
        if (length < head.Length) throw new EndOfStreamException("the connection ended after " + string.Join(", ", _goAways));
        var payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
        payload.Length.ShouldBeLessThanOrEqualTo(16_384);
        await _stream.ReadExactlyAsync(payload);
        var stream = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5));
        await TakeAsync(head[3], head[4], stream, payload);
        Seen[head[3]]++;
        return head[3];
    }

    private async Task TakeAsync(byte type, byte flags, int stream, byte[] payload)
    {
        if (_block != 0) (type, stream).ShouldBe((Continuation, _block));
        switch (type)
        {
            case Data:
                Answer(stream).Add(payload, (flags & 1) != 0);
                break;
            case Headers or Continuation:
                if (type == Headers) Answer(stream).Begin((flags & 1) != 0);
                _block = (flags & 4) != 0 ? 0 : stream;
                Answer(stream).Decode(_decoder, payload, _block == 0);
                break;
            case RstStream:
                _resets[stream] = BinaryPrimitives.ReadUInt32BigEndian(payload);
                break;
            case Settings when (flags & 1) == 0:
                for (var at = 0; at < payload.Length; at += 6) PeerSettings[BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(at))] = BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(at + 2));
                if (PeerSettings.TryGetValue(4, out var window)) _streamWindow = window;
                await SendAsync(Settings, 1, 0);
                break;
            case Ping when (flags & 1) == 0:
                await SendAsync(Ping, 1, 0, payload);
                break;
            case Ping:
                Pongs++;
                break;
            case GoAway:
                _goAways.Add((BinaryPrimitives.ReadInt32BigEndian(payload), BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(4)), Encoding.ASCII.GetString(payload, 8, payload.Length - 8)));
                break;
            case WindowUpdate:
                var increment = BinaryPrimitives.ReadInt32BigEndian(payload);
                if (stream == 0) _window += increment;
                else _windows[stream] = _windows.GetValueOrDefault(stream, _streamWindow) + increment;
                break;
        }
    }
}

/// <summary>What came on a stream.</summary>
internal sealed class Answer
{
    private readonly StringBuilder _body = new();
    private List<(string Name, string Value)> _block = [];
    private bool _ends;

    public List<(string Name, string Value)> Fields { get; private set; } = [];

    public List<(string Name, string Value)> Trailers { get; private set; } = [];

    /// <summary>Heads before the final one.</summary>
    public List<string> Interim { get; } = [];

    public string Status { get; private set; } = "";

    public string Body => _body.ToString();

    public bool IsEnded { get; private set; }

    public string this[string name] => Fields.Single(f => f.Name == name).Value;

    public void Begin(bool ends)
    {
        _block = [];
        _ends = ends;
    }

    public void Decode(HpackDecoder decoder, byte[] fragment, bool last)
    {
        var sink = new Sink(_block);
        decoder.Decode(fragment, last, ref sink).ShouldBe(HpackFault.None);
        if (!last) return;
        if (Status.Length > 0)
        {
            Trailers = _block;
        }
        else if (_block[0].Value[0] == '1')
        {
            Interim.Add(_block[0].Value);
        }
        else
        {
            Fields = _block;
            Status = _block[0].Value;
        }

        IsEnded = _ends;
    }

    public void Add(byte[] data, bool ends)
    {
        IsEnded.ShouldBeFalse();
        _body.Append(Encoding.Latin1.GetString(data));
        IsEnded = ends;
    }

    private readonly struct Sink(List<(string, string)> fields) : IHpackSink
    {
        public void Take(scoped in HpackField field) => fields.Add((Encoding.Latin1.GetString(field.Name), Encoding.Latin1.GetString(field.Value)));
    }
}
