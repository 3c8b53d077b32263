using System.Text;
using Weir.Http;
using Weir.Proxy.Tests.Fixture;
using static Weir.Proxy.Tests.Http2.Http2Gateway;
using static Weir.Proxy.Tests.Http2.Http2Wire;

namespace Weir.Proxy.Tests.Http2;

/// <summary>Rules of RFC 9113 and RFC 7541 that end the connection when a client breaks them.</summary>
public sealed class ConnectionFaultTests
{
    private const uint Protocol = 1, FlowControl = 3, StreamClosed = 5, FrameSize = 6, Compression = 9;

    // A request that stays open, for what needs one.
    private static readonly byte[] Open = Head(1, endStream: false, Ask("/open", "POST"));
    private static readonly byte[] Done = Head(1, endStream: true, Ask("/"));

    private static readonly (string Section, uint Code, Refusal Name, byte[] Sent)[] Rules =
    [
        ("4.2 DATA too long", FrameSize, Refusal.BadFrame, [.. Open, .. Frame(Data, 0, 1, new byte[16_385])]),
        ("4.2 HEADERS too long", FrameSize, Refusal.BadFrame, Frame(Headers, 5, 1, new byte[16_385])),
        ("4.2 unknown type too long", FrameSize, Refusal.BadFrame, Frame(0x77, 0, 0, new byte[16_385])),
        ("5.1 DATA idle", Protocol, Refusal.BadFrame, Body(1, 1, true)),
        ("5.1 RST_STREAM idle", Protocol, Refusal.BadFrame, Frame(RstStream, 0, 1, 0, 0, 0, 8)),
        ("5.1 WINDOW_UPDATE idle", Protocol, Refusal.BadFrame, Window(1, 1)),
        ("5.1 CONTINUATION idle", Protocol, Refusal.BadFrame, Frame(Continuation, 4, 1)),
        ("5.1 DATA for a stream that is over", StreamClosed, Refusal.BadFrame, Body(1, 1, false)),
        ("5.1 HEADERS for a stream that is over", StreamClosed, Refusal.BadFrame, Done),
        ("5.1.1 even stream", Protocol, Refusal.BadFrame, Head(2, true, Ask("/"))),
        ("5.1.1 falling stream", StreamClosed, Refusal.BadFrame, [.. Head(5, true, Ask("/")), .. Head(3, true, Ask("/"))]),
        ("5.3.1 PRIORITY on itself, idle", Protocol, Refusal.BadFrame, Frame(PriorityFrame, 0, 3, 0, 0, 0, 3, 1)),
        ("5.3.1 PRIORITY on itself, nobody's", Protocol, Refusal.BadFrame, [.. Head(5, true, Ask("/")), .. Frame(PriorityFrame, 0, 2, 0, 0, 0, 2, 1)]),
        ("6.1 DATA on 0", Protocol, Refusal.BadFrame, Body(0, 1, false)),
        ("6.1 DATA padding of its length", Protocol, Refusal.BadFrame, [.. Open, .. Frame(Data, 8, 1, 3, 0, 0)]),
        ("6.1 DATA without its padding", FrameSize, Refusal.BadFrame, [.. Open, .. Frame(Data, 8, 1)]),
        ("6.2 HEADERS on 0", Protocol, Refusal.BadFrame, Head(0, true, Ask("/"))),
        ("6.2 HEADERS padding past its length", Protocol, Refusal.BadFrame, Frame(Headers, 0x0D, 1, 2, 0x82)),
        ("6.2 HEADERS without its padding", FrameSize, Refusal.BadFrame, Frame(Headers, 0x0D, 1)),
        ("6.2 HEADERS without its priority", FrameSize, Refusal.BadFrame, Frame(Headers, 0x25, 1, 0, 0, 0, 0)),
        ("6.3 PRIORITY on 0", Protocol, Refusal.BadFrame, Frame(PriorityFrame, 0, 0, 0, 0, 0, 1, 1)),
        ("6.3 PRIORITY length, idle", FrameSize, Refusal.BadFrame, Frame(PriorityFrame, 0, 3, 0, 0, 0, 1)),
        ("6.4 RST_STREAM on 0", Protocol, Refusal.BadFrame, Frame(RstStream, 0, 0, 0, 0, 0, 8)),
        ("6.4 RST_STREAM short", FrameSize, Refusal.BadFrame, [.. Open, .. Frame(RstStream, 0, 1, 0, 0, 0)]),
        ("6.4 RST_STREAM long", FrameSize, Refusal.BadFrame, [.. Open, .. Frame(RstStream, 0, 1, 0, 0, 0, 8, 0)]),
        ("6.5 SETTINGS on a stream", Protocol, Refusal.BadFrame, Frame(Settings, 0, 1)),
        ("6.5 SETTINGS length", FrameSize, Refusal.BadFrame, Frame(Settings, 0, 0, 0, 1, 0, 0, 0)),
        ("6.5 ACK with settings", FrameSize, Refusal.BadFrame, Frame(Settings, 1, 0, 0, 1, 0, 0, 0, 0)),
        ("6.5.2 ENABLE_PUSH", Protocol, Refusal.BadSetting, Setting(2, 2)),
        ("6.5.2 INITIAL_WINDOW_SIZE", FlowControl, Refusal.BadSetting, Setting(4, 1u << 31)),
        ("6.5.2 MAX_FRAME_SIZE small", Protocol, Refusal.BadSetting, Setting(5, 16_383)),
        ("6.5.2 MAX_FRAME_SIZE large", Protocol, Refusal.BadSetting, Setting(5, 1 << 24)),
        ("8441 ENABLE_CONNECT_PROTOCOL", Protocol, Refusal.BadSetting, Setting(8, 2)),
        ("9218 NO_RFC7540_PRIORITIES", Protocol, Refusal.BadSetting, Setting(9, 2)),
        ("9218 NO_RFC7540_PRIORITIES later", Protocol, Refusal.BadSetting, Setting(9, 1)),
        ("6.6 PUSH_PROMISE", Protocol, Refusal.BadFrame, [.. Open, .. Frame(PushPromise, 4, 1, [0, 0, 0, 2, .. Http2Wire.Block(Ask("/"))])]),
        ("6.7 PING on a stream", Protocol, Refusal.BadFrame, Frame(Ping, 0, 1, new byte[8])),
        ("6.7 PING short", FrameSize, Refusal.BadFrame, Frame(Ping, 0, 0, new byte[7])),
        ("6.7 PING long", FrameSize, Refusal.BadFrame, Frame(Ping, 0, 0, new byte[9])),
        ("6.8 GOAWAY on a stream", Protocol, Refusal.BadFrame, Frame(GoAway, 0, 1, new byte[8])),
        ("6.8 GOAWAY short", FrameSize, Refusal.BadFrame, Frame(GoAway, 0, 0, new byte[7])),
        ("6.9 WINDOW_UPDATE length", FrameSize, Refusal.BadFrame, Frame(WindowUpdate, 0, 0, 0, 0, 1)),
        ("6.9 WINDOW_UPDATE length, stream", FrameSize, Refusal.BadFrame, [.. Open, .. Frame(WindowUpdate, 0, 1, 0, 0, 0, 1, 0)]),
        ("6.9 WINDOW_UPDATE of 0", Protocol, Refusal.BadFlowWindow, Window(0, 0)),
        ("6.9.1 WINDOW_UPDATE past 2^31-1", FlowControl, Refusal.BadFlowWindow, Window(0, int.MaxValue)),
        ("6.9.1 WINDOW_UPDATE past 2^31-1 in two", FlowControl, Refusal.BadFlowWindow, [.. Window(0, int.MaxValue - 65_535), .. Window(0, 1)]),
        ("6.9.2 SETTINGS past 2^31-1", FlowControl, Refusal.BadFlowWindow, [.. Open, .. Window(1, 1), .. Setting(4, int.MaxValue)]),
        ("6.10 CONTINUATION after a whole block", Protocol, Refusal.BadFrame, [.. Open, .. Frame(Continuation, 4, 1)]),
        ("6.10 CONTINUATION on 0", Protocol, Refusal.BadFrame, [.. Frame(Headers, 1, 1, 0x82), .. Frame(Continuation, 4, 0)]),
        ("6.10 CONTINUATION of another", Protocol, Refusal.BadFrame, [.. Frame(Headers, 1, 1, 0x82), .. Frame(Continuation, 4, 3)]),
        ("6.10 HEADERS within a block", Protocol, Refusal.BadFrame, [.. Frame(Headers, 1, 1, 0x82), .. Head(3, true, Ask("/"))]),
        ("6.10 DATA within a block", Protocol, Refusal.BadFrame, [.. Frame(Headers, 0, 1, 0x82), .. Body(1, 1, true)]),
        ("6.10 PING within a block", Protocol, Refusal.BadFrame, [.. Frame(Headers, 1, 1, 0x82), .. Frame(Ping, 0, 0, new byte[8])]),
        ("6.10 PRIORITY within a block", Protocol, Refusal.BadFrame, [.. Frame(Headers, 1, 1, 0x82), .. Frame(PriorityFrame, 0, 1, 0, 0, 0, 0, 1)]),
        ("6.10 unknown type within a block", Protocol, Refusal.BadFrame, [.. Frame(Headers, 1, 1, 0x82), .. Frame(0x77, 0, 1)]),
        ("9218 PRIORITY_UPDATE on a stream", Protocol, Refusal.BadFrame, [.. Open, .. Frame(PriorityUpdate, 0, 1, 0, 0, 0, 1)]),
        ("9218 PRIORITY_UPDATE short", FrameSize, Refusal.BadFrame, Frame(PriorityUpdate, 0, 0, 0, 0, 1)),
        ("9218 PRIORITY_UPDATE of 0", Protocol, Refusal.BadFrame, Frame(PriorityUpdate, 0, 0, 0, 0, 0, 0)),
        ("7541 2.3.3 index past the tables", Compression, Refusal.BadFieldBlock, Block(1, true, 0xFE)),
        ("7541 2.3.3 name's index past the tables", Compression, Refusal.BadFieldBlock, Block(1, true, 0x7E, 1, 97)),
        ("7541 4.2 size update behind a field", Compression, Refusal.BadFieldBlock, Block(1, true, 0x82, 0x20)),
        ("7541 5.1 integer of many bytes", Compression, Refusal.BadFieldBlock, Block(1, true, 0xFF, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1)),
        ("7541 5.1 length past 2^28", Compression, Refusal.BadFieldBlock, Block(1, true, 0, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F)),
        ("7541 5.2 string past the block", Compression, Refusal.BadFieldBlock, Block(1, true, 0, 5, 97)),
        ("7541 5.2 Huffman padding of zeros", Compression, Refusal.BadFieldBlock, Block(1, true, 0, 1, 97, 0x81, 0x18)),
        ("7541 5.2 Huffman padding of 8 bits", Compression, Refusal.BadFieldBlock, Block(1, true, 0, 1, 97, 0x82, 0x1F, 0xFF)),
        ("7541 5.2 Huffman end of string", Compression, Refusal.BadFieldBlock, Block(1, true, 0, 1, 97, 0x84, 0xFF, 0xFF, 0xFF, 0xFF)),
        ("7541 6.1 index 0", Compression, Refusal.BadFieldBlock, Block(1, true, 0x80)),
        ("7541 6.3 size update past the setting", Compression, Refusal.BadFieldBlock, Block(1, true, 0x3F, 0xE2, 0x1F)),
        ("7541 in trailers", Compression, Refusal.BadFieldBlock, [.. Open, .. Block(1, true, 0x80)]),
        ("7541 in a block that is dropped", Compression, Refusal.BadFieldBlock, [.. Open, .. Frame(RstStream, 0, 1, 0, 0, 0, 8), .. Block(1, true, 0x80)]),
    ];

