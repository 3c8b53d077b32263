using System.Text;
using Weir.Http.Fields;
using Weir.Http.Http1;

namespace Weir.Http.Tests.Http1;

/// <summary>A chunked body ends where the grammar says, and whatever is not the grammar ends the connection.</summary>
public sealed class ChunkedTests
{
    private sealed record Answer(ChunkOutcome Outcome, Refusal Refusal, string Body, string Trailers, int Consumed);

    private static Answer Decode(string text)
    {
        var bytes = NativeText.Bytes(text);
        var whole = Feed(bytes, bytes.Length);
        for (var split = 1; split < bytes.Length; split++) Feed(bytes, split, bytes.Length).ShouldBe(whole, $"split at {split}: {RequestSamples.Show(text)}");
        Feed(bytes, [.. Enumerable.Range(1, bytes.Length)]).ShouldBe(whole, $"byte by byte: {RequestSamples.Show(text)}");
        return whole;
    }

    private static Answer Feed(byte[] bytes, params int[] ends)
    {
        using var arena = new TextArena();
        var trailers = new FieldTable(arena);
        var decoder = default(ChunkedDecoder);
        var body = new StringBuilder();
        var at = 0;
        foreach (var end in ends)
        {
            while (true)
            {
                var outcome = decoder.Decode(bytes.AsSpan(at, end - at), out var consumed, out var offset, out var length, trailers);
                if (outcome == ChunkOutcome.Data)
                {
                    (offset + length).ShouldBe(consumed);
                    length.ShouldBeGreaterThan(0);
                    body.Append(Encoding.Latin1.GetString(bytes, at + offset, length));
                }

                at += consumed;
                if (outcome == ChunkOutcome.Refused) return new Answer(outcome, decoder.Refusal, "", "", 0);
                if (outcome == ChunkOutcome.Done) return new Answer(outcome, 0, body.ToString(), Text(trailers), at);
                if (outcome == ChunkOutcome.NeedMore)
                {
                    at.ShouldBe(end);
                    break;
                }
            }
        }

        return new Answer(ChunkOutcome.NeedMore, 0, body.ToString(), "", at);
    }

    private static string Text(FieldTable fields)
    {
        var text = new StringBuilder();
        for (var i = 0; i < fields.Count; i++)
            text.Append(Encoding.Latin1.GetString(fields.Name(i))).Append('=').Append(Encoding.Latin1.GetString(fields.Value(i))).Append('|');
        return text.ToString();
    }

