using System.Text;
using Weir.Http.Fields;
using Weir.Http.Http1;
using Weir.Http.Http2.Frames;
using Weir.Http.Http2.Hpack;
using Weir.Http.Http2.Messages;
using Weir.Http.Messages;

namespace Weir.Http.Tests.Http2.Messages;

/// <summary>RFC 9113 §8: what is a request, what is malformed, and what is answered.</summary>
public sealed class RequestReaderTests
{
    private static HeadResult Read(string fields, RequestHead head, bool endStream = true, bool protocol = false, int listSize = 32 * 1024)
    {
        using var decoder = new HpackDecoder { MaxListSize = listSize };
        var reader = new Http2RequestReader(head, Http1Limits.Default, protocol);
        decoder.Decode(Blocks.Of(fields), true, ref reader).ShouldBe(HpackFault.None);
        return reader.End(endStream, decoder.IsOverLimit);
    }

    private static HeadResult Read(string fields, bool endStream = true, bool protocol = false)
    {
        using var head = new RequestHead();
        return Read(fields, head, endStream, protocol);
    }

    private static HeadResult Malformed(Refusal refusal) => new(HeadVerdict.Malformed, refusal);

    private static HeadResult Refused(Refusal refusal) => new(HeadVerdict.Refused, refusal);

    private static string Text(ReadOnlySpan<byte> text) => Encoding.Latin1.GetString(text);

    private static string Fields(RequestHead head)
        => string.Join('\n', Enumerable.Range(0, head.Fields.Count).Where(i => head.Fields.Id(i) != KnownField.Removed)
            .Select(i => Text(head.Fields.Name(i)) + ": " + Text(head.Fields.Value(i))));

