using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.Http2;

namespace Weir.Proxy.Tests.Allocations;

/// <summary>An exchange of HTTP/2 allocates nothing either, on one connection with many streams at once.</summary>
[Collection(nameof(Quiet))]
public class Http2AllocationTests
{
    private const int Streams = 32;

    [Theory]
    [InlineData(false, "")]
    [InlineData(false, "policies: [{ delay: 1ms }, { headers: { request: { set: { X-A: b } } } }]")]
    [InlineData(true, "")]
    public async Task An_exchange_allocates_nothing(bool hasBody, string route)
    {
        if (!SteadyState.Optimised) return;
        await using var origin = Origin.Start(static (wire, _) => SteadyState.ServeAsync(wire, ["0\r\n\r\n"], static _ => SteadyState.Hello), records: false);
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: route, cluster: "pool: { connections: 100, idle: 100 }");
        using var client = new Client(hasBody);
        await client.ConnectAsync(gateway);
        const int Rounds = 200;
        await client.RunAsync(Rounds);
        await SteadyState.ShouldAllocateNothingAsync(gateway.Gateway, Rounds * Streams, () => client.RunAsync(Rounds));
    }

    // Sends the same requests again and again, under new numbers, and counts the streams that end.
    private sealed class Client : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        private readonly byte[] _requests;
        private readonly List<int> _numbers = [];
        private readonly byte[] _buffer = new byte[256 * 1024];
        private int _next = 1;
        private int _left;

        public Client(bool hasBody)
        {
            using var requests = new MemoryStream();
            for (var i = 0; i < Streams; i++)
            {
                _numbers.Add((int)requests.Position + 5);
                requests.Write(Http2Gateway.Head(1, !hasBody, Http2Gateway.Ask("/", hasBody ? "POST" : "GET")));
                if (!hasBody) continue;
                _numbers.Add((int)requests.Position + 5);
                requests.Write(Http2Gateway.Body(1, 1500, endStream: true));
            }

            _requests = requests.ToArray();
        }

        public async Task ConnectAsync(TestGateway gateway)
        {
            await _socket.ConnectAsync(IPEndPoint.Parse(gateway.Address()));
            await _socket.SendAsync((byte[])[.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Http2Wire.Frame(Http2Wire.Settings, 0, 0), .. Http2Gateway.Window(0, 1u << 30)]);
        }

        public async Task RunAsync(int rounds)
        {
            for (var round = 0; round < rounds; round++)
            {
                for (var i = 0; i < _numbers.Count; i++)
                    BinaryPrimitives.WriteInt32BigEndian(_requests.AsSpan(_numbers[i]), _next + (2 * (i * Streams / _numbers.Count)));
                _next += 2 * Streams;
                await _socket.SendAsync(_requests);
                for (var ended = 0; ended < Streams;)
                {
                    var received = await _socket.ReceiveAsync(_buffer.AsMemory(_left)).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
                    received.ShouldBeGreaterThan(0);
                    ended += CountEnds(_left + received);
                }
            }
        }

        public void Dispose() => _socket.Dispose();

        private int CountEnds(int length)
        {
            var (at, ends) = (0, 0);
            while (length - at >= 9)
            {
                var size = 9 + ((_buffer[at] << 16) | (_buffer[at + 1] << 8) | _buffer[at + 2]);
                if (length - at < size) break;
                var type = _buffer[at + 3];
                type.ShouldBeOneOf(Http2Wire.Data, Http2Wire.Headers, Http2Wire.Settings, Http2Wire.WindowUpdate);
                if (type <= Http2Wire.Headers && (_buffer[at + 4] & 1) != 0) ends++;
                at += size;
            }

            _left = length - at;
            _buffer.AsSpan(at, _left).CopyTo(_buffer);
            return ends;
        }
    }
}
