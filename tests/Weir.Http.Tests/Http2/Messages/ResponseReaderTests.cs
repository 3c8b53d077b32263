using System.Text;
using Weir.Http.Fields;
using Weir.Http.Http1;
using Weir.Http.Http2.Hpack;
using Weir.Http.Http2.Messages;
using Weir.Http.Messages;

namespace Weir.Http.Tests.Http2.Messages;

/// <summary>RFC 9113 §8: responses of origins, trailers, and lengths.</summary>
public sealed class ResponseReaderTests
{
    private static HeadResult Read(string fields, ResponseHead head, out Refusal detail, HttpMethod method = HttpMethod.Get, bool endStream = false, int listSize = 32 * 1024)
    {
        using var decoder = new HpackDecoder { MaxListSize = listSize };
        var reader = new Http2ResponseReader(head, method, Http1Limits.Default);
        decoder.Decode(Blocks.Of(fields), true, ref reader).ShouldBe(HpackFault.None);
        return reader.End(endStream, decoder.IsOverLimit, out detail);
    }

    [Theory]
    [InlineData(":status: 200\ncontent-length: 5", HttpMethod.Get, false, BodyFraming.Length, 5L)]
    [InlineData(":status: 200", HttpMethod.Get, false, BodyFraming.Chunked, -1L)]
    [InlineData(":status: 200", HttpMethod.Get, true, BodyFraming.Length, 0L)]
    [InlineData(":status: 200\ncontent-length: 5", HttpMethod.Head, true, BodyFraming.None, 5L)]
    [InlineData(":status: 304\ncontent-length: 5", HttpMethod.Get, true, BodyFraming.None, 5L)]
    [InlineData(":status: 204", HttpMethod.Get, true, BodyFraming.None, -1L)]
    [InlineData(":status: 103\nlink: x", HttpMethod.Get, false, BodyFraming.None, -1L)]
    public void A_response_is_framed_as_http_1_frames_it(string fields, HttpMethod method, bool endStream, BodyFraming framing, long length)
    {
        using var head = new ResponseHead();
        Read(fields, head, out var detail, method, endStream).ShouldBe(HeadResult.Understood);
        detail.ShouldBe(Refusal.None);
        head.Version.ShouldBe(HttpVersion.Http2);
        head.Framing.ShouldBe(framing);
        head.ContentLength.ShouldBe(length);
        head.KeepAlive.ShouldBeTrue();
    }

    [Theory]
    [InlineData("", Refusal.BadPseudoField)]
    [InlineData("x: y", Refusal.BadPseudoField)]
    [InlineData("x: y\n:status: 200", Refusal.BadPseudoField)]
    [InlineData(":status: 200\n:status: 200", Refusal.BadPseudoField)]
    [InlineData(":status: 200\nx: y\n:status: 200", Refusal.BadPseudoField)]
    [InlineData(":status: 20", Refusal.BadPseudoField)]
    [InlineData(":status: 2000", Refusal.BadPseudoField)]
    [InlineData(":status: 600", Refusal.BadPseudoField)]
    [InlineData(":status: 20x", Refusal.BadPseudoField)]
    [InlineData(":status: 101", Refusal.BadPseudoField)]
    [InlineData(":status: 200\n:path: /", Refusal.BadPseudoField)]
    [InlineData(":status: 200\nX: y", Refusal.BadFieldName)]
    [InlineData(":status: 200\nx: y\0", Refusal.BadFieldValue)]
    [InlineData(":status: 200\nconnection: close", Refusal.BadConnectionField)]
    [InlineData(":status: 200\ntransfer-encoding: chunked", Refusal.BadTransferEncoding)]
    [InlineData(":status: 200\ncontent-length: 1\ncontent-length: 1", Refusal.SeveralContentLengths)]
    public void Section_8_3_2_what_breaks_a_response_is_named(string fields, Refusal rule)
    {
        using var head = new ResponseHead();
        Read(fields, head, out var detail).ShouldBe(new HeadResult(HeadVerdict.Malformed, Refusal.UpstreamBadResponse));
        detail.ShouldBe(rule);
    }

    [Theory]
    [InlineData(":status: 200\ncontent-length: 1", Refusal.LengthDisagrees)]
    [InlineData(":status: 100", Refusal.BadFrame)]
    public void Section_8_1_the_stream_does_not_end_before_the_body_or_with_an_interim_response(string fields, Refusal rule)
    {
        using var head = new ResponseHead();
        Read(fields, head, out var detail, endStream: true).Verdict.ShouldBe(HeadVerdict.Malformed);
        detail.ShouldBe(rule);
    }

    [Fact]
    public void Too_large_a_head_is_told_apart()
    {
        using var head = new ResponseHead();
        Read(":status: 200\nx: " + new string('y', 500), head, out var detail, listSize: 400).Refusal.ShouldBe(Refusal.UpstreamHeaderTooLarge);
        detail.ShouldBe(Refusal.HeaderTooLarge);
        head.Reset();
        Read(":status: 200" + string.Concat(Enumerable.Repeat("\nx: y", 101)), head, out detail).Refusal.ShouldBe(Refusal.UpstreamHeaderTooLarge);
        detail.ShouldBe(Refusal.TooManyFields);
    }

