using Weir.Http.Http1;
using Weir.Http.Messages;

namespace Weir.Http.Tests.Http1;

/// <summary>What a valid request means, however it arrives.</summary>
public sealed class RequestAcceptanceTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n";
    private const string Post = "POST / HTTP/1.1\r\nHost: a\r\n";

    private static Parsed Accept(string text)
    {
        var parsed = RequestSamples.Parse(text);
        parsed.Outcome.ShouldBe(ParseOutcome.Done, $"{parsed.Refusal}: {RequestSamples.Show(text)}");
        return parsed;
    }

    [Fact]
    public void The_head_ends_at_its_empty_line_and_the_body_is_left()
    {
        var head = Post + "Content-Length: 3\r\n\r\n";
        var parsed = Accept(head + "abc");
        parsed.Consumed.ShouldBe(head.Length);
        parsed.Framing.ShouldBe(BodyFraming.Length);
        parsed.ContentLength.ShouldBe(3);
    }

    [Fact]
    public void One_empty_line_before_the_request_line_is_forgiven()
        => Accept("\r\n" + Get + "\r\n").Consumed.ShouldBe(Get.Length + 4);

    [Theory]
    [InlineData("GET", HttpMethod.Get)]
    [InlineData("HEAD", HttpMethod.Head)]
    [InlineData("POST", HttpMethod.Post)]
    [InlineData("PUT", HttpMethod.Put)]
    [InlineData("DELETE", HttpMethod.Delete)]
    [InlineData("PATCH", HttpMethod.Patch)]
    [InlineData("TRACE", HttpMethod.Trace)]
    [InlineData("OPTIONS", HttpMethod.Options)]
    [InlineData("get", HttpMethod.Other)]
    [InlineData("M-SEARCH", HttpMethod.Other)]
    [InlineData("!#$%&'*+-.^_`|~09azAZ", HttpMethod.Other)]
    public void Methods_are_tokens_and_case_sensitive(string method, HttpMethod known)
    {
        Accept($"{method} / HTTP/1.1\r\nHost: a\r\n\r\n").Method.ShouldBe(method);
        Methods.Find(NativeText.Bytes(method)).ShouldBe(known);
    }

    [Fact]
    public void Whitespace_around_a_value_is_not_part_of_it()
        => Accept(Get + "A:b\r\nB: \t c d \t\r\nC:\r\nD:   \r\nE: x\ty\r\nF: \u00e9\u00ff\r\n\r\n").Fields.ShouldBe("Host=a|A=b|B=c d|C=|D=|E=x\ty|F=\u00e9\u00ff|");

    [Theory]
    [InlineData("0", 0)]
    [InlineData("5", 5)]
    [InlineData("  42\t", 42)]
    [InlineData("0000000000000000005", 5)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void Content_length_is_a_number(string value, long length)
    {
        var parsed = Accept(Post + $"Content-Length: {value}\r\n\r\n");
        parsed.Framing.ShouldBe(BodyFraming.Length);
        parsed.ContentLength.ShouldBe(length);
    }

    [Theory]
    [InlineData("chunked")]
    [InlineData("Chunked")]
    [InlineData("\t CHUNKED ")]
    public void Chunked_is_the_one_transfer_coding(string value)
        => Accept(Post + $"Transfer-Encoding: {value}\r\n\r\n").Framing.ShouldBe(BodyFraming.Chunked);

    [Theory]
    [InlineData("HTTP/1.1", "", true)]
    [InlineData("HTTP/1.1", "Connection: close\r\n", false)]
    [InlineData("HTTP/1.1", "Connection: CLOSE, x\r\n", false)]
    [InlineData("HTTP/1.1", "Connection: keep-alive\r\n", true)]
    [InlineData("HTTP/1.1", "Connection: keep-alive, close\r\n", false)]
    [InlineData("HTTP/1.1", "Connection: keep-alive\r\nConnection: close\r\n", false)]
    [InlineData("HTTP/1.1", "Connection:\r\n", true)]
    [InlineData("HTTP/1.1", "Connection: ,, x ,\r\n", true)]
    [InlineData("HTTP/1.0", "", false)]
    [InlineData("HTTP/1.0", "Connection: Keep-Alive\r\n", true)]
    [InlineData("HTTP/1.0", "Connection: x,keep-alive\r\n", true)]
    [InlineData("HTTP/1.0", "Connection: keep-alive, close\r\n", false)]
    public void Keep_alive_follows_from_version_and_connection(string version, string fields, bool keep)
        => Accept($"GET / {version}\r\nHost: a\r\n{fields}\r\n").KeepAlive.ShouldBe(keep);

    [Fact]
    public void Fields_that_connection_nominates_are_taken_out()
        => Accept(Get + "X-Foo: 1\r\nConnection: x-foo, close\r\nX-FOO: 2\r\nY: 3\r\n\r\n").Fields.ShouldBe("Host=a|Connection=x-foo, close|Y=3|");

    [Fact]
    public void Names_that_an_origin_could_take_for_guarded_ones_are_dropped()
        => Accept(Get + "X_Forwarded_For: 1\r\nContent_Length: 5\r\nTransfer_Encoding: chunked\r\nX-Forwarded_For: 1\r\nX_Forwarded_User: r\r\n"
            + "Keep_Alive: x\r\nMy_Field: ok\r\n\r\n").Fields.ShouldBe("Host=a|My_Field=ok|");

    [Theory]
    [InlineData("GET", "HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\n", true)]
    [InlineData("GET", "HTTP/1.1", "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n", true)]
    [InlineData("GET", "HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n", true)]
    [InlineData("GET", "HTTP/1.1", "Upgrade: websocket\r\n", false)]
    [InlineData("GET", "HTTP/1.1", "Connection: Upgrade\r\n", false)]
    [InlineData("GET", "HTTP/1.1", "Connection: Upgrade\r\nUpgrade: a\r\nUpgrade: b\r\n", false)]
    [InlineData("GET", "HTTP/1.0", "Connection: Upgrade\r\nUpgrade: websocket\r\n", false)]
    [InlineData("POST", "HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\n", false)]
    [InlineData("GET", "HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 1\r\n", false)]
    [InlineData("GET", "HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\n", false)]
    public void An_upgrade_is_a_get_without_body_that_says_so_twice(string method, string version, string fields, bool wants)
        => Accept($"{method} / {version}\r\nHost: a\r\n{fields}\r\n").WantsUpgrade.ShouldBe(wants);

    [Theory]
    [InlineData("HTTP/1.1", "Content-Length: 5\r\nExpect: 100-Continue\r\n", true)]
    [InlineData("HTTP/1.1", "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n", true)]
    [InlineData("HTTP/1.1", "Content-Length: 0\r\nExpect: 100-continue\r\n", false)]
    [InlineData("HTTP/1.1", "Expect: 100-continue\r\n", false)]
    [InlineData("HTTP/1.0", "Content-Length: 5\r\nExpect: 100-continue\r\n", false)]
    [InlineData("HTTP/1.0", "Content-Length: 5\r\nExpect: whatever\r\n", false)]
    public void An_expectation_counts_where_a_body_is_held_back(string version, string fields, bool expects)
        => Accept($"POST / {version}\r\nHost: a\r\n{fields}\r\n").ExpectContinue.ShouldBe(expects);

    [Theory]
    [InlineData("example.com", "example.com", "example.com")]
    [InlineData("Example.COM", "example.com", "example.com")]
    [InlineData("example.com.", "example.com", "example.com")]
    [InlineData("Example.com.:8080", "example.com", "example.com:8080")]
    [InlineData("example.com.:8080", "example.com", "example.com:8080")]
    [InlineData("a_b-c~d", "a_b-c~d", "a_b-c~d")]
    [InlineData("a:65535", "a", "a:65535")]
    [InlineData("10.0.0.1:1", "10.0.0.1", "10.0.0.1:1")]
    [InlineData("[::1]", "[::1]", "[::1]")]
    [InlineData("[2001:DB8::A]:443", "[2001:db8::a]", "[2001:db8::a]:443")]
    [InlineData("[::ffff:1.2.3.4]", "[::ffff:1.2.3.4]", "[::ffff:1.2.3.4]")]
    [InlineData("1a", "1a", "1a")]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example", "xn--bcher-kva.example")]
    public void The_host_has_one_form(string given, string host, string authority)
    {
        var parsed = Accept($"GET / HTTP/1.1\r\nHost: {given}\r\n\r\n");
        parsed.Host.ShouldBe(host);
        parsed.Authority.ShouldBe(authority);
    }

    [Theory]
    [InlineData("GET http://a/p?q HTTP/1.1\r\nHost: a", TargetForm.Absolute, "/p", "q", "a")]
    [InlineData("GET HTTP://A/p HTTP/1.1\r\nHost: a:80", TargetForm.Absolute, "/p", null, "a")]
    [InlineData("GET https://a:443/ HTTP/1.1\r\nHost: A", TargetForm.Absolute, "/", null, "a:443")]
    [InlineData("GET http://a.:80/ HTTP/1.1\r\nHost: a", TargetForm.Absolute, "/", null, "a:80")]
    [InlineData("GET http://a HTTP/1.1\r\nHost: a", TargetForm.Absolute, "/", null, "a")]
    [InlineData("GET http://a?x=%2f HTTP/1.1\r\nHost: a", TargetForm.Absolute, "/", "x=%2f", "a")]
    [InlineData("GET http://a/x//./y/../%7e HTTP/1.0\r\nY: z", TargetForm.Absolute, "/x/~", null, "a")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: a", TargetForm.Asterisk, "/", null, "a")]
    [InlineData("OPTIONS http://a:81 HTTP/1.1\r\nHost: a:81", TargetForm.Asterisk, "/", null, "a:81")]
    [InlineData("OPTIONS http://a/ HTTP/1.1\r\nHost: a", TargetForm.Absolute, "/", null, "a")]
    [InlineData("CONNECT a:443 HTTP/1.1\r\nHost: a:443", TargetForm.Authority, "/", null, "a:443")]
    [InlineData("CONNECT a:443 HTTP/1.1\r\nHost: a", TargetForm.Authority, "/", null, "a:443")]
    [InlineData("GET / HTTP/1.0\r\nY: z", TargetForm.Origin, "/", null, "")]
    [InlineData("GET /? HTTP/1.1\r\nHost: a", TargetForm.Origin, "/", "", "a")]
    [InlineData("GET /a?b/../c?d//e HTTP/1.1\r\nHost: a", TargetForm.Origin, "/a", "b/../c?d//e", "a")]
    public void A_target_has_one_of_four_forms(string text, TargetForm form, string path, string? query, string authority)
    {
        var parsed = Accept(text + "\r\n\r\n");
        parsed.Form.ShouldBe(form);
        parsed.Path.ShouldBe(path);
        parsed.Query.ShouldBe(query);
        parsed.Authority.ShouldBe(authority);
        parsed.KeepAlive.ShouldBe(form != TargetForm.Authority && text.Contains("HTTP/1.1"));
    }
}
