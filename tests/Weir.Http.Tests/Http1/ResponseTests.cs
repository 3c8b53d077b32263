using System.Text;
using Weir.Http.Http1;
using Weir.Http.Messages;

namespace Weir.Http.Tests.Http1;

/// <summary>What an origin's response means, and which ones are not passed on at all.</summary>
public sealed unsafe class ResponseTests
{
    private sealed record Answer(
        ParseOutcome Outcome, Refusal Refusal, Refusal Detail, int Consumed, int Status, string Reason, BodyFraming Framing, long Length, bool KeepAlive, string Fields);

    private static Answer Parse(string text, HttpMethod method = HttpMethod.Get, Http1Limits? limits = null)
    {
        var bytes = NativeText.Bytes(text);
        var bounds = limits ?? Http1Limits.Default;
        var whole = Feed(bytes, method, bounds, bytes.Length);
        for (var split = 1; split < bytes.Length; split++) Feed(bytes, method, bounds, split, bytes.Length).ShouldBe(whole, $"split at {split}: {text}");
        Feed(bytes, method, bounds, [.. Enumerable.Range(1, bytes.Length)]).ShouldBe(whole, $"byte by byte: {text}");
        return whole;
    }

    private static Answer Feed(byte[] bytes, HttpMethod method, Http1Limits limits, params int[] lengths)
    {
        using var head = new ResponseHead();
        using var buffer = new NativeText(bytes);
        var state = default(Http1ParseState);
        foreach (var length in lengths)
        {
            var result = ResponseParser.Parse(head, buffer.Start, length, method, limits, ref state, out var detail);
            if (result.Outcome == ParseOutcome.Done)
            {
                var fields = new StringBuilder();
                for (var i = 0; i < head.Fields.Count; i++)
                    if (head.Fields.Id(i) != Weir.Http.Fields.KnownField.Removed)
                        fields.Append(Encoding.Latin1.GetString(head.Fields.Name(i))).Append('=').Append(Encoding.Latin1.GetString(head.Fields.Value(i))).Append('|');
                return new Answer(result.Outcome, 0, detail, result.Consumed, head.Status, Encoding.Latin1.GetString(head.Arena[head.Reason]),
                    head.Framing, head.ContentLength, head.KeepAlive, fields.ToString());
            }

            if (result.Outcome == ParseOutcome.Refused) return new Answer(result.Outcome, result.Refusal, detail, 0, 0, "", 0, 0, false, "");
        }

        return new Answer(ParseOutcome.NeedMore, 0, 0, 0, 0, "", 0, 0, false, "");
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK", 200, "OK")]
    [InlineData("HTTP/1.0 404 Not here\t\u00e9", 404, "Not here\t\u00e9")]
    [InlineData("HTTP/1.1 599 ", 599, "")]
    [InlineData("HTTP/1.1 100", 100, "")]
    public void The_status_line_may_lack_its_reason_and_the_space_before(string line, int status, string reason)
    {
        var answer = Parse(line + "\r\n\r\n");
        answer.Outcome.ShouldBe(ParseOutcome.Done);
        answer.Status.ShouldBe(status);
        answer.Reason.ShouldBe(reason);
        answer.Consumed.ShouldBe(line.Length + 4);
    }

    [Theory]
    [InlineData(Refusal.BadVersion, "\r\nHTTP/1.1 200 OK\r\n\r\n")]
    [InlineData(Refusal.BadVersion, "http/1.1 200 OK\r\n\r\n")]
    [InlineData(Refusal.BadVersion, "ICY 200 OK\r\n\r\n")]
    [InlineData(Refusal.BadVersion, "HTTP/1.1 20 OK\r\n\r\n")]
    [InlineData(Refusal.BadVersion, "HTTP/1.1 2000 OK\r\n\r\n")]
    [InlineData(Refusal.BadVersion, "HTTP/1.1 099 OK\r\n\r\n")]
    [InlineData(Refusal.BadVersion, "HTTP/1.1 600 OK\r\n\r\n")]
    [InlineData(Refusal.BadVersion, "HTTP/1.1 2x0 OK\r\n\r\n")]
    [InlineData(Refusal.BadVersion, "HTTP/1.1  200 OK\r\n\r\n")]
    [InlineData(Refusal.BadVersion, "HTTP/1.1 200\tOK\r\n\r\n")]
    [InlineData(Refusal.BadVersion, "HTTP/1.1 200 O\0K\r\n\r\n")]
    [InlineData(Refusal.BadVersion, "HTTP/1.1 \r\n\r\n")]
    [InlineData(Refusal.UnsupportedVersion, "HTTP/2.0 200 OK\r\n\r\n")]
    [InlineData(Refusal.UnsupportedVersion, "HTTP/1.1200 OK\r\n\r\n")]
    [InlineData(Refusal.BadLineEnding, "HTTP/1.1 200 OK\nX: y\r\n\r\n")]
    [InlineData(Refusal.BadLineEnding, "HTTP/1.1 200 O\rK\r\n\r\n")]
    [InlineData(Refusal.BadLineEnding, "HTTP/1.1 200 OK\r\nX: y\n\r\n")]
    [InlineData(Refusal.ObsoleteFold, "HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n")]
    [InlineData(Refusal.SpaceBeforeColon, "HTTP/1.1 200 OK\r\nX : y\r\n\r\n")]
    [InlineData(Refusal.BadFieldName, "HTTP/1.1 200 OK\r\nX\r\n\r\n")]
    [InlineData(Refusal.BadFieldValue, "HTTP/1.1 200 OK\r\nX: \0\r\n\r\n")]
    [InlineData(Refusal.LengthAndEncoding, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData(Refusal.LengthAndEncoding, "HTTP/1.1 304 X\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData(Refusal.SeveralContentLengths, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n")]
    [InlineData(Refusal.BadContentLength, "HTTP/1.1 200 OK\r\nContent-Length: 5,5\r\n\r\n")]
    [InlineData(Refusal.BadContentLength, "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")]
    [InlineData(Refusal.BadTransferEncoding, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")]
    [InlineData(Refusal.BadTransferEncoding, "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n")]
    [InlineData(Refusal.EncodingInHttp10, "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData(Refusal.BadConnectionField, "HTTP/1.1 200 OK\r\nConnection: content-length\r\n\r\n")]
    public void A_response_that_breaks_a_rule_is_a_bad_response(Refusal detail, string text)
    {
        var answer = Parse(text);
        answer.Refusal.ShouldBe(Refusal.UpstreamBadResponse);
        answer.Detail.ShouldBe(detail);
    }

    [Theory]
    [InlineData(HttpMethod.Get, "200 OK\r\nContent-Length: 5", BodyFraming.Length, 5, true)]
    [InlineData(HttpMethod.Get, "200 OK\r\nContent-Length: 0", BodyFraming.Length, 0, true)]
    [InlineData(HttpMethod.Get, "200 OK\r\nTransfer-Encoding: chunked", BodyFraming.Chunked, -1, true)]
    [InlineData(HttpMethod.Get, "200 OK", BodyFraming.UntilClose, -1, false)]
    [InlineData(HttpMethod.Get, "200 OK\r\nConnection: close\r\nContent-Length: 5", BodyFraming.Length, 5, false)]
    [InlineData(HttpMethod.Head, "200 OK\r\nContent-Length: 5", BodyFraming.None, 5, true)]
    [InlineData(HttpMethod.Head, "200 OK\r\nTransfer-Encoding: chunked", BodyFraming.None, -1, true)]
    [InlineData(HttpMethod.Head, "200 OK", BodyFraming.None, -1, true)]
    [InlineData(HttpMethod.Get, "304 Not Modified\r\nContent-Length: 5", BodyFraming.None, 5, true)]
    [InlineData(HttpMethod.Get, "304 Not Modified", BodyFraming.None, -1, true)]
    [InlineData(HttpMethod.Get, "204 No Content", BodyFraming.None, -1, true)]
    [InlineData(HttpMethod.Get, "204 No Content\r\nContent-Length: 0", BodyFraming.None, -1, true)]
    [InlineData(HttpMethod.Get, "204 No Content\r\nContent-Length: 5", BodyFraming.None, -1, false)]
    [InlineData(HttpMethod.Get, "204 No Content\r\nTransfer-Encoding: chunked", BodyFraming.None, -1, false)]
    [InlineData(HttpMethod.Get, "100 Continue", BodyFraming.None, -1, true)]
    [InlineData(HttpMethod.Get, "101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket", BodyFraming.None, -1, true)]
    public void The_body_ends_as_request_and_status_say(HttpMethod method, string rest, BodyFraming framing, long length, bool keep)
    {
        var answer = Parse($"HTTP/1.1 {rest}\r\n\r\n", method);
        answer.Outcome.ShouldBe(ParseOutcome.Done, answer.Detail.ToString());
        answer.Framing.ShouldBe(framing);
        answer.Length.ShouldBe(length);
        answer.KeepAlive.ShouldBe(keep);
    }

    [Theory]
    [InlineData("200 OK\r\nContent-Length: 5", false)]
    [InlineData("200 OK\r\nConnection: keep-alive\r\nContent-Length: 5", true)]
    [InlineData("200 OK\r\nConnection: keep-alive", false)]
    public void An_http10_origin_keeps_its_connection_only_when_it_says_so(string rest, bool keep)
        => Parse($"HTTP/1.0 {rest}\r\n\r\n").KeepAlive.ShouldBe(keep);

    [Fact]
    public void Framing_fields_of_an_interim_response_are_taken_out()
        => Parse("HTTP/1.1 103 Early Hints\r\nLink: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n").Fields.ShouldBe("Link=x|");

    [Fact]
    public void A_head_past_its_bounds_is_too_large()
    {
        var limits = new Http1Limits { StartLine = 40, Head = 100, Fields = 3 };
        foreach (var text in new[]
        {
            "HTTP/1.1 200 " + new string('x', 40),
            "HTTP/1.1 200 OK\r\nX: " + new string('x', 100),
            "HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\nC: 3\r\nD:",
        })
        {
            Parse(text, limits: limits).Refusal.ShouldBe(Refusal.UpstreamHeaderTooLarge);
        }
    }
}
