using System.Diagnostics;
using Weir.Http;
using Weir.Proxy.Tests.Fixture;
using static Weir.Proxy.Tests.Http2.Http2Gateway;
using static Weir.Proxy.Tests.Http2.Http2Wire;

namespace Weir.Proxy.Tests.Http2;

/// <summary>What costs a client next to nothing and the other side work: cut within a few hundred frames, in bounded memory, and nobody else notices.</summary>
public sealed class FloodTests
{
    private const uint EnhanceYourCalm = 11;

    // So many in one go are always too many; time gives some back while they are read.
    private const int Many = 450;

    private static readonly byte[] Open = Head(1, endStream: false, Ask("/open", "POST"));

    private static readonly (string Name, byte[] First, Func<int, byte[]> Each)[] Floods =
    [
        ("rapid reset", [], static i => [.. Head((2 * i) + 1, true, Ask("/open")), .. Frame(RstStream, 0, (2 * i) + 1, 0, 0, 0, 8)]),
        ("reset with a body under way", [], static i => [.. Head((2 * i) + 1, false, Ask("/open", "POST")), .. Body((2 * i) + 1, 10, false), .. Frame(RstStream, 0, (2 * i) + 1, 0, 0, 0, 8)]),
        ("streams that are reset for their faults", [], static i => Head((2 * i) + 1, true, Ask(""))),
        ("streams that are reset for their bodies", [], static i => [.. Head((2 * i) + 1, false, Ask("/open", "POST", ("content-length", "1"))), .. Body((2 * i) + 1, 2, true)]),
        ("streams that are reset for their windows", [], static i => [.. Head((2 * i) + 1, false, Ask("/open", "POST")), .. Window((2 * i) + 1, 0)]),
        ("streams over the limit", [], static i => Head((2 * i) + 1, true, Ask("/open"))),
        ("blocks for a stream that is reset", [.. Open, .. Window(1, 0)], static _ => Head(1, true, Ask("/"))),
        ("CONTINUATION", Frame(Headers, 1, 1, 0x82), static _ => Frame(Continuation, 0, 1, 0x82)),
        ("empty CONTINUATION", Frame(Headers, 1, 1, 0x82), static _ => Frame(Continuation, 0, 1)),
        ("large CONTINUATION", Frame(Headers, 1, 1, 0x82), static i => i < 20 ? Frame(Continuation, 0, 1, [0, 1, 97, 0x7F, 0xFB, 0x7E, .. new byte[16_378]]) : []),
        ("empty DATA", Open, static _ => Body(1, 0, false)),
        ("DATA of padding", Open, static _ => Frame(Data, 8, 1, 3, 0, 0, 0)),
        ("PING", [], static _ => Frame(Ping, 0, 0, new byte[8])),
        ("PING answers", [], static _ => Frame(Ping, 1, 0, new byte[8])),
        ("SETTINGS", [], static i => Setting(4, (uint)i)),
        ("empty SETTINGS", [], static _ => Frame(Settings, 0, 0)),
        ("SETTINGS answers", [], static _ => Frame(Settings, 1, 0)),
        ("PRIORITY", [], static i => Frame(PriorityFrame, 0, (2 * i) + 3, 0, 0, 0, 1, 1)),
        ("PRIORITY_UPDATE", Open, static _ => Frame(PriorityUpdate, 0, 0, [0, 0, 0, 1, .. "u=1"u8])),
        ("WINDOW_UPDATE of 1", [], static _ => Window(0, 1)),
        ("WINDOW_UPDATE of 1 to a stream", Open, static _ => Window(1, 1)),
        ("WINDOW_UPDATE to a stream that is over", Head(1, true, Ask("/")), static _ => Window(1, 100_000)),
        ("RST_STREAM of a stream that is over", Head(1, true, Ask("/")), static _ => Frame(RstStream, 0, 1, 0, 0, 0, 8)),
        ("unknown types", [], static i => Frame((byte)(0x20 + (i % 100)), 0xFF, i, new byte[i])),
        ("GOAWAY", Open, static _ => Frame(GoAway, 0, 0, new byte[8])),
    ];