    [Theory]
    [InlineData("0\r\n\r\n", "", "")]
    [InlineData("5\r\nhello\r\n0\r\n\r\n", "hello", "")]
    [InlineData("1\r\na\r\n00002\r\nbc\r\n000\r\n\r\n", "abc", "")]
    [InlineData("5;a\r\nhello\r\n0\r\n\r\n", "hello", "")]
    [InlineData("5;a=b;c=\"d \\\" \\\\;\t\u00e9\";e\r\nhello\r\n0;x=y\r\n\r\n", "hello", "")]
    [InlineData("0000000000000005\r\nhello\r\n0000000000000000\r\n\r\n", "hello", "")]
    [InlineData("1\r\n\r\r\n1\r\n\n\r\n0\r\n\r\n", "\r\n", "")]
    [InlineData("0\r\nX-Sum: 1\r\nY:\t z z \t\r\nE:\r\n\r\n", "", "X-Sum=1|Y=z z|E=|")]
    public void A_valid_body_is_read_to_its_end(string text, string body, string trailers)
    {
        var answer = Decode(text + "GET /");
        answer.ShouldBe(new Answer(ChunkOutcome.Done, 0, body, trailers, text.Length));
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData(" 5\r\nhello\r\n")]
    [InlineData("5 \r\nhello\r\n")]
    [InlineData("5\t\r\nhello\r\n")]
    [InlineData("5 ;a\r\nhello\r\n")]
    [InlineData("5; a\r\nhello\r\n")]
    [InlineData("5;a =b\r\nhello\r\n")]
    [InlineData("5;a= b\r\nhello\r\n")]
    [InlineData("5;a \r\nhello\r\n")]
    [InlineData("5;\r\nhello\r\n")]
    [InlineData("5;;a\r\nhello\r\n")]
    [InlineData("5;a=\r\nhello\r\n")]
    [InlineData("5;=b\r\nhello\r\n")]
    [InlineData("5;a=b=c\r\nhello\r\n")]
    [InlineData("5;a=\"b\"c\r\nhello\r\n")]
    [InlineData("5;a=\"b\r\n\"\r\nhello\r\n")]
    [InlineData("5;a=\"b\\\r\n\"\r\nhello\r\n")]
    [InlineData("5;a=\"b\0\"\r\nhello\r\n")]
    [InlineData("5;a\0\r\nhello\r\n")]
    [InlineData("5;a\nhello\r\n")]
    [InlineData("5;a\rhello\r\n")]
    [InlineData(";a\r\nhello\r\n")]
    [InlineData("+5\r\nhello\r\n")]
    [InlineData("-5\r\nhello\r\n")]
    [InlineData("0x5\r\nhello\r\n")]
    [InlineData("5h\r\nhello\r\n")]
    [InlineData("g\r\n")]
    [InlineData("5,5\r\nhello\r\n")]
    [InlineData("5\nhello\r\n")]
    [InlineData("5\rhello\r\n")]
    [InlineData("5\r\rhello\r\n")]
    [InlineData("5\r\nhello0\r\n\r\n")]
    [InlineData("5\r\nhello\n0\r\n\r\n")]
    [InlineData("5\r\nhello\r0\r\n\r\n")]
    [InlineData("5\r\nhelloX\r\n0\r\n\r\n")]
    [InlineData("5\r\nhello\r\n\r\n0\r\n\r\n")]
    [InlineData("8000000000000000\r\n")]
    [InlineData("FFFFFFFFFFFFFFFF\r\n")]
    [InlineData("00000000000000005\r\nhello\r\n")]
    [InlineData("10000000000000005\r\nhello\r\n")]
    public void A_chunk_that_is_not_the_grammar_is_refused(string text) => Decode(text).Refusal.ShouldBe(Refusal.BadChunk);

    [Theory]
    [InlineData("0\r\n\n")]
    [InlineData("0\r\n\r\r\n")]
    [InlineData("0\r\nX\r\n\r\n")]
    [InlineData("0\r\nX : y\r\n\r\n")]
    [InlineData("0\r\n: y\r\n\r\n")]
    [InlineData("0\r\n X: y\r\n\r\n")]
    [InlineData("0\r\nX: y\r\n z\r\n\r\n")]
    [InlineData("0\r\nX: y\n\r\n")]
    [InlineData("0\r\nX: y\rz\r\n\r\n")]
    [InlineData("0\r\nX: \0\r\n\r\n")]
    [InlineData("0\r\nX(: y\r\n\r\n")]
    [InlineData("0\r\nGET / HTTP/1.1\r\n\r\n")]
    public void Trailers_follow_the_rules_of_fields(string text) => Decode(text).Refusal.ShouldBe(Refusal.BadTrailer);

    [Fact]
    public void Trailers_that_would_change_what_was_said_before_are_dropped()
        => Decode("0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nHost: b\r\nAuthorization: x\r\nCookie: x\r\nSet-Cookie: x\r\nOk: 1\r\n"
            + "Connection: close\r\nContent-Type: x\r\nCache-Control: x\r\nTE: x\r\nTrailer: x\r\nIf-Match: x\r\nX-Forwarded-For: x\r\n"
            + "X-Forwarded-User: x\r\nContent_Length: 5\r\nWWW-Authenticate: x\r\nUpgrade: x\r\nVary: x\r\ngrpc-status: 0\r\n\r\n")
            .Trailers.ShouldBe("Ok=1|grpc-status=0|");

