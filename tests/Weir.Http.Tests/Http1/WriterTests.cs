using System.Text;
using Weir.Http.Fields;
using Weir.Http.Http1;
using Weir.Http.Messages;

namespace Weir.Http.Tests.Http1;

/// <summary>What is written comes from what was understood, and nothing added to it can end its line.</summary>
public sealed unsafe class WriterTests
{
    private delegate void Write(ref HeadWriter writer, RequestHead head);

    private static string? Request(string text, Write write, out WriteOutcome outcome, int room = 4096)
    {
        using var head = new RequestHead();
        using var buffer = new NativeText(NativeText.Bytes(text));
        var state = default(Http1ParseState);
        RequestParser.Parse(head, buffer.Start, buffer.Length, Http1Limits.Default, ref state).Outcome.ShouldBe(ParseOutcome.Done);
        var to = new byte[room];
        var writer = new HeadWriter(to);
        write(ref writer, head);
        outcome = writer.End(out var written);
        return outcome == WriteOutcome.Written ? Encoding.Latin1.GetString(to, 0, written) : null;
    }

    private static string? Request(string text, FieldOverlay? overlay = null)
        => Request(text, (ref HeadWriter w, RequestHead h) =>
        {
            overlay?.Start(h.Fields);
            Http1Writer.WriteRequest(ref w, h, overlay, new RequestWriteOptions { Framing = h.Framing, ContentLength = h.ContentLength });
        }, out _);

    [Fact]
    public void Hop_by_hop_framing_and_untrusted_fields_are_not_copied()
        => Request("POST /a/../b?c HTTP/1.1\r\nAccept:  x \r\nHost: A\r\nTE: trailers\r\nX: 1\r\nKeep-Alive: 1\r\nProxy-Connection: close\r\n"
                + "Content-Length: 005\r\nX-Forwarded-For: 1.1.1.1\r\nForwarded: for=x\r\nClient-Cert: :x:\r\nConnection: X\r\nExpect: 100-continue\r\nlOwEr: 2\r\n\r\n")
            .ShouldBe("POST /b?c HTTP/1.1\r\nHost: a\r\nAccept: x\r\nlOwEr: 2\r\nContent-Length: 5\r\n\r\n");

    [Fact]
    public void Fields_that_stand_as_they_are_written_are_copied_whole()
        => Request("GET / HTTP/1.0\r\nA: 1\r\nB: 2\r\nC:3\r\nD: 4\r\nE:\t5\r\nF: 6 \r\nG: \r\nH: 7\r\n\r\n")
            .ShouldBe("GET / HTTP/1.1\r\nHost: \r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\nF: 6\r\nG: \r\nH: 7\r\n\r\n");

    [Theory]
    [InlineData("OPTIONS * HTTP/1.1", "OPTIONS * HTTP/1.1")]
    [InlineData("OPTIONS http://a HTTP/1.1", "OPTIONS * HTTP/1.1")]
    [InlineData("GET http://a HTTP/1.1", "GET / HTTP/1.1")]
    [InlineData("GET http://a?b HTTP/1.1", "GET /?b HTTP/1.1")]
    [InlineData("GET /? HTTP/1.1", "GET /? HTTP/1.1")]
    public void The_target_is_written_in_the_form_that_an_origin_expects(string given, string written)
        => Request(given + "\r\nHost: a\r\n\r\n")!.Split("\r\n")[0].ShouldBe(written);

    [Fact]
    public void An_attempt_s_edits_replace_what_was_received()
    {
        using var overlay = new FieldOverlay();
        Request("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", (ref HeadWriter w, RequestHead h) =>
        {
            overlay.Start(h.Fields);
            overlay.TrySet("b"u8, "9"u8);
            overlay.TryAdd("Host"u8, "other"u8);
            overlay.TryAdd("X-Forwarded-For"u8, "kept"u8);
            overlay.TryAdd("Transfer-Encoding"u8, "never"u8);
            Http1Writer.WriteRequest(ref w, h, overlay, new RequestWriteOptions());
        }, out _).ShouldBe("GET / HTTP/1.1\r\nHost: other\r\nA: 1\r\nC: 3\r\nb: 9\r\nX-Forwarded-For: kept\r\n\r\n");
    }

    [Theory]
    [InlineData("X", "a\r\nY: b")]
    [InlineData("X", "a\nb")]
    [InlineData("X", "a\rb")]
    [InlineData("X", "a\0b")]
    [InlineData("X\r\nY", "a")]
    [InlineData("X ", "a")]
    [InlineData("X:", "a")]
    [InlineData("", "a")]
    public void A_field_that_would_end_its_line_is_never_written(string name, string value)
    {
        using var overlay = new FieldOverlay();
        Request("GET / HTTP/1.1\r\nHost: a\r\n\r\n", (ref HeadWriter w, RequestHead h) =>
        {
            overlay.Start(h.Fields);
            overlay.TryAdd(NativeText.Bytes(name), NativeText.Bytes(value));
            Http1Writer.WriteRequest(ref w, h, overlay, new RequestWriteOptions());
        }, out var outcome);
        outcome.ShouldBe(WriteOutcome.Invalid);

        Request("GET / HTTP/1.1\r\nHost: a\r\n\r\n", (ref HeadWriter w, RequestHead h) => w.Field(NativeText.Bytes(name), NativeText.Bytes(value)), out outcome);
        outcome.ShouldBe(WriteOutcome.Invalid);

        Request("GET / HTTP/1.1\r\nHost: a\r\n\r\n", (ref HeadWriter w, RequestHead h) =>
        {
            h.Fields.TryAdd(NativeText.Bytes(name), NativeText.Bytes(value));
            Http1Writer.WriteRequest(ref w, h, null, new RequestWriteOptions());
        }, out outcome);
        outcome.ShouldBe(WriteOutcome.Invalid);
    }

