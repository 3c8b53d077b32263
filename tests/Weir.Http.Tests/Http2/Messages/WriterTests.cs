using Weir.Http.Fields;
using Weir.Http.Http1;
using Weir.Http.Http2.Hpack;
using Weir.Http.Http2.Messages;
using Weir.Http.Messages;
using Weir.Http.Tests.Http2.Hpack;

namespace Weir.Http.Tests.Http2.Messages;

/// <summary>What is written comes from what was understood, as with HTTP/1, and can be read by anybody.</summary>
public sealed unsafe class WriterTests
{
    private delegate void Write(ref HpackWriter writer, RequestHead head);

    private static string? Request(string text, Write write, out WriteOutcome outcome, int room = 4096)
    {
        using var head = new RequestHead();
        using var buffer = new NativeText(NativeText.Bytes(text));
        var state = default(Http1ParseState);
        RequestParser.Parse(head, buffer.Start, buffer.Length, Http1Limits.Default, ref state).Outcome.ShouldBe(ParseOutcome.Done);
        return Decoded((ref HpackWriter w) => write(ref w, head), out outcome, room);
    }

    private delegate void WriteBlock(ref HpackWriter writer);

    private static string? Decoded(WriteBlock write, out WriteOutcome outcome, int room = 4096)
    {
        var to = new byte[room];
        var writer = new HpackWriter(to, new HpackEncoder());
        write(ref writer);
        outcome = writer.End(out var written);
        if (outcome != WriteOutcome.Written) return null;
        using var decoder = new HpackDecoder();
        decoder.Decode(to.AsSpan(0, written), out var fields).ShouldBe(HpackFault.None);
        return fields.Text();
    }

    private static string? Request(string text, FieldOverlay? overlay = null)
        => Request(text, (ref HpackWriter w, RequestHead h) =>
        {
            overlay?.Start(h.Fields);
            Http2Writer.WriteRequest(ref w, h, overlay, new RequestWriteOptions { Framing = h.Framing, ContentLength = h.ContentLength });
        }, out _);

    [Fact]
    public void Hop_by_hop_framing_and_untrusted_fields_are_not_copied_and_names_are_in_lower_case()
        => Request("POST /a/../b?c HTTP/1.1\r\nAccept:  x \r\nHost: A\r\nTE: trailers\r\nX: 1\r\nKeep-Alive: 1\r\nProxy-Connection: close\r\n"
                + "Content-Length: 005\r\nX-Forwarded-For: 1.1.1.1\r\nForwarded: for=x\r\nClient-Cert: :x:\r\nConnection: X\r\nExpect: 100-continue\r\nlOwEr: 2\r\n"
                + "Upgrade: x\r\nHTTP2-Settings: y\r\n\r\n")
            .ShouldBe(":method: POST\n:scheme: http\n:authority: a\n:path: /b?c\naccept: x\nlower: 2\ncontent-length: 5");

    [Theory]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: a", ":method: OPTIONS\n:scheme: http\n:authority: a\n:path: *")]
    [InlineData("GET http://a?b HTTP/1.1\r\nHost: a", ":method: GET\n:scheme: http\n:authority: a\n:path: /?b")]
    [InlineData("GET /? HTTP/1.1\r\nHost: a:80", ":method: GET\n:scheme: http\n:authority: a:80\n:path: /?")]
    [InlineData("GET / HTTP/1.0", ":method: GET\n:scheme: http\n:path: /")]
    [InlineData("CONNECT a:1 HTTP/1.1\r\nHost: a:1", ":method: CONNECT\n:authority: a:1")]
    public void Section_8_3_1_the_target_becomes_pseudo_fields(string head, string written) => Request(head + "\r\n\r\n").ShouldBe(written);

    [Fact]
    public void A_long_query_is_joined_too()
    {
        var query = new string('q', 2000);
        Request($"GET /a/./b?{query} HTTP/1.1\r\nHost: a\r\n\r\n").ShouldBe($":method: GET\n:scheme: http\n:authority: a\n:path: /a/b?{query}");
    }

    [Fact]
    public void Options_say_scheme_host_target_trailers_and_protocol()
    {
        Request("GET /a HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Key: k\r\nX-Forwarded-For: 1\r\n\r\n", (ref HpackWriter w, RequestHead h) =>
            Http2Writer.WriteRequest(ref w, h, null, new RequestWriteOptions
            {
                Https = true,
                Host = "o:1"u8,
                Target = "/t?u"u8,
                TakesTrailers = true,
                Upgrade = "websocket"u8,
                Skip = FieldSet.Of(KnownField.SecWebSocketKey),
            }), out _).ShouldBe(":method: CONNECT\n:protocol: websocket\n:scheme: https\n:authority: o:1\n:path: /t?u\nx-forwarded-for: 1\nte: trailers");
    }

