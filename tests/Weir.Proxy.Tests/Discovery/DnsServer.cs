using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Weir.Tests;

namespace Weir.Proxy.Tests.Discovery;

/// <summary>A DNS server whose every byte is scripted, over UDP and TCP of one port.</summary>
internal sealed class DnsServer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _datagrams = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Socket _streams = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Func<Question, IEnumerable<byte[]>> _answers;
    private readonly Task _work;
    private int _asked;

    /// <param name="answers">The datagrams, or the one message over TCP, that a question is answered with.</param>
    public DnsServer(Func<Question, IEnumerable<byte[]>> answers)
    {
        _answers = answers;
        Address = new IPEndPoint(IPAddress.Loopback, FreePort.Find());
        _datagrams.Bind(Address);
        _streams.Bind(Address);
        _streams.Listen();
        _work = Task.WhenAll(ServeDatagramsAsync(), ServeStreamsAsync());
    }

    public DnsServer(Func<Question, byte[]> answer) : this(q => [answer(q)])
    {
    }

    public IPEndPoint Address { get; }

    public int Asked => Volatile.Read(ref _asked);

    public async ValueTask DisposeAsync()
    {
        if (_work.IsCompleted) return;
        await _stop.CancelAsync();
        _datagrams.Dispose();
        _streams.Dispose();
        await _work;
        _stop.Dispose();
    }

    private async Task ServeDatagramsAsync()
    {
        var buffer = new byte[65_535];
        try
        {
            while (true)
            {
                var got = await _datagrams.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
                Interlocked.Increment(ref _asked);
                foreach (var answer in _answers(new Question(buffer[..got.ReceivedBytes], false) { From = got.RemoteEndPoint })) await _datagrams.SendToAsync(answer, got.RemoteEndPoint, _stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeStreamsAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _streams.AcceptAsync(_stop.Token);
                var head = new byte[2];
                await client.ReceiveAsync(head, _stop.Token);
                var question = new byte[BinaryPrimitives.ReadUInt16BigEndian(head)];
                await client.ReceiveAsync(question, _stop.Token);
                Interlocked.Increment(ref _asked);
                foreach (var answer in _answers(new Question(question, true)))
                {
                    BinaryPrimitives.WriteUInt16BigEndian(head, (ushort)answer.Length);
                    await client.SendAsync(head, _stop.Token);
                    await client.SendAsync(answer, _stop.Token);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}

/// <summary>What was asked, and answers to it.</summary>
internal sealed record Question(byte[] Bytes, bool IsStream)
{
    public EndPoint? From { get; init; }

    public const int A = 1, Cname = 5, Aaaa = 28, Srv = 33;

    private int NameEnd => Array.IndexOf(Bytes, (byte)0, 12) + 1;

    public string Name
    {
        get
        {
            var labels = new List<string>();
            for (var at = 12; Bytes[at] != 0; at += 1 + Bytes[at]) labels.Add(Encoding.ASCII.GetString(Bytes, at + 1, Bytes[at]));
            return string.Join('.', labels);
        }
    }

    public int Type => BinaryPrimitives.ReadUInt16BigEndian(Bytes.AsSpan(NameEnd));

    /// <summary>The question again with these records; each is a whole one of <see cref="Record"/>.</summary>
    public byte[] Answer(IEnumerable<byte[]> records, int code = 0, bool truncated = false, IEnumerable<byte[]>? additional = null)
    {
        var (answers, more) = (records.ToList(), additional?.ToList() ?? []);
        var head = Bytes[..(NameEnd + 4)];
        head[2] = (byte)(0x84 | (truncated ? 2 : 0));
        head[3] = (byte)(0x80 | code);
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(6), (ushort)answers.Count);
        head.AsSpan(8, 4).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(10), (ushort)more.Count);
        return [.. head, .. answers.SelectMany(static r => r), .. more.SelectMany(static r => r)];
    }

    public byte[] Addresses(uint ttl, params string[] addresses)
        => Answer(addresses.Select(IPAddress.Parse).Where(a => a.AddressFamily == AddressFamily.InterNetwork == (Type == A)).Select(a => Record(Name, Type, ttl, a.GetAddressBytes())));

    public static byte[] Record(string name, int type, uint ttl, byte[] data)
    {
        var head = new byte[10];
        BinaryPrimitives.WriteUInt16BigEndian(head, (ushort)type);
        head[3] = 1;
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(4), ttl);
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(8), (ushort)data.Length);
        return [.. Encode(name), .. head, .. data];
    }

    public static byte[] Service(string name, uint ttl, int priority, int weight, int port, string target)
        => Record(name, Srv, ttl, [(byte)(priority >> 8), (byte)priority, (byte)(weight >> 8), (byte)weight, (byte)(port >> 8), (byte)port, .. Encode(target)]);

    public static byte[] Encode(string name)
        => [.. name.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(static l => Encoding.ASCII.GetBytes(l).Prepend((byte)l.Length)), 0];
}
