using Weir.Http.Http1;

namespace Weir.Http.Tests.Http1;

/// <summary>Every shape of a request that two parsers could read differently is refused under its own name, however it arrives.</summary>
public sealed class RequestRefusalTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n";
    private const string Post = "POST / HTTP/1.1\r\nHost: a\r\n";

    public static TheoryData<Refusal, string> Samples => new()
    {
        // Method, target, version: RFC 9112 §3.
        { Refusal.BadMethod, "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadMethod, " GET / HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadMethod, "G(T / HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadMethod, "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadMethod, "GET\0/ HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadMethod, "G\u00c9T / HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadMethod, "GET\r\nHost: a\r\n\r\n" },
        { Refusal.BadMethod, "\u0016\u0003\u0001\u0002\0\u0001\r\n\r\n" },
        { Refusal.BadMethod, new string('A', 33) + " / HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadTarget, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadTarget, "GET /  HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadTarget, "GET / x HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadTarget, "GET /\tx HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadTarget, "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadTarget, "GET HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadTarget, "GET  HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadTarget, "GET \r\nHost: a\r\n\r\n" },
        { Refusal.BadTarget, "GET x HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadTarget, "GET * HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadTarget, "OPTIONS *x HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadTarget, "GET /#f HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadTarget, "GET /\u00e9 HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadTarget, "GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadTarget, "GET /?a\u007f HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadTarget, "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadTarget, "GET http:/a/ HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadTarget, "GET http:///p HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadTarget, "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadTarget, "GET http://a:99999/ HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadTarget, "GET http://a#f HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadTarget, "GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadTarget, "CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadTarget, "CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadTarget, "CONNECT u@a:443 HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadVersion, "GET /\r\nHost: a\r\n\r\n" },
        { Refusal.BadVersion, "GET /aaaaaaaaaaaaaaa\r\nHost: a\r\n\r\n" },
        { Refusal.BadVersion, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n" },
        { Refusal.BadVersion, "GET / http/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadVersion, "GET / HTTP/1.10\r\nHost: a\r\n\r\n" },
        { Refusal.BadVersion, "GET / HTTP/11\r\nHost: a\r\n\r\n" },
        { Refusal.BadVersion, "GET / HTTP/1,1\r\nHost: a\r\n\r\n" },
        { Refusal.BadVersion, "GET / XTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.UnsupportedVersion, "GET / HTTP/1.2\r\nHost: a\r\n\r\n" },
        { Refusal.UnsupportedVersion, "GET / HTTP/0.9\r\nHost: a\r\n\r\n" },
        { Refusal.UnsupportedVersion, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" },

        // Line ends: RFC 9112 §2.2.
        { Refusal.BadLineEnding, "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadLineEnding, "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadLineEnding, "GET / HTTP/1.1\nHost: a\r\n\r\n" },
        { Refusal.BadLineEnding, "GET / HTTP/1.1\rHost: a\r\n\r\n" },
        { Refusal.BadLineEnding, "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n" },
        { Refusal.BadLineEnding, "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.BadLineEnding, "GET / HTTP/1.1\r\nHost: a\n\r\n" },
        { Refusal.BadLineEnding, "GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n" },
        { Refusal.BadLineEnding, "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n" },
        { Refusal.BadLineEnding, Get + "\n" },
        { Refusal.BadLineEnding, Get + "\rX: y\r\n\r\n" },
        { Refusal.BadLineEnding, Get + "X\n: y\r\n\r\n" },
        { Refusal.BadLineEnding, Get + "X\r: y\r\n\r\n" },
        { Refusal.BadLineEnding, Get + "X: a\nTransfer-Encoding: chunked\r\n\r\n" },

        // Field lines: RFC 9112 §5, RFC 9110 §5.
        { Refusal.BadFieldName, Get + ": y\r\n\r\n" },
        { Refusal.BadFieldName, Get + "X\r\n\r\n" },
        { Refusal.BadFieldName, Get + "X(Y: y\r\n\r\n" },
        { Refusal.BadFieldName, Get + "X\0: y\r\n\r\n" },
        { Refusal.BadFieldName, Get + "X\u00e9: y\r\n\r\n" },
        { Refusal.BadFieldName, Get + "\"X\": y\r\n\r\n" },
        { Refusal.BadFieldName, Get + "\u000bX: y\r\n\r\n" },
        { Refusal.SpaceBeforeColon, Get + "X : y\r\n\r\n" },
        { Refusal.SpaceBeforeColon, Get + "X\t: y\r\n\r\n" },
        { Refusal.SpaceBeforeColon, Post + "Content-Length : 5\r\n\r\n" },
        { Refusal.SpaceBeforeColon, Post + "Transfer-Encoding : chunked\r\n\r\n" },
        { Refusal.ObsoleteFold, "GET / HTTP/1.1\r\n Host: a\r\n\r\n" },
        { Refusal.ObsoleteFold, Get + "X: a\r\n b\r\n\r\n" },
        { Refusal.ObsoleteFold, Get + "X: a\r\n\tb\r\n\r\n" },
        { Refusal.ObsoleteFold, Post + "Transfer-Encoding:\r\n chunked\r\n\r\n" },
        { Refusal.ObsoleteFold, Get + " \r\n\r\n" },
        { Refusal.BadFieldValue, Get + "X: a\0b\r\n\r\n" },
        { Refusal.BadFieldValue, Get + "X: a\u000bb\r\n\r\n" },
        { Refusal.BadFieldValue, Get + "X: a\u000cb\r\n\r\n" },
        { Refusal.BadFieldValue, Get + "X: a\u0001\r\n\r\n" },
        { Refusal.BadFieldValue, Get + "X: a\u001f\r\n\r\n" },
        { Refusal.BadFieldValue, Get + "X: a\u007f\r\n\r\n" },
        { Refusal.BadFieldValue, Post + "Transfer-Encoding: \u000bchunked\r\n\r\n" },

        // Host: RFC 9112 §3.2.
        { Refusal.MissingHost, "GET / HTTP/1.1\r\n\r\n" },
        { Refusal.MissingHost, "GET http://a/ HTTP/1.1\r\n\r\n" },
        { Refusal.SeveralHosts, Get + "Host: a\r\n\r\n" },
        { Refusal.SeveralHosts, Get + "hOST: b\r\n\r\n" },
        { Refusal.SeveralHosts, "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n" },
        { Refusal.HostDisagrees, "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n" },
        { Refusal.HostDisagrees, "GET http://a:81/ HTTP/1.1\r\nHost: a\r\n\r\n" },
        { Refusal.HostDisagrees, "GET http://a/ HTTP/1.1\r\nHost: a:443\r\n\r\n" },
        { Refusal.HostDisagrees, "GET https://a/ HTTP/1.1\r\nHost: a:80\r\n\r\n" },
        { Refusal.HostDisagrees, "GET http://a/ HTTP/1.0\r\nHost: b\r\n\r\n" },
        { Refusal.HostDisagrees, "CONNECT a:443 HTTP/1.1\r\nHost: b:443\r\n\r\n" },

        // Framing: RFC 9112 §6.
        { Refusal.LengthAndEncoding, Post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" },
        { Refusal.LengthAndEncoding, Post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" },
        { Refusal.LengthAndEncoding, Post + "Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\n" },
        { Refusal.LengthAndEncoding, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" },
        { Refusal.SeveralContentLengths, Post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n" },
        { Refusal.SeveralContentLengths, Post + "Content-Length: 5\r\ncontent-length: 6\r\n\r\n" },
        { Refusal.SeveralContentLengths, Post + "Content-Length: x\r\ncontent-length: 6\r\n\r\n" },
        { Refusal.BadContentLength, Post + "Content-Length: +5\r\n\r\n" },
        { Refusal.BadContentLength, Post + "Content-Length: -5\r\n\r\n" },
        { Refusal.BadContentLength, Post + "Content-Length: 0x5\r\n\r\n" },
        { Refusal.BadContentLength, Post + "Content-Length: 5,5\r\n\r\n" },
        { Refusal.BadContentLength, Post + "Content-Length: 5, 5\r\n\r\n" },
        { Refusal.BadContentLength, Post + "Content-Length:\r\n\r\n" },
        { Refusal.BadContentLength, Post + "Content-Length: \t \r\n\r\n" },
        { Refusal.BadContentLength, Post + "Content-Length: 5 5\r\n\r\n" },
        { Refusal.BadContentLength, Post + "Content-Length: 5.0\r\n\r\n" },
        { Refusal.BadContentLength, Post + "Content-Length: 5e1\r\n\r\n" },
        { Refusal.BadContentLength, Post + "Content-Length: \"5\"\r\n\r\n" },
        { Refusal.BadContentLength, Post + "Content-Length: \u00b2\r\n\r\n" },
        { Refusal.BadContentLength, Post + "Content-Length: 9223372036854775808\r\n\r\n" },
        { Refusal.BadContentLength, Post + "Content-Length: 18446744073709551617\r\n\r\n" },
        { Refusal.BadContentLength, Post + "Content-Length: 00000000000000000005\r\n\r\n" },
        { Refusal.BadTransferEncoding, Post + "Transfer-Encoding:\r\n\r\n" },
        { Refusal.BadTransferEncoding, Post + "Transfer-Encoding: identity\r\n\r\n" },
        { Refusal.BadTransferEncoding, Post + "Transfer-Encoding: gzip\r\n\r\n" },
        { Refusal.BadTransferEncoding, Post + "Transfer-Encoding: gzip, chunked\r\n\r\n" },
        { Refusal.BadTransferEncoding, Post + "Transfer-Encoding: chunked, gzip\r\n\r\n" },
        { Refusal.BadTransferEncoding, Post + "Transfer-Encoding: chunked, chunked\r\n\r\n" },
        { Refusal.BadTransferEncoding, Post + "Transfer-Encoding: chunked,\r\n\r\n" },
        { Refusal.BadTransferEncoding, Post + "Transfer-Encoding: , chunked\r\n\r\n" },
        { Refusal.BadTransferEncoding, Post + "Transfer-Encoding: chunked;q=1\r\n\r\n" },
        { Refusal.BadTransferEncoding, Post + "Transfer-Encoding: xchunked\r\n\r\n" },
        { Refusal.BadTransferEncoding, Post + "Transfer-Encoding: \"chunked\"\r\n\r\n" },
        { Refusal.BadTransferEncoding, Post + "Transfer-Encoding: chunked\u00a0\r\n\r\n" },
        { Refusal.BadTransferEncoding, Post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" },
        { Refusal.BadTransferEncoding, Post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" },
        { Refusal.EncodingInHttp10, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" },
        { Refusal.EncodingInHttp10, "POST / HTTP/1.0\r\nTransfer-Encoding: identity\r\n\r\n" },

        // Connection: RFC 9110 §7.6.1.
        { Refusal.BadConnectionField, Get + "Connection: clo se\r\n\r\n" },
        { Refusal.BadConnectionField, Get + "Connection: close;x\r\n\r\n" },
        { Refusal.BadConnectionField, Get + "Connection: \"close\"\r\n\r\n" },
        { Refusal.BadConnectionField, Get + "Connection: " + string.Join(',', Enumerable.Repeat("x", 33)) + "\r\n\r\n" },

        // Expect: RFC 9110 §10.1.1.
        { Refusal.ExpectationFailed, Post + "Content-Length: 5\r\nExpect: 200-ok\r\n\r\n" },
        { Refusal.ExpectationFailed, Post + "Content-Length: 5\r\nExpect: 100-continue, x\r\n\r\n" },
        { Refusal.ExpectationFailed, Post + "Content-Length: 5\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n\r\n" },
        { Refusal.ExpectationFailed, Post + "Content-Length: 5\r\nExpect:\r\n\r\n" },
    };

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_request_that_breaks_a_rule_is_refused_by_its_name(Refusal expected, string text)
    {
        var parsed = RequestSamples.Parse(text);
        parsed.Outcome.ShouldBe(ParseOutcome.Refused, RequestSamples.Show(text));
        parsed.Refusal.ShouldBe(expected, RequestSamples.Show(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData(":80")]
    [InlineData(".")]
    [InlineData("a:")]
    [InlineData("a:0")]
    [InlineData("a:080")]
    [InlineData("a:65536")]
    [InlineData("a:123456")]
    [InlineData("a:8x")]
    [InlineData("a:-1")]
    [InlineData("a:+80")]
    [InlineData("a:80:80")]
    [InlineData("a b")]
    [InlineData("a,b")]
    [InlineData("a/b")]
    [InlineData("a?b")]
    [InlineData("a#b")]
    [InlineData("a%2eb")]
    [InlineData("a\\b")]
    [InlineData("u@a")]
    [InlineData("u:p@a")]
    [InlineData("a..b")]
    [InlineData(".a")]
    [InlineData("a..")]
    [InlineData("\u00e9")]
    [InlineData("http://a")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.256")]
    [InlineData("01.2.3.4")]
    [InlineData("1.2.3.4.5")]
    [InlineData("123")]
    [InlineData("::1")]
    [InlineData("[::1")]
    [InlineData("[::1]x")]
    [InlineData("[::1]:")]
    [InlineData("[]")]
    [InlineData("[1.2.3.4]")]
    [InlineData("[fe80::1%25eth0]")]
    [InlineData("[v1.x]")]
    [InlineData("[1:2:3]")]
    [InlineData("[1::2::3]")]
    [InlineData("[12345::]")]
    [InlineData("[1:2:3:4:5:6:7:8:9]")]
    public void A_host_that_is_none_is_refused(string host)
    {
        RequestSamples.Parse($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").Refusal.ShouldBe(Refusal.BadHost, host);
        RequestSamples.Parse($"GET / HTTP/1.0\r\nHost: {host}\r\n\r\n").Refusal.ShouldBe(Refusal.BadHost, host);
    }

    [Theory]
    [InlineData("Host")]
    [InlineData("host")]
    [InlineData("Content-Length")]
    [InlineData("Transfer-Encoding")]
    [InlineData("Trailer")]
    [InlineData("Expect")]
    [InlineData("Forwarded")]
    [InlineData("Via")]
    [InlineData("X-Forwarded-For")]
    [InlineData("X-Forwarded-Proto")]
    [InlineData("X-Forwarded-User")]
    [InlineData("X-Real-IP")]
    [InlineData("X-Request-Id")]
    [InlineData("Client-Cert")]
    [InlineData("Authorization")]
    [InlineData("Cookie")]
    [InlineData("CDN-Loop")]
    [InlineData("traceparent")]
    [InlineData("X_Forwarded_For")]
    [InlineData("close, Host")]
    [InlineData("keep-alive,x-foo ,host")]
    public void Connection_must_not_take_out_what_guards_rely_on(string options)
        => RequestSamples.Parse(Get + $"Connection: {options}\r\n\r\n").Refusal.ShouldBe(Refusal.BadConnectionField);

    [Fact]
    public void Nominations_of_several_connection_fields_count_together()
        => RequestSamples.Parse(Get + "Connection: close\r\nConnection: Host\r\n\r\n").Refusal.ShouldBe(Refusal.BadConnectionField);
}