    [Fact]
    public void An_attempt_s_edits_replace_what_was_received()
    {
        using var overlay = new FieldOverlay();
        Request("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", (ref HpackWriter w, RequestHead h) =>
        {
            overlay.Start(h.Fields);
            overlay.TrySet("b"u8, "9"u8);
            overlay.TryAdd("Host"u8, "other"u8);
            overlay.TryAdd("X-Forwarded-For"u8, " kept\t"u8);
            overlay.TryAdd("Transfer-Encoding"u8, "never"u8);
            Http2Writer.WriteRequest(ref w, h, overlay, new RequestWriteOptions());
        }, out _).ShouldBe(":method: GET\n:scheme: http\n:authority: other\n:path: /\na: 1\nc: 3\nb: 9\nx-forwarded-for: kept");
    }

    [Theory]
    [InlineData("X", "a\r\nY: b")]
    [InlineData("X", "a\nb")]
    [InlineData("X", "a\0b")]
    [InlineData("X\r\nY", "a")]
    [InlineData("X ", "a")]
    [InlineData(":path", "a")]
    [InlineData("", "a")]
    [InlineData("Cookie", "a\nb")]
    [InlineData("Host", "a b")]
    public void A_field_that_is_none_is_never_written(string name, string value)
    {
        using var overlay = new FieldOverlay();
        Request("GET / HTTP/1.1\r\nHost: a\r\n\r\n", (ref HpackWriter w, RequestHead h) =>
        {
            overlay.Start(h.Fields);
            overlay.TryAdd(NativeText.Bytes(name), NativeText.Bytes(value));
            Http2Writer.WriteRequest(ref w, h, overlay, new RequestWriteOptions());
        }, out var outcome).ShouldBeNull();
        outcome.ShouldBe(WriteOutcome.Invalid);
    }

    [Fact]
    public void A_response_has_its_status_its_fields_its_length_and_a_date()
    {
        using var head = new ResponseHead { Status = 404 };
        head.Fields.TryAdd("Server"u8, "x"u8);
        head.Fields.TryAdd("Connection"u8, "close"u8);
        head.Fields.TryAdd("Content-Length"u8, "7"u8);
        head.Fields.TryAdd("Trailer"u8, "x"u8);
        head.Fields.TryAdd("Set-Cookie"u8, "a"u8);
        head.Fields.TryAdd("Set-Cookie"u8, "b"u8);
        var options = new ResponseWriteOptionsOf(BodyFraming.Length, 5);
        Decoded((ref HpackWriter w) => Http2Writer.WriteResponse(ref w, head, null, options.Make()), out _)
            .ShouldBe(":status: 404\nserver: x\nset-cookie: a\nset-cookie: b\ncontent-length: 5\ndate: Thu, 01 Jan 1970 00:00:00 GMT");
        head.Fields.TryAdd("Date"u8, "d"u8);
        options = new ResponseWriteOptionsOf(BodyFraming.Chunked, 0);
        Decoded((ref HpackWriter w) => Http2Writer.WriteResponse(ref w, head, null, options.Make()), out _)
            .ShouldBe(":status: 404\nserver: x\nset-cookie: a\nset-cookie: b\ndate: d");
    }

    private readonly record struct ResponseWriteOptionsOf(BodyFraming Framing, long Length)
    {
        public ResponseWriteOptions Make() => new() { Framing = Framing, ContentLength = Length, Date = new DateCache(DateTimeOffset.UnixEpoch) };
    }

    [Fact]
    public void Trailers_are_written_without_what_may_not_be_in_them()
    {
        using var arena = new TextArena();
        var trailers = new FieldTable(arena);
        trailers.TryAdd("Grpc-Status"u8, "0"u8);
        trailers.TryAdd("Content-Length"u8, "5"u8);
        trailers.TryAdd("Gone"u8, "1"u8);
        trailers.RemoveAt(2);
        Decoded((ref HpackWriter w) => Http2Writer.WriteTrailers(ref w, trailers), out _).ShouldBe("grpc-status: 0");
    }

    [Fact]
    public void What_is_too_small_says_so_at_every_size()
    {
        const string text = "GET /abc?d HTTP/1.1\r\nHost: a\r\nUser-Agent: Some/1.0\r\nX-Long: 0123456789\r\n\r\n";
        var room = 0;
        WriteOutcome outcome;
        do
        {
            Request(text, (ref HpackWriter w, RequestHead h) => Http2Writer.WriteRequest(ref w, h, null, new RequestWriteOptions()), out outcome, room++);
            outcome.ShouldNotBe(WriteOutcome.Invalid);
        }
        while (outcome == WriteOutcome.TooSmall);
        room.ShouldBeInRange(30, 80);
    }
}