    public static TheoryData<string> Sections => [.. Rules.Select(static r => r.Section)];

    [Theory]
    [MemberData(nameof(Sections))]
    public async Task The_connection_ends_with_the_code_and_the_name(string section)
    {
        var (_, code, name, sent) = Rules.Single(r => r.Section == section);
        await using var site = await StartAsync();
        using (var wire = await ConnectAsync(site.Gateway))
        {
            if (section.EndsWith("is over", StringComparison.Ordinal))
            {
                await wire.SendRawAsync(Done);
                await wire.ReadAnswerAsync(1);
            }

            await wire.SendRawAsync(sent);
            var said = await wire.ReadGoAwayAsync();
            (said.Code, said.Text).ShouldBe((code, Encoding.ASCII.GetString(name.Text())));
            await wire.ReadEndAsync();
        }

        site.Gateway.Refusals(name).ShouldBe(1);
        await site.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", false)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\rX", false)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\u0008\u0006\0\0\0\0\0abcdefgh", true)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\u0001\0\0\0\0", true)]
    [InlineData("PRI * HTTP/2.1\r\n\r\nSM\r\n\r\n", false)]
    [InlineData("PRI / HTTP/2.0\r\n\r\nSM\r\n\r\n", false)]
    public async Task A_connection_begins_with_the_preface_and_settings(string sent, bool isHttp2)
    {
        await using var site = await StartAsync();
        using (var client = await site.Gateway.ConnectAsync())
        {
            await client.SendAsync(sent);
            var end = await client.ReadToEndAsync();
            if (isHttp2) end.ShouldEndWith("\0\0\0\u0001bad-frame");
            else end.ShouldStartWith("HTTP/1.1 ");
        }

        if (isHttp2) site.Gateway.Refusals(Refusal.BadFrame).ShouldBe(1);
        await site.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_preface_may_come_byte_by_byte()
    {
        await using var site = await StartAsync();
        using var wire = await ConnectAsync(site.Gateway, handshake: false);
        foreach (var b in (byte[])[.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, 0), .. Head(1, true, Ask("/"))])
        {
            await wire.SendRawAsync([b]);
            await Task.Yield();
        }

        (await wire.ReadAnswerAsync(1)).Body.ShouldBe("hi");
    }

    [Fact]
    public async Task What_was_said_of_the_last_stream_is_never_taken_back()
    {
        await using var site = await StartAsync();
        using var wire = await ConnectAsync(site.Gateway);
        await wire.HeadersAsync(1, endStream: true, Ask("/open"));
        await TestGateway.EventuallyAsync(() => site.Gateway.Active == 1);
        var draining = site.Gateway.Gateway.DrainAsync(TimeSpan.FromSeconds(10));
        (await wire.ReadGoAwayAsync()).LastStream.ShouldBe(int.MaxValue);
        (await wire.ReadGoAwayAsync()).LastStream.ShouldBe(1);
        // Past the last one, and then a fault.
        await wire.SendRawAsync([.. Head(3, endStream: true, Ask("/")), .. Frame(Ping, 0, 1, new byte[8])]);
        (await wire.ReadGoAwayAsync()).ShouldBe((1, Protocol, "bad-frame"));
        await wire.ReadEndAsync();
        await draining;
    }
}