    public static TheoryData<string> Names => [.. Floods.Select(static f => f.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_flood_is_cut(string name)
    {
        await using var site = await StartAsync();
        using (var wire = await ConnectAsync(site.Gateway))
        {
            await FloodAsync(wire, name);
        }

        site.Gateway.Refusals(Refusal.FrameFlood).ShouldBe(1);
        site.Gateway.Gateway.Loops.Sum(static l => l.Loop.Buffers.Reserved).ShouldBeLessThan(4 << 20);
        await site.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task What_is_taken_back_at_once_costs_the_origin_nothing()
    {
        await using var site = await StartAsync();
        using (var wire = await ConnectAsync(site.Gateway))
        {
            byte[] taken = [.. Enumerable.Range(0, 5).SelectMany(static i => (byte[])[.. Head((2 * i) + 1, true, Ask("/origin")), .. Frame(RstStream, 0, (2 * i) + 1, 0, 0, 0, 8)])];
            await wire.SendRawAsync([.. taken, .. Head(11, true, Ask("/origin"))]);
            (await wire.ReadStatusAsync(11)).ShouldBe("200");
        }

        site.Origin.Connections.Count.ShouldBe(1);
        await TestGateway.EventuallyAsync(() => site.Gateway.Refusals(Refusal.ClientGone) == 5);
        await site.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Others_are_served_while_many_flood()
    {
        await using var site = await StartAsync();
        using var done = new CancellationTokenSource();
        var probe = Task.Run(() => ProbeAsync(site.Gateway, done.Token));
        for (var round = 0; round < 3; round++)
        {
            await Task.WhenAll(Floods.Select(async flood =>
            {
                using var wire = await ConnectAsync(site.Gateway);
                await FloodAsync(wire, flood.Name);
            }));
            site.Gateway.Gateway.Loops.Sum(static l => l.Loop.Buffers.Reserved).ShouldBeLessThan(16 << 20);
        }

        await done.CancelAsync();
        (await probe).ShouldBeGreaterThan(0);
        site.Gateway.Refusals(Refusal.FrameFlood).ShouldBe(3 * Floods.Length);
        await site.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData(3, "200")]
    [InlineData(20, "431")]
    [InlineData(60_000, null)]
    public async Task Fields_that_are_said_by_reference_take_no_more_than_the_limit(int references, string? status)
    {
        await using var site = await StartAsync();
        using (var wire = await ConnectAsync(site.Gateway))
        {
            // One entry of about 4,000 bytes, and then a byte for each time that it is meant.
            await wire.SendRawAsync(Block(1, true, [0x82, 0x86, 0x84, 0x01, 1, 97, 0x40, 1, 98, 0x7F, 0xA1, 0x1E, .. Enumerable.Repeat((byte)99, 4000)]));
            (await wire.ReadAnswerAsync(1)).Status.ShouldBe("200");
            byte[] block = [0x82, 0x86, 0x84, 0x01, 1, 97, .. Enumerable.Repeat((byte)0xBE, references)];
            for (var id = 3; id < (status is null ? 5 : 100); id += 2)
            {
                byte[] frames = [];
                for (var at = 0; at < block.Length; at += 16_384)
                    frames = [.. frames, .. Frame(at == 0 ? Headers : Continuation, (byte)((at == 0 ? 1 : 0) | (block.Length - at <= 16_384 ? 4 : 0)), id, block[at..Math.Min(block.Length, at + 16_384)])];
                await wire.SendRawAsync(frames);
                if (status is not null) (await wire.ReadAnswerAsync(id)).Status.ShouldBe(status);
            }

            if (status is null) (await wire.ReadGoAwayAsync()).ShouldBe((3, EnhanceYourCalm, "frame-flood"));
        }

        site.Gateway.Gateway.Loops.Sum(static l => l.Loop.Buffers.Reserved).ShouldBeLessThan(4 << 20);
        await site.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Answers_that_nobody_reads_stop_the_reading()
    {
        await using var site = await StartAsync("timeouts: { write: 1s }");
        var reserved = 0L;
        var sent = 0L;
        using (var client = await site.Gateway.ConnectAsync(receiveBuffer: 4096))
        {
            client.Socket.SendBufferSize = 4096;
            await client.SendAsync(new ReadOnlyMemory<byte>([.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, 0), .. Head(1, false, Ask("/open", "POST", ("x-large", "1")))]));
            // Each PING goes with a byte of a body: that is honest, as PINGs that measure the bandwidth are.
            byte[] piece = [.. Enumerable.Range(0, 500).SelectMany(static _ => (byte[])[.. Frame(Ping, 0, 0, new byte[8]), .. Body(1, 1, false)])];
            try
            {
                for (; sent < 64 << 20; sent += piece.Length)
                {
                    await client.SendAsync(piece).WaitAsync(TimeSpan.FromSeconds(20));
                    reserved = Math.Max(reserved, site.Gateway.Gateway.Loops.Sum(static l => l.Loop.Buffers.Reserved));
                }
            }
            catch (Exception end) when (end is ResetException or System.Net.Sockets.SocketException)
            {
            }
        }

        sent.ShouldBeLessThan(32 << 20);
        reserved.ShouldBeLessThan(4 << 20);
        site.Gateway.Refusals(Refusal.ClientTooSlow).ShouldBe(1);
        await site.ShouldBeSoundAsync();
    }

    private static async Task FloodAsync(Http2Wire wire, string name)
    {
        var (_, first, each) = Floods.Single(f => f.Name == name);
        byte[] flood = [.. Enumerable.Range(0, Many).SelectMany(each)];
        if (name.EndsWith("is over", StringComparison.Ordinal))
        {
            await wire.SendRawAsync(first);
            await wire.ReadAnswerAsync(1);
            await wire.SendRawAsync(flood);
        }
        else
        {
            await wire.SendRawAsync([.. first, .. flood]);
        }

        var (_, code, text) = await wire.ReadGoAwayAsync();
        (code, text).ShouldBe((EnhanceYourCalm, "frame-flood"));
        await wire.ReadEndAsync();
    }

    // About 200 requests a second.
    private static async Task<int> ProbeAsync(TestGateway gateway, CancellationToken end)
    {
        using var wire = await ConnectAsync(gateway);
        var count = 0;
        while (!end.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            (await GetAsync(wire, (2 * count++) + 1, "/origin")).ShouldBe("200");
            Stopwatch.GetElapsedTime(began).TotalSeconds.ShouldBeLessThan(5);
            await Task.Delay(5, CancellationToken.None);
        }

        wire.Seen[GoAway].ShouldBe(0);
        return count;
    }
}