    // The same request in both versions, and all that routes and policies see of it.
    [Theory]
    [InlineData(":method: GET\n:scheme: https\n:authority: A.Example.:8443\n:path: /a/../b/%41?q=1\naccept: */*\nx-y: z",
        "GET /a/../b/%41?q=1 HTTP/1.1\r\nHost: A.Example.:8443\r\nAccept: */*\r\nX-Y: z\r\n\r\n", true)]
    [InlineData(":method: POST\n:scheme: http\n:path: /\nhost: a\ncontent-length: 5", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", false)]
    [InlineData(":method: PUT\n:scheme: http\n:authority: a\n:path: /?\nexpect: 100-continue", "PUT /? HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n", false)]
    [InlineData(":method: POST\n:scheme: http\n:authority: a\n:path: /\ncontent-length: 0", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", true)]
    [InlineData(":method: OPTIONS\n:scheme: http\n:authority: a\n:path: *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", true)]
    [InlineData(":method: CONNECT\n:authority: a.example:443", "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n", false)]
    [InlineData(":method: PURGE\n:scheme: http\n:authority: [::1]:80\n:path: //x/./y\ncookie: a=b\nx_forwarded_for: 1\nx_other: 2",
        "PURGE //x/./y HTTP/1.1\r\nHost: [::1]:80\r\nCookie: a=b\r\nX_Forwarded_For: 1\r\nX_Other: 2\r\n\r\n", true)]
    public unsafe void The_head_is_the_one_that_http_1_gives(string fields, string text, bool endStream)
    {
        using var head = new RequestHead();
        Read(fields, head, endStream).ShouldBe(HeadResult.Understood);
        using var same = new RequestHead();
        using var buffer = new NativeText(NativeText.Bytes(text));
        var state = default(Http1ParseState);
        RequestParser.Parse(same, buffer.Start, buffer.Length, Http1Limits.Default, ref state).Outcome.ShouldBe(ParseOutcome.Done);

        head.Version.ShouldBe(HttpVersion.Http2);
        head.Method.ShouldBe(same.Method);
        head.Form.ShouldBe(same.Form);
        head.HasQuery.ShouldBe(same.HasQuery);
        head.Framing.ShouldBe(same.Framing);
        head.ContentLength.ShouldBe(same.ContentLength);
        head.ExpectContinue.ShouldBe(same.ExpectContinue);
        head.WantsUpgrade.ShouldBe(same.WantsUpgrade);
        Text(head.MethodSpan).ShouldBe(Text(same.MethodSpan));
        Text(head.RawTargetSpan).ShouldBe(Text(same.RawTargetSpan));
        Text(head.PathSpan).ShouldBe(Text(same.PathSpan));
        Text(head.QuerySpan).ShouldBe(Text(same.QuerySpan));
        Text(head.HostSpan).ShouldBe(Text(same.HostSpan));
        Text(head.AuthoritySpan).ShouldBe(Text(same.AuthoritySpan));
        // All fields that have no meaning for a connection, whatever their order.
        same.Fields.Remove(KnownField.TransferEncoding);
        Fields(head).Split('\n').Order().ShouldBe(Fields(same).Split('\n').Select(l => l[..l.IndexOf(':')].ToLowerInvariant() + l[l.IndexOf(':')..]).Order());
    }

    [Theory]
    [InlineData(":scheme: https\n:authority: a\n:path: /")]
    [InlineData(":method: GET\n:authority: a\n:path: /")]
    [InlineData(":method: GET\n:scheme: https\n:authority: a")]
    [InlineData(":method: GET\n:scheme: https\n:authority: a\n:path: ")]
    [InlineData("")]
    public void Section_8_3_1_method_scheme_and_path_are_there_and_the_path_is_not_empty(string fields)
        => Read(fields).ShouldBe(Malformed(Refusal.BadPseudoField));

    [Theory]
    [InlineData(":method: GET")]
    [InlineData(":path: /x")]
    [InlineData(":scheme: https")]
    [InlineData(":authority: a.example")]
    public void Section_8_3_1_each_only_once(string again) => Read(Blocks.Get + "\n" + again).ShouldBe(Malformed(Refusal.BadPseudoField));

    [Theory]
    [InlineData(":status: 200")]
    [InlineData(":unknown: x")]
    [InlineData(":: x")]
    [InlineData(":protocol: websocket")]
    [InlineData(":Method: GET")]
    public void Section_8_3_no_other_pseudo_field(string field) => Read(Blocks.Get + "\n" + field).ShouldBe(Malformed(Refusal.BadPseudoField));

    [Fact]
    public void Section_8_3_none_behind_an_ordinary_field()
        => Read(":method: GET\n:scheme: https\n:path: /\nx: y\n:authority: a").ShouldBe(Malformed(Refusal.BadPseudoField));

    [Theory]
    [InlineData(":method: CONNECT\n:authority: a:1\n:scheme: https")]
    [InlineData(":method: CONNECT\n:authority: a:1\n:path: /")]
    [InlineData(":method: CONNECT")]
    public void Section_8_5_connect_has_an_authority_and_nothing_else(string fields) => Read(fields).ShouldBe(Malformed(Refusal.BadPseudoField));

    [Fact]
    public void Section_8_5_connect_names_a_port() => Read(":method: CONNECT\n:authority: a").ShouldBe(Refused(Refusal.BadTarget));

    [Fact]
    public void Rfc_8441_a_connect_with_protocol_is_the_upgrade_of_http_1()
    {
        using var head = new RequestHead();
        const string fields = ":method: CONNECT\n:protocol: websocket\n:scheme: https\n:authority: a\n:path: /chat?x\nsec-websocket-version: 13";
        Read(fields, head, endStream: false, protocol: true).ShouldBe(HeadResult.Understood);
        head.Method.ShouldBe(HttpMethod.Get);
        Text(head.MethodSpan).ShouldBe("GET");
        head.WantsUpgrade.ShouldBeTrue();
        head.HasBody.ShouldBeFalse();
        Text(head.PathSpan).ShouldBe("/chat");
        Text(head.Fields.Get(KnownField.Upgrade)).ShouldBe("websocket");
        Read(fields, endStream: false).ShouldBe(Malformed(Refusal.BadPseudoField));
        Read(fields.Replace(":authority: a\n", "", StringComparison.Ordinal), protocol: true).ShouldBe(Malformed(Refusal.BadPseudoField));
        Read(fields.Replace(":path: /chat?x\n", "", StringComparison.Ordinal), protocol: true).ShouldBe(Malformed(Refusal.BadPseudoField));
        Read(fields.Replace("CONNECT", "GET", StringComparison.Ordinal), protocol: true).ShouldBe(Malformed(Refusal.BadPseudoField));
    }

    [Theory]
    [InlineData("X-Y: z", Refusal.BadFieldName)]
    [InlineData("x y: z", Refusal.BadFieldName)]
    [InlineData("x\ry: z", Refusal.BadFieldName)]
    [InlineData("x\u00e9: z", Refusal.BadFieldName)]
    [InlineData("x: a\0b", Refusal.BadFieldValue)]
    [InlineData("x: a\rb", Refusal.BadFieldValue)]
    [InlineData("x:  b", Refusal.BadFieldValue)]
    [InlineData("x: b\t", Refusal.BadFieldValue)]
    public void Section_8_2_1_names_are_lower_case_tokens_and_values_are_clean(string field, Refusal refusal)
        => Read(Blocks.Get + "\n" + field).ShouldBe(Malformed(refusal));

    [Fact]
    public void Section_8_2_1_a_value_does_not_hold_a_line_end()
    {
        using var head = new RequestHead();
        using var decoder = new HpackDecoder();
        var reader = new Http2RequestReader(head, Http1Limits.Default, false);
        byte[] block = [.. Blocks.Of(Blocks.Get), 0, 1, (byte)'x', 3, (byte)'a', (byte)'\n', (byte)'b'];
        decoder.Decode(block, true, ref reader).ShouldBe(HpackFault.None);
        reader.End(true, false).ShouldBe(Malformed(Refusal.BadFieldValue));
    }

    [Theory]
    [InlineData("connection: close", Refusal.BadConnectionField)]
    [InlineData("connection: te", Refusal.BadConnectionField)]
    [InlineData("keep-alive: 1", Refusal.BadConnectionField)]
    [InlineData("proxy-connection: x", Refusal.BadConnectionField)]
    [InlineData("upgrade: h2c", Refusal.BadConnectionField)]
    [InlineData("transfer-encoding: chunked", Refusal.BadTransferEncoding)]
    [InlineData("te: gzip", Refusal.BadConnectionField)]
    [InlineData("te: trailers, gzip", Refusal.BadConnectionField)]
    public void Section_8_2_2_fields_of_one_connection_are_malformed(string field, Refusal refusal)
        => Read(Blocks.Get + "\n" + field).ShouldBe(Malformed(refusal));

    [Fact]
    public void Section_8_2_2_te_may_say_trailers() => Read(Blocks.Get + "\nte: trailers").ShouldBe(HeadResult.Understood);

    [Fact]
    public void Section_8_2_3_crumbs_of_a_cookie_become_one_field()
    {
        using var head = new RequestHead();
        Read(Blocks.Get + "\ncookie: a=1\ncookie: b=2\nx: y\ncookie: c=3\ncookie: \ncookie: d=4", head).ShouldBe(HeadResult.Understood);
        Fields(head).ShouldBe("cookie: a=1; b=2; c=3; ; d=4\nx: y\nhost: a.example");
    }

    [Fact]
    public void Many_crumbs_are_one_field_to_the_limit()
        => Read(Blocks.Get + string.Concat(Enumerable.Range(0, 500).Select(i => $"\ncookie: a{i}=b"))).ShouldBe(HeadResult.Understood);

    [Theory]
    [InlineData("host: a.example", true)]
    [InlineData("host: A.EXAMPLE.", true)]
    [InlineData("host: a.example:443", true)]
    [InlineData("host: a.example:80", false)]
    [InlineData("host: b.example", false)]
    public void Section_8_3_1_host_and_authority_agree(string host, bool agrees)
        => Read(Blocks.Get + "\n" + host).ShouldBe(agrees ? HeadResult.Understood : Malformed(Refusal.HostDisagrees));

    [Fact]
    public void Several_hosts_are_malformed() => Read(Blocks.Get + "\nhost: a.example\nhost: a.example").ShouldBe(Malformed(Refusal.SeveralHosts));

    [Theory]
    [InlineData(":authority: user@a", Refusal.BadHost)]
    [InlineData(":authority: a b", Refusal.BadHost)]
    [InlineData(":authority: ", Refusal.BadHost)]
    [InlineData(":authority: a:0", Refusal.BadHost)]
    [InlineData("", Refusal.MissingHost)]
    public void A_host_that_http_1_would_not_take_is_answered(string authority, Refusal refusal)
        => Read(":method: GET\n:scheme: http\n:path: /\n" + authority).ShouldBe(Refused(refusal));

    [Theory]
    [InlineData("http://a/", Refusal.BadTarget)]
    [InlineData("x", Refusal.BadTarget)]
    [InlineData("*", Refusal.BadTarget)]
    [InlineData("/a b", Refusal.BadTarget)]
    [InlineData("/a#b", Refusal.BadTarget)]
    [InlineData("/%zz", Refusal.BadPathEncoding)]
    [InlineData("/%00", Refusal.BadPathEncoding)]
    [InlineData("/../..", Refusal.PathEscapesRoot)]
    public void A_path_that_http_1_would_not_take_is_answered(string path, Refusal refusal)
        => Read(":method: GET\n:scheme: http\n:authority: a\n:path: " + path).ShouldBe(Refused(refusal));

    [Theory]
    [InlineData("content-length: 1", true, Refusal.LengthDisagrees)]
    [InlineData("content-length: +1", false, Refusal.BadContentLength)]
    [InlineData("content-length: ", false, Refusal.BadContentLength)]
    [InlineData("content-length: 9223372036854775808", false, Refusal.BadContentLength)]
    [InlineData("content-length: 1\ncontent-length: 1", false, Refusal.SeveralContentLengths)]
    public void Section_8_1_1_a_length_is_one_number_and_agrees_with_the_end_of_the_stream(string field, bool endStream, Refusal refusal)
        => Read(Blocks.Get + "\n" + field, endStream).ShouldBe(Malformed(refusal));

    [Theory]
    [InlineData("G T")]
    [InlineData("")]
    [InlineData("GET\0")]
    public void A_method_is_a_token(string method)
        => Read($":method: {method}\n:scheme: http\n:authority: a\n:path: /").Verdict.ShouldBe(HeadVerdict.Malformed);

    [Fact]
    public void Limits_are_answered_and_not_malformed()
    {
        using var head = new RequestHead();
        Read(Blocks.Get + "\nx: " + new string('y', 2000), head, listSize: 1000).ShouldBe(Refused(Refusal.HeaderTooLarge));
        Text(head.RawTargetSpan).ShouldBe("/x");
        Read(Blocks.Get + string.Concat(Enumerable.Repeat("\nx: y", 101))).ShouldBe(Refused(Refusal.TooManyFields));
        Read(":method: GET\n:scheme: http\n:authority: a\n:path: /" + new string('y', 8192)).ShouldBe(Refused(Refusal.RequestLineTooLong));
        Read(Blocks.Get + "\nexpect: 200-ok").ShouldBe(Refused(Refusal.ExpectationFailed));
    }

    [Fact]
    public void What_the_client_wants_in_no_table_stays_marked()
    {
        using var head = new RequestHead();
        using var decoder = new HpackDecoder();
        var reader = new Http2RequestReader(head, Http1Limits.Default, false);
        byte[] block = [.. Blocks.Of(Blocks.Get), 0x10, 1, (byte)'k', 1, (byte)'v', 0x00, 1, (byte)'l', 1, (byte)'v'];
        decoder.Decode(block, true, ref reader).ShouldBe(HpackFault.None);
        reader.End(true, false).ShouldBe(HeadResult.Understood);
        head.Fields[0].IsSensitive.ShouldBeTrue();
        head.Fields[1].IsSensitive.ShouldBeFalse();
    }

    [Fact]
    public void A_malformed_head_resets_its_stream_with_PROTOCOL_ERROR()
    {
        var fault = Malformed(Refusal.BadPseudoField).Fault(5);
        fault.Code.ShouldBe(Http2ErrorCode.ProtocolError);
        fault.StreamId.ShouldBe(5);
        fault.IsConnection.ShouldBeFalse();
    }
}