    [Theory]
    [InlineData("/a b")]
    [InlineData("/a\r\n")]
    [InlineData("/\u00e9")]
    public void A_target_that_would_end_its_line_is_never_written(string target)
    {
        Request("GET / HTTP/1.1\r\nHost: a\r\n\r\n", (ref HeadWriter w, RequestHead h)
            => Http1Writer.WriteRequest(ref w, h, null, new RequestWriteOptions { Target = NativeText.Bytes(target) }), out var outcome);
        outcome.ShouldBe(WriteOutcome.Invalid);

        Request("GET / HTTP/1.1\r\nHost: a\r\n\r\n", (ref HeadWriter w, RequestHead h) =>
        {
            h.Arena.TryAppend(NativeText.Bytes(target), out var path);
            h.Path = path;
            Http1Writer.WriteRequest(ref w, h, null, new RequestWriteOptions());
        }, out outcome);
        outcome.ShouldBe(WriteOutcome.Invalid);
    }

    [Fact]
    public void Every_size_that_is_too_small_says_so()
    {
        const string text = "GET /abc?d HTTP/1.1\r\nHost: a\r\nA: 1\r\nB:2\r\n\r\n";
        void Write(ref HeadWriter w, RequestHead h)
            => Http1Writer.WriteRequest(ref w, h, null, new RequestWriteOptions { Framing = BodyFraming.Length, ContentLength = 12345, Close = true });
        var whole = Request(text, Write, out _)!;
        for (var room = 0; room < whole.Length; room++)
        {
            Request(text, Write, out var outcome, room);
            outcome.ShouldBe(WriteOutcome.TooSmall, $"{room} of {whole.Length}");
        }

        Request(text, Write, out _, whole.Length).ShouldBe(whole);
    }

    private static string Response(string text, ResponseOptions make)
    {
        using var head = new ResponseHead();
        using var buffer = new NativeText(NativeText.Bytes(text));
        var state = default(Http1ParseState);
        ResponseParser.Parse(head, buffer.Start, buffer.Length, HttpMethod.Get, Http1Limits.Default, ref state, out _).Outcome.ShouldBe(ParseOutcome.Done);
        var to = new byte[4096];
        var writer = new HeadWriter(to);
        Http1Writer.WriteResponse(ref writer, head, null, make(head));
        writer.End(out var written).ShouldBe(WriteOutcome.Written);
        return Encoding.Latin1.GetString(to, 0, written);
    }

    private delegate ResponseWriteOptions ResponseOptions(ResponseHead head);

    [Fact]
    public void A_response_is_written_with_its_own_framing_and_the_date_it_lacks()
    {
        var date = new DateCache(new DateTimeOffset(1994, 11, 6, 8, 49, 37, TimeSpan.Zero));
        Encoding.ASCII.GetString(date.Value).ShouldBe("Sun, 06 Nov 1994 08:49:37 GMT");
        Response("HTTP/1.0 200\r\nTransfer: x\r\nConnection: keep-alive\r\nContent-Length: 5\r\nA: b\r\n\r\n",
            _ => new ResponseWriteOptions { Framing = BodyFraming.Chunked, Date = date, Close = true })
            .ShouldBe("HTTP/1.1 200 OK\r\nTransfer: x\r\nA: b\r\nTransfer-Encoding: chunked\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nConnection: close\r\n\r\n");
        Response("HTTP/1.1 299 Odd\r\nDate: then\r\nContent-Length: 5\r\n\r\n",
            h => new ResponseWriteOptions { Framing = h.Framing, ContentLength = h.ContentLength, Date = date, SayKeepAlive = true })
            .ShouldBe("HTTP/1.1 299 Odd\r\nDate: then\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n");
    }

    [Fact]
    public void A_switch_of_protocols_names_the_protocol()
        => Response("HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: y\r\n\r\n",
            _ => new ResponseWriteOptions { Upgrade = "websocket"u8 })
            .ShouldBe("HTTP/1.1 101 X\r\nSec-WebSocket-Accept: y\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");

    [Fact]
    public void The_date_is_formatted_once_a_second()
    {
        var now = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var date = new DateCache(now);
        date.Refresh(now.AddMilliseconds(999));
        Encoding.ASCII.GetString(date.Value).ShouldBe("Tue, 01 Jan 2030 00:00:00 GMT");
        date.Refresh(now.AddSeconds(1));
        Encoding.ASCII.GetString(date.Line).ShouldBe("Date: Tue, 01 Jan 2030 00:00:01 GMT\r\n");
    }

    [Fact]
    public void Trailers_are_written_behind_the_last_chunk()
    {
        using var arena = new TextArena();
        var trailers = new FieldTable(arena);
        trailers.TryAdd("A"u8, "b"u8);
        trailers.TryAdd("Content-Length"u8, "5"u8);
        var to = new byte[100];
        ChunkWriter.WriteLastChunk(to, trailers, out var written).ShouldBe(WriteOutcome.Written);
        Encoding.ASCII.GetString(to, 0, written).ShouldBe("0\r\nA: b\r\n\r\n");
        ChunkWriter.WriteLastChunk(to.AsSpan(0, 5), null, out written).ShouldBe(WriteOutcome.Written);
        ChunkWriter.WriteLastChunk(to.AsSpan(0, 4), null, out written).ShouldBe(WriteOutcome.TooSmall);
    }
}