    private static HeadResult ReadTrailers(string fields, FieldTable? table, bool endStream = true)
    {
        using var decoder = new HpackDecoder();
        var reader = new Http2TrailerReader(table);
        decoder.Decode(Blocks.Of(fields), true, ref reader).ShouldBe(HpackFault.None);
        return reader.End(endStream, decoder.IsOverLimit);
    }

    [Fact]
    public void Trailers_are_kept_without_what_may_not_be_in_them()
    {
        using var arena = new TextArena();
        var table = new FieldTable(arena);
        ReadTrailers("grpc-status: 0\ncontent-length: 5\nhost: x\nx-t: y", table).ShouldBe(HeadResult.Understood);
        Enumerable.Range(0, table.Count).Select(i => Encoding.ASCII.GetString(table.Name(i))).ShouldBe(["grpc-status", "x-t"]);
        ReadTrailers("x: y", null).ShouldBe(HeadResult.Understood);
    }

    [Theory]
    [InlineData(":status: 200")]
    [InlineData("x: y\n:path: /")]
    [InlineData("X: y")]
    [InlineData("x:  y")]
    [InlineData("connection: close")]
    public void Section_8_1_trailers_have_no_pseudo_field_and_keep_the_rules_of_fields(string fields)
    {
        ReadTrailers(fields, null).ShouldBe(new HeadResult(HeadVerdict.Malformed, Refusal.BadTrailer));
        ReadTrailers("x: y", null, endStream: false).Verdict.ShouldBe(HeadVerdict.Malformed);
    }

    [Fact]
    public void Trailers_have_the_bounds_of_http_1()
    {
        ReadTrailers(string.Concat(Enumerable.Repeat("\nx: y", 65)), null).Verdict.ShouldBe(HeadVerdict.Malformed);
        ReadTrailers("x: " + new string('y', 8192), null).Verdict.ShouldBe(HeadVerdict.Malformed);
        ReadTrailers(string.Concat(Enumerable.Repeat("\nx: y", 64)), null).ShouldBe(HeadResult.Understood);
    }

    [Fact]
    public void Section_8_1_1_data_comes_to_the_length_that_was_said()
    {
        var count = BodyCount.Of(BodyFraming.Length, 10);
        count.TryTake(9).ShouldBeTrue();
        count.IsWhole.ShouldBeFalse();
        count.TryTake(1).ShouldBeTrue();
        count.IsWhole.ShouldBeTrue();
        count.TryTake(1).ShouldBeFalse();

        var none = BodyCount.Of(BodyFraming.None, 5);
        none.IsWhole.ShouldBeTrue();
        none.TryTake(0).ShouldBeTrue();
        none.TryTake(1).ShouldBeFalse();

        var any = BodyCount.Of(BodyFraming.Chunked, 0);
        any.TryTake(int.MaxValue).ShouldBeTrue();
        any.IsWhole.ShouldBeTrue();
        any.Seen.ShouldBe(int.MaxValue);
    }

    [Fact]
    public void Any_block_is_read_or_refused_and_nothing_that_is_kept_breaks_a_rule()
    {
        var random = new Random(23);
        string[] lines = [":status: 200", ":status: 204", ":status: 100", "content-length: 5", "x: y", "X: y", "te: x", "set-cookie: a", "x:  y", ":path: /", "trailer: x", "x: \0"];
        using var head = new ResponseHead();
        using var arena = new TextArena();
        var trailers = new FieldTable(arena);
        var kept = 0;
        for (var round = 0; round < 20_000; round++)
        {
            head.Reset();
            trailers.Reset();
            arena.Reset();
            var text = string.Join('\n', Enumerable.Range(0, random.Next(6)).Select(i => lines[random.Next(i == 0 ? 3 : lines.Length)]));
            if (random.Next(3) == 0) text = text.Replace(":status: 100\n", "", StringComparison.Ordinal);
            if (Read(text, head, out var detail, endStream: random.Next(2) == 0).Verdict == HeadVerdict.Understood) kept += Check(head.Fields);
            else detail.ShouldNotBe(Refusal.None);
            if (ReadTrailers(text, trailers).Verdict == HeadVerdict.Understood) kept += Check(trailers);
        }

        kept.ShouldBeGreaterThan(1000);
    }

    private static int Check(FieldTable fields)
    {
        for (var i = 0; i < fields.Count; i++)
        {
            FieldRules.IsValidName(fields.Name(i)).ShouldBeTrue();
            fields.Name(i).ContainsAnyInRange((byte)'A', (byte)'Z').ShouldBeFalse();
            FieldRules.IsValidValue(fields.Value(i)).ShouldBeTrue();
            FieldRules.Trim(fields.Value(i)).Length.ShouldBe(fields.Value(i).Length);
        }

        return fields.Count;
    }
}
