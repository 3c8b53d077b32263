using Weir.Http;
using Weir.Proxy.Tests.Fixture;
using Weir.Sdk.Policies;
using static Weir.Proxy.Tests.Http2.Http2Gateway;
using static Weir.Proxy.Tests.Http2.Http2Wire;

namespace Weir.Proxy.Tests.Http2;

/// <summary>Rules that end one stream when a client breaks them: the connection, its windows and its table of fields go on.</summary>
public sealed class StreamFaultTests
{
    private const uint Protocol = 1, FlowControl = 3, StreamClosed = 5, FrameSize = 6;

    private static readonly byte[] Open = Head(1, endStream: false, Ask("/open", "POST"));
    private static readonly byte[] Ended = Head(1, endStream: true, Ask("/open"));
    private static readonly byte[] Gone = Frame(RstStream, 0, 1, 0, 0, 0, 8);

    private static readonly (string Section, uint Code, Refusal Name, byte[] Sent)[] Rules =
    [
        ("5.1 DATA when half-closed", StreamClosed, Refusal.BadFrame, [.. Ended, .. Body(1, 1, false)]),
        ("5.1 HEADERS when half-closed", StreamClosed, Refusal.BadFrame, [.. Ended, .. Ended]),
        ("5.1 DATA after RST_STREAM", StreamClosed, Refusal.BadFrame, [.. Open, .. Gone, .. Body(1, 1, false)]),
        ("5.1 HEADERS after RST_STREAM", StreamClosed, Refusal.BadFrame, [.. Open, .. Gone, .. Ended]),
        ("5.3.1 PRIORITY on itself", Protocol, Refusal.BadFrame, [.. Open, .. Frame(PriorityFrame, 0, 1, 0, 0, 0, 1, 1)]),
        ("5.3.1 HEADERS on itself", Protocol, Refusal.BadFrame, Frame(Headers, 0x25, 1, [0, 0, 0, 1, 1, .. Http2Wire.Block(Ask("/"))])),
        ("6.3 PRIORITY length", FrameSize, Refusal.BadFrame, [.. Open, .. Frame(PriorityFrame, 0, 1, 0, 0, 0, 0)]),
        ("6.9 WINDOW_UPDATE of 0", Protocol, Refusal.BadFlowWindow, [.. Open, .. Window(1, 0)]),
        ("6.9.1 WINDOW_UPDATE past 2^31-1", FlowControl, Refusal.BadFlowWindow, [.. Open, .. Window(1, int.MaxValue)]),
        ("6.9.1 DATA past the window", FlowControl, Refusal.BadFlowWindow, [.. Head(1, false, Ask("/held", "POST")), .. Body(1, 16_384, false), .. Body(1, 16_384, false), .. Body(1, 16_384, false), .. Body(1, 16_384, false), .. Body(1, 1, false)]),
        ("6.9.1 padding past the window", FlowControl, Refusal.BadFlowWindow, [.. Head(1, false, Ask("/held", "POST")), .. Body(1, 16_384, false), .. Body(1, 16_384, false), .. Body(1, 16_384, false), .. Body(1, 16_384, false), .. Frame(Data, 8, 1, 3, 0, 0, 0)]),
        ("8.1 trailers without END_STREAM", Protocol, Refusal.BadTrailer, [.. Open, .. Head(1, false, ("x-a", "b"))]),
        ("8.1 pseudo-header in trailers", Protocol, Refusal.BadTrailer, [.. Open, .. Head(1, true, (":path", "/"))]),
        ("8.1 upper case in trailers", Protocol, Refusal.BadTrailer, [.. Open, .. Head(1, true, ("X-A", "b"))]),
        ("8.1 CR and LF in trailers", Protocol, Refusal.BadTrailer, [.. Open, .. Head(1, true, ("x-a", "b\r\nc: d"))]),
        ("8.1 connection in trailers", Protocol, Refusal.BadTrailer, [.. Open, .. Head(1, true, ("connection", "close"))]),
        ("8.1.1 length without a body", Protocol, Refusal.LengthDisagrees, Head(1, true, Ask("/", "POST", ("content-length", "1")))),
        ("8.1.1 body past its length", Protocol, Refusal.LengthDisagrees, [.. Head(1, false, Ask("/open", "POST", ("content-length", "3"))), .. Body(1, 4, false)]),
        ("8.1.1 body short of its length", Protocol, Refusal.LengthDisagrees, [.. Head(1, false, Ask("/open", "POST", ("content-length", "3"))), .. Body(1, 2, true)]),
        ("8.1.1 bodies short of their length", Protocol, Refusal.LengthDisagrees, [.. Head(1, false, Ask("/open", "POST", ("content-length", "3"))), .. Body(1, 1, false), .. Body(1, 1, true)]),
        ("8.1.1 body short of its length, then trailers", Protocol, Refusal.LengthDisagrees, [.. Head(1, false, Ask("/open", "POST", ("content-length", "3"))), .. Body(1, 2, false), .. Head(1, true, ("x-a", "b"))]),
        ("8.1.1 body of length 0", Protocol, Refusal.LengthDisagrees, [.. Head(1, false, Ask("/open", "POST", ("content-length", "0"))), .. Body(1, 1, true)]),
        ("8.1.1 several lengths", Protocol, Refusal.SeveralContentLengths, Head(1, false, Ask("/open", "POST", ("content-length", "3"), ("content-length", "4")))),
        ("8.1.1 length that is none", Protocol, Refusal.BadContentLength, Head(1, false, Ask("/open", "POST", ("content-length", "+3")))),
        ("8.2 upper case", Protocol, Refusal.BadFieldName, Head(1, true, Ask("/", "GET", ("X-Upper", "1")))),
        ("8.2 name with a space", Protocol, Refusal.BadFieldName, Head(1, true, Ask("/", "GET", ("x ", "1")))),
        ("8.2 name with a colon", Protocol, Refusal.BadFieldName, Head(1, true, Ask("/", "GET", ("x:y", "1")))),
        ("8.2 empty name", Protocol, Refusal.BadFieldName, Head(1, true, Ask("/", "GET", ("", "1")))),
        ("8.2 LF in a value", Protocol, Refusal.BadFieldValue, Head(1, true, Ask("/", "GET", ("x", "1\n2")))),
        ("8.2 CR in a value", Protocol, Refusal.BadFieldValue, Head(1, true, Ask("/", "GET", ("x", "1\r2")))),
        ("8.2 NUL in a value", Protocol, Refusal.BadFieldValue, Head(1, true, Ask("/", "GET", ("x", "1\02")))),
        ("8.2.1 value with a space in front", Protocol, Refusal.BadFieldValue, Head(1, true, Ask("/", "GET", ("x", " 1")))),
        ("8.2.2 connection", Protocol, Refusal.BadConnectionField, Head(1, true, Ask("/", "GET", ("connection", "close")))),
        ("8.2.2 keep-alive", Protocol, Refusal.BadConnectionField, Head(1, true, Ask("/", "GET", ("keep-alive", "1")))),
        ("8.2.2 proxy-connection", Protocol, Refusal.BadConnectionField, Head(1, true, Ask("/", "GET", ("proxy-connection", "close")))),
        ("8.2.2 upgrade", Protocol, Refusal.BadConnectionField, Head(1, true, Ask("/", "GET", ("upgrade", "websocket")))),
        ("8.2.2 transfer-encoding", Protocol, Refusal.BadTransferEncoding, Head(1, false, Ask("/", "POST", ("transfer-encoding", "chunked")))),
        ("8.2.2 te", Protocol, Refusal.BadConnectionField, Head(1, true, Ask("/", "GET", ("te", "trailers, gzip")))),
        ("8.3 unknown pseudo-header", Protocol, Refusal.BadPseudoField, Head(1, true, [.. Ask("/"), (":test", "1")])),
        ("8.3 of a response", Protocol, Refusal.BadPseudoField, Head(1, true, [.. Ask("/"), (":status", "200")])),
        ("8.3 after a field", Protocol, Refusal.BadPseudoField, Head(1, true, (":method", "GET"), (":scheme", "http"), ("x", "1"), (":path", "/"))),
        ("8.3 method twice", Protocol, Refusal.BadPseudoField, Head(1, true, [.. Ask("/"), (":method", "GET")])),
        ("8.3 path twice", Protocol, Refusal.BadPseudoField, Head(1, true, [.. Ask("/"), (":path", "/")])),
        ("8.3 scheme twice", Protocol, Refusal.BadPseudoField, Head(1, true, [.. Ask("/"), (":scheme", "http")])),
        ("8.3 authority twice", Protocol, Refusal.BadPseudoField, Head(1, true, [.. Ask("/"), (":authority", "a")])),
        ("8.3.1 no method", Protocol, Refusal.BadPseudoField, Head(1, true, (":scheme", "http"), (":path", "/"), (":authority", "a"))),
        ("8.3.1 no scheme", Protocol, Refusal.BadPseudoField, Head(1, true, (":method", "GET"), (":path", "/"), (":authority", "a"))),
        ("8.3.1 no path", Protocol, Refusal.BadPseudoField, Head(1, true, (":method", "GET"), (":scheme", "http"), (":authority", "a"))),
        ("8.3.1 empty path", Protocol, Refusal.BadPseudoField, Head(1, true, Ask(""))),
        ("8.3.1 no field at all", Protocol, Refusal.BadPseudoField, Head(1, true)),
        ("8.3.1 CR and LF in the path", Protocol, Refusal.BadPseudoField, Head(1, true, Ask("/ HTTP/1.1\r\nx: y"))),
        ("8.3.1 space in the method", Protocol, Refusal.BadMethod, Head(1, true, Ask("/", "GET /x"))),
        ("8.3.1 host that is not the authority", Protocol, Refusal.HostDisagrees, Head(1, true, Ask("/", "GET", ("host", "b")))),
        ("8.5 CONNECT with a path", Protocol, Refusal.BadPseudoField, Head(1, false, Ask("/", "CONNECT"))),
        ("8441 protocol without CONNECT", Protocol, Refusal.BadPseudoField, Head(1, false, [.. Ask("/"), (":protocol", "websocket")])),
    ];