    [Fact]
    public void The_largest_chunk_is_taken_and_known_before_it_is_there()
    {
        var decoder = default(ChunkedDecoder);
        decoder.Decode("7FFFFFFFFFFFFFFF\r\n"u8, out _, out _, out _).ShouldBe(ChunkOutcome.NeedMore);
        decoder.ChunkRemaining.ShouldBe(long.MaxValue);
        decoder.Decode("abc"u8, out _, out _, out var length).ShouldBe(ChunkOutcome.Data);
        length.ShouldBe(3);
        decoder.ChunkRemaining.ShouldBe(long.MaxValue - 3);
    }

    [Fact]
    public void Extensions_are_bounded_for_a_chunk_and_for_the_body()
    {
        var most = new string('x', ChunkedDecoder.MaxExtensionPerChunk - 1);
        Feed1($"1;{most}\r\na\r\n0\r\n\r\n").ShouldBe(ChunkOutcome.Done);
        Feed1($"1;{most}x\r\na\r\n0\r\n\r\n").ShouldBe(ChunkOutcome.Refused);
        var chunk = $"1;{most}\r\na\r\n";
        Feed1(chunk + chunk + chunk + chunk + "0\r\n\r\n").ShouldBe(ChunkOutcome.Done);
        Feed1(chunk + chunk + chunk + chunk + "0;a\r\n\r\n").ShouldBe(ChunkOutcome.Refused);

        static ChunkOutcome Feed1(string text)
        {
            var bytes = NativeText.Bytes(text);
            return Feed(bytes, bytes.Length).Outcome;
        }
    }

    [Fact]
    public void Trailers_are_bounded_in_bytes_and_number()
    {
        Decode("0\r\n" + string.Concat(Enumerable.Repeat("a:b\r\n", 64)) + "\r\n").Outcome.ShouldBe(ChunkOutcome.Done);
        Decode("0\r\n" + string.Concat(Enumerable.Repeat("a:b\r\n", 65)) + "\r\n").Refusal.ShouldBe(Refusal.BadTrailer);
        var bytes = NativeText.Bytes("0\r\na:" + new string('x', 9000));
        Feed(bytes, bytes.Length).Refusal.ShouldBe(Refusal.BadTrailer);
        Feed(bytes, [.. Enumerable.Range(1, bytes.Length)]).Refusal.ShouldBe(Refusal.BadTrailer);
    }

    [Fact]
    public void Without_a_table_trailers_are_checked_all_the_same()
    {
        var decoder = default(ChunkedDecoder);
        decoder.Decode("0\r\nX: y\r\n\r\n"u8, out _, out _, out _).ShouldBe(ChunkOutcome.Done);
        decoder = default;
        decoder.Decode("0\r\nX y\r\n\r\n"u8, out _, out _, out _).ShouldBe(ChunkOutcome.Refused);
        decoder.Refusal.ShouldBe(Refusal.BadTrailer);
    }

    [Fact]
    public void What_is_refused_stays_refused()
    {
        var decoder = default(ChunkedDecoder);
        decoder.Decode("x"u8, out _, out _, out _).ShouldBe(ChunkOutcome.Refused);
        decoder.Decode("0\r\n\r\n"u8, out var consumed, out _, out _).ShouldBe(ChunkOutcome.Refused);
        consumed.ShouldBe(0);
    }

    [Fact]
    public void Chunk_headers_are_written_in_the_shortest_form()
    {
        Span<byte> to = stackalloc byte[ChunkWriter.MaxHeaderLength];
        foreach (var size in new[] { 1, 15, 16, 255, 4096, int.MaxValue, long.MaxValue })
        {
            var length = ChunkWriter.WriteHeader(to, size);
            Encoding.ASCII.GetString(to[..length]).ShouldBe($"{size:x}\r\n");
        }
    }
}
