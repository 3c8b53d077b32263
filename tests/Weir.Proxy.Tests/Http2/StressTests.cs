using System.Globalization;
using System.Text;
using Weir.Proxy.Tests.Fixture;
using static Weir.Proxy.Tests.Http2.Http2Gateway;
using static Weir.Proxy.Tests.Http2.Http2Wire;

namespace Weir.Proxy.Tests.Http2;

/// <summary>
/// Several connections do what is right and what is wrong in an order that a seed makes: every answer is that of its own request, whatever
/// happens to the streams beside it, and in the end nothing is left.
/// </summary>
public sealed class StressTests
{
    private const int Steps = 300;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(4, 3)]
    public async Task Every_answer_is_that_of_its_request(int seed, int loops)
    {
        await using var origin = Origin.Start(static (wire, _) => ServeAsync(wire), records: false);
        await using var gateway = await TestGateway.ForwardingAsync(origin, loops: loops, cluster: "pool: { connections: 500 }");
        var answered = await Task.WhenAll(Enumerable.Range(0, 6).Select(number => Task.Run(async () =>
        {
            var answers = 0;
            for (var life = 0; life < 3; life++)
            {
                using var client = new Client(await ConnectAsync(gateway), new Random((seed * 1000) + (number * 10) + life), $"{number}-{life}");
                answers += await client.RunAsync();
            }

            return answers;
        })));
        answered.Sum().ShouldBeGreaterThan(6 * 3 * Steps / 4);
        await ShouldBeQuietAsync(gateway);
    }

    // What the body of a request or a response has to be.
    private static string Text(string id, int size) => new StringBuilder().Insert(0, id + ' ', (size / (id.Length + 1)) + 1).ToString(0, size);

    // The path is /id/size of the body that comes/size of the one that is wanted/how.
    private static async Task ServeAsync(RawConnection wire)
    {
        while (true)
        {
            var request = await wire.ReadRequestAsync();
            var parts = request.Target.Split('/');
            var (id, up, down) = (parts[1], int.Parse(parts[2], CultureInfo.InvariantCulture), int.Parse(parts[3], CultureInfo.InvariantCulture));
            if (request.Body != Text(id, up)) throw new InvalidOperationException($"{request.Target} came with {request.Body.Length}: {request.Body[..Math.Min(99, request.Body.Length)]}");
            var body = Text(id, down);
            if (parts[4] == "length") await wire.SendAsync($"HTTP/1.1 200 OK\r\nX-Id: {id}\r\nContent-Length: {down}\r\n\r\n{body}");
            else if (parts[4] == "early") await wire.SendAsync($"HTTP/1.1 103 Early Hints\r\nX-Id: {id}\r\n\r\nHTTP/1.1 200 OK\r\nX-Id: {id}\r\nContent-Length: {down}\r\n\r\n{body}");
            else await wire.SendAsync($"HTTP/1.1 200 OK\r\nX-Id: {id}\r\nTransfer-Encoding: chunked\r\n\r\n{(down > 0 ? $"{down:x}\r\n{body}\r\n" : "")}0\r\nX-Sum: {id}\r\n\r\n");
        }
    }

    private sealed class Client(Http2Wire wire, Random random, string name) : IDisposable
    {
        private readonly List<(int Stream, string Id, int Size, string How)> _asked = [];
        private int _next = 1;
        private int _faults;
        private int _answers;

        public async Task<int> RunAsync()
        {
            await wire.WindowUpdateAsync(0, 1 << 30);
            await AskAsync(0);
            for (var step = 0; step < Steps; step++)
            {
                await ActAsync(random.Next(100));
                if (_asked.Count >= 20 || (_asked.Count > 0 && random.Next(5) == 0)) await TakeAsync(random.Next(_asked.Count));
            }

            await EndAsync();
            return _answers;
        }

        public void Dispose() => wire.Dispose();

        private Task ActAsync(int dice) => dice switch
        {
            < 35 => AskAsync(0),
            < 60 => AskAsync(random.Next(3000)),
            < 68 => GiveUpAsync(),
            < 76 => BreakRuleAsync(),
            < 80 => wire.SendAsync(Ping, 0, 0, new byte[8]),
            < 83 => wire.SendRawAsync(Setting(4, (uint)random.Next(70_000))),
            < 86 => wire.SendAsync(PriorityUpdate, 0, 0, [.. Number(Math.Max(1, _next - (2 * random.Next(10)) - 2)), .. "u=1, i"u8]),
            < 89 => wire.SendAsync((byte)random.Next(32, 200), 0xFF, random.Next(100), new byte[random.Next(300)]),
            < 94 => wire.WindowUpdateAsync(random.Next(2) * Math.Max(1, _next - 2), 2000),
            _ => ReadSomeAsync(),
        };

        private async Task AskAsync(int size)
        {
            var (stream, id) = (_next, $"{name}-{_next}");
            _next += 2;
            var down = random.Next(4) == 0 ? 0 : random.Next(20_000);
            var how = ((string[])["length", "chunked", "early"])[random.Next(3)];
            var fields = Ask($"/{id}/{size}/{down}/{how}", "POST", random.Next(2) == 0 && size > 0 ? [("content-length", $"{size}")] : []);
            _asked.Add((stream, id, down, how));
            if (size == 0 && random.Next(2) == 0)
            {
                await wire.HeadersAsync(stream, true, fields);
                return;
            }

            await wire.HeadersAsync(stream, false, fields);
            var text = Encoding.ASCII.GetBytes(Text(id, size));
            for (var at = 0; at < size;)
            {
                var piece = Math.Min(size - at, 1 + random.Next(1500));
                await wire.SendAsync(Data, 0, stream, text[at..(at + piece)]);
                at += piece;
                if (random.Next(4) == 0) await ReadSomeAsync();
            }

            if (random.Next(3) == 0) await wire.HeadersAsync(stream, true, ("x-sum", id));
            else await wire.SendAsync(Data, 1, stream);
        }

        // At some point of a request.
        private async Task GiveUpAsync()
        {
            var stream = _next;
            _next += 2;
            await wire.HeadersAsync(stream, false, Ask($"/gone{stream}/9/5000/chunked", "POST"));
            if (random.Next(2) == 0) await wire.SendRawAsync(Body(stream, 5, false));
            if (random.Next(2) == 0) await ReadSomeAsync();
            await wire.ResetAsync(stream);
        }

        private async Task BreakRuleAsync()
        {
            // As many as an accident may have.
            if (++_faults > 40) return;
            var stream = _next;
            _next += 2;
            var open = Head(stream, false, Ask($"/bad{stream}/9/5000/length", "POST", ("content-length", "9")));
            byte[] sent = random.Next(7) switch
            {
                0 => [.. open, .. Body(stream, 10, true)],
                1 => [.. open, .. Body(stream, 8, true)],
                2 => [.. open, .. Window(stream, 0)],
                3 => [.. open, .. Window(stream, int.MaxValue)],
                4 => [.. open, .. Head(stream, true, ("Upper", "case"))],
                5 => Head(stream, true, Ask("/", "GET", ("connection", "x"))),
                _ => Head(stream, true, (":method", "GET")),
            };
            await wire.SendRawAsync(sent);
            (await wire.ReadResetAsync(stream)).ShouldBeOneOf(1u, 3u);
            // What a client sends that does not know yet.
            if (random.Next(2) == 0) await wire.SendRawAsync([.. Body(stream, 100, false), .. Window(stream, 3)]);
        }

        private async Task ReadSomeAsync()
        {
            // Each is answered, so that there is something to read.
            var pongs = wire.Pongs;
            await wire.SendAsync(Ping, 0, 0, new byte[8]);
            while (wire.Pongs == pongs) await wire.ReadFrameAsync();
        }

        private async Task TakeAsync(int which)
        {
            var (stream, id, size, how) = _asked[which];
            _asked.RemoveAt(which);
            await wire.WindowUpdateAsync(stream, 100_000);
            var answer = await wire.ReadAnswerAsync(stream);
            answer.Status.ShouldBe("200", id);
            answer["x-id"].ShouldBe(id);
            answer.Body.ShouldBe(Text(id, size));
            answer.Interim.Count.ShouldBe(how == "early" ? 1 : 0);
            answer.Trailers.ShouldBe(how == "chunked" ? [("x-sum", id)] : []);
            _answers++;
        }

        private async Task EndAsync()
        {
            wire.Seen[GoAway].ShouldBe(0);
            switch (random.Next(4))
            {
                case 0:
                    wire.Cut();
                    break;
                case 1:
                    await wire.SendRawAsync(Frame(Ping, 0, 1, new byte[8]));
                    (await wire.ReadGoAwayAsync()).Code.ShouldBe(1u);
                    break;
                case 2:
                    while (_asked.Count > 0) await TakeAsync(0);
                    await wire.SendAsync(GoAway, 0, 0, new byte[8]);
                    await wire.ReadEndAsync();
                    break;
                default:
                    break;
            }
        }

        private static byte[] Number(int value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];
    }
}