    public static TheoryData<string> Sections => [.. Rules.Select(static r => r.Section)];

    [Theory]
    [MemberData(nameof(Sections))]
    public async Task The_stream_ends_with_the_code_and_the_next_is_served(string section)
    {
        var (_, code, name, sent) = Rules.Single(r => r.Section == section);
        await using var site = await StartAsync();
        using (var wire = await ConnectAsync(site.Gateway))
        {
            await wire.SendRawAsync(sent);
            (await wire.ReadResetAsync(1)).ShouldBe(code);
            await TestGateway.EventuallyAsync(() => site.Gateway.Refusals(name) == 1, "the count of " + name);
            (await GetAsync(wire, 3)).ShouldBe("200");
            // What was on its way when the stream ended.
            if (name != Refusal.BadFrame) await wire.SendRawAsync([.. Body(1, 100, false), .. Window(1, 5), .. Head(1, true, ("x", "y"))]);
            (await GetAsync(wire, 5, "/origin")).ShouldBe("200");
            wire.Seen[GoAway].ShouldBe(0);
        }

        await site.ShouldBeSoundAsync();
        site.Origin.Received.ShouldNotContain("\nx: y");
    }

    [Fact]
    public async Task A_block_that_is_refused_changes_the_table_all_the_same()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var wire = await ConnectAsync(gateway);
        // With indexing: x-a: b is entry 62 afterwards, though the request has no path.
        await wire.SendRawAsync(Block(1, true, [0x82, 0x86, 0x40, 3, .. "x-a"u8, 1, .. "b"u8]));
        (await wire.ReadResetAsync(1)).ShouldBe(Protocol);
        // Trailers of a stream that is reset, and a block over the limit of streams, put theirs in it too.
        await wire.SendRawAsync(Block(1, true, [0x40, 3, .. "x-c"u8, 1, .. "d"u8]));
        await wire.SendRawAsync(Block(3, true, [0x82, 0x86, 0x84, 0x41, 1, .. "h"u8, 0xBF, 0xC0]));
        (await wire.ReadAnswerAsync(3)).Status.ShouldBe("200");
        origin.Received.ShouldContain("x-c: d\r\nx-a: b\r\n");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task More_streams_than_allowed_are_refused_with_their_bodies(bool afterReset)
    {
        await using var site = await StartAsync("limits: { streams: 4 }");
        using (var wire = await ConnectAsync(site.Gateway))
        {
            wire.PeerSettings[3].ShouldBe(4u);
            for (var id = 1; id <= 7; id += 2) await wire.HeadersAsync(id, endStream: false, Ask("/open", "POST"));
            // The body was on its way before the client could know; the connection lives.
            await wire.SendRawAsync([.. Head(9, false, Ask("/", "POST")), .. Body(9, 1000, false), .. Body(9, 1000, true)]);
            (await wire.ReadResetAsync(9)).ShouldBe(7u);
            site.Gateway.Refusals(Refusal.TooManyStreams).ShouldBe(1);
            // What the client reset is closed for it: at once there is room for as many.
            byte[] all = [];
            for (var id = 1; id <= 7; id += 2) all = [.. all, .. Frame(RstStream, 0, id, 0, 0, 0, 8)];
            for (var id = 11; id <= 17; id += 2) all = [.. all, .. Head(id, true, Ask(afterReset ? "/origin" : "/"))];
            await wire.SendRawAsync(all);
            for (var id = 11; id <= 17; id += 2) (await wire.ReadAnswerAsync(id)).Status.ShouldBe("200");
            wire.Seen[GoAway].ShouldBe(0);
            site.Gateway.Refusals(Refusal.TooManyStreams).ShouldBe(1);
        }

        await site.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData("400", "bad", ":path", "http://a/")]
    [InlineData("400", "scheme", ":scheme", "ftp")]
    [InlineData("414", "long", ":path", null)]
    [InlineData("431", "large", "x-large", null)]
    public async Task What_is_refused_is_answered_though_its_body_comes(string status, string name, string field, string? value)
    {
        _ = name;
        await using var site = await StartAsync();
        using (var wire = await ConnectAsync(site.Gateway))
        {
            value ??= field == ":path" ? "/" + new string('a', 10_000) : new string('a', 16_000);
            var fields = Ask("/", "POST").Select(f => f.Name == field ? (field, value) : f).ToList();
            var block = Http2Wire.Block([.. fields]);
            if (field[0] != ':') block = [.. block, .. Http2Wire.Block((field, value), (field + "2", value), (field + "3", value))];
            for (var at = 0; at < block.Length; at += 16_384)
                await wire.SendAsync(at == 0 ? Headers : Continuation, (byte)(block.Length - at <= 16_384 ? 4 : 0), 1, block[at..Math.Min(block.Length, at + 16_384)]);
            await wire.SendRawAsync([.. Body(1, 1000, false), .. Body(1, 1000, true)]);
            (await wire.ReadAnswerAsync(1)).Status.ShouldBe(status);
            (await GetAsync(wire, 3)).ShouldBe("200");
        }

        await site.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_body_that_comes_before_the_answer_is_written_does_not_take_it_away()
    {
        var begun = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        var scripts = new Scripts();
        scripts.Add("slow", () => new Script
        {
            Response = async _ =>
            {
                begun.TrySetResult();
                await go.Task;
                return Verdict.Continue;
            },
        });
        await using var gateway = await TestGateway.StartAsync("version: 1\nlisteners: { web: \"127.0.0.1:0\" }\nroutes: { a: { respond: 200 } }\ndefaults: { policies: [{ script: slow }] }", scripts: scripts);
        using var wire = await ConnectAsync(gateway);
        await wire.HeadersAsync(1, endStream: false, Ask("http://a/", "POST"));
        await begun.Task;
        await wire.SendRawAsync([.. Body(1, 1000, false), .. Frame(Ping, 0, 0, new byte[8])]);
        while (wire.Pongs == 0) await wire.ReadFrameAsync();
        go.SetResult();
        (await wire.ReadAnswerAsync(1)).Status.ShouldBe("400");
    }
}
