using Weir.Proxy.Tests.Fixture;
using static Weir.Proxy.Tests.Http2.Http2Gateway;

namespace Weir.Proxy.Tests.Http2;

/// <summary>A request of HTTP/2 becomes exactly one of HTTP/1.1, or none: nothing in it can be read as another.</summary>
public sealed class DowngradeTests
{
    private const string Inner = "\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

    public static TheoryData<string, string, string> Poisons
    {
        get
        {
            var cases = new TheoryData<string, string, string>();
            foreach (var text in (string[])["\r\n", "\n", "\r", "\0", Inner, " ", "\t", "\u007f", ":", "\u0001"])
            {
                foreach (var pseudo in (string[])[":method", ":path", ":authority", ":scheme"])
                    if (!(pseudo == ":path" && text == ":")) cases.Add(pseudo, "/" + text + "x", "");
                cases.Add("field", "x" + text + "y", "1");
                if (text is not (" " or "\t" or ":")) cases.Add("field", "x-value", "1" + text + "y");
                if (text is not ":") cases.Add("field", "x-value", text + "y");
                if (text is not ":") cases.Add("field", "x-value", "y" + text);
            }

            foreach (var (name, value) in ((string, string)[])[
                ("transfer-encoding", "chunked"), ("transfer-encoding", "identity"), ("Transfer-Encoding", "chunked"), ("connection", "keep-alive"), ("connection", "x-a"),
                ("keep-alive", "1"), ("proxy-connection", "close"), ("upgrade", "h2c"), ("te", "gzip"), ("te", "trailers, chunked"), ("content-length", "5, 5"), ("content-length", "5,6"),
                ("content-length", "-1"), ("content-length", "0x3"), ("content-length", ""), ("content-length", "99999999999999999999"), ("Content-Length", "3"), (":path", "/"), (":x", "y"), ("", "x")])
                cases.Add("field", name, value);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Poisons))]
    public async Task Nothing_of_it_reaches_the_origin(string where, string name, string value)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using (var wire = await Http2Wire.ConnectAsync(gateway))
        {
            var fields = where == "field" ? Ask("/", "POST", (name, value)) : [.. Ask("/", "POST").Select(f => f.Name == where ? (where, name) : f)];
            await wire.SendRawAsync([.. Head(1, false, fields), .. Body(1, 3, true)]);
            // It is reset or, where HTTP/1 answers too, answered.
            var end = await EndOfAsync(wire, 1);
            if (end != "reset") end.ShouldBeOneOf("400", "414", "501");
            (await GetAsync(wire, 3, "/next")).ShouldBe("200");
        }

        origin.Received.ShouldStartWith("GET /next HTTP/1.1\r\n");
        origin.Received.Split("HTTP/1.1").Length.ShouldBe(2, origin.Received);
        await ShouldBeQuietAsync(gateway);
    }

    [Theory]
    [InlineData("GET", "/a?b=c&d=%20#", "400")]
    [InlineData("GET", "/a?", "200")]
    [InlineData("GET", "/a?b?c=/../", "200")]
    [InlineData("GET", "/a%2fb;c=d/e", "200")]
    [InlineData("OPTIONS", "*", "200")]
    [InlineData("GET", "*", "400")]
    [InlineData("PROPFIND", "/x", "200")]
    [InlineData("M-SEARCH", "/x", "200")]
    [InlineData("get", "/x", "200")]
    [InlineData("TRACE", "/x", "501")]
    [InlineData("PRI", "/x", "200")]
    public async Task An_odd_request_is_one_right_request(string method, string path, string status)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var wire = await Http2Wire.ConnectAsync(gateway);
        await wire.HeadersAsync(1, endStream: true, Ask(path, method));
        (await EndOfAsync(wire, 1)).ShouldBe(status);
        if (status != "200")
        {
            origin.Received.ShouldBe("");
            return;
        }

        origin.Received.ShouldStartWith($"{method} {path} HTTP/1.1\r\nHost: a\r\n");
        origin.Received.ShouldNotContain("Transfer-Encoding", Case.Insensitive);
        origin.Received.Split("\r\n\r\n").Length.ShouldBe(2);
    }

    [Fact]
    public async Task Crumbs_of_cookies_become_one_field()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var wire = await Http2Wire.ConnectAsync(gateway);
        await wire.HeadersAsync(1, true, Ask("/", "GET", ("cookie", "a=1"), ("x", "1"), ("cookie", "b=2"), ("x", "2"), ("cookie", "c=3")));
        (await wire.ReadAnswerAsync(1)).Status.ShouldBe("200");
        origin.Received.ShouldContain("\r\ncookie: a=1; b=2; c=3\r\n", Case.Insensitive);
        origin.Received.ShouldContain("\r\nx: 1\r\n");
        origin.Received.ShouldContain("\r\nx: 2\r\n");
        origin.Received.Split("ookie:").Length.ShouldBe(2);
    }

    [Theory]
    [InlineData("a.test", "a.test", "a.test")]
    [InlineData("A.test:80", "a.TEST", "a.test")]
    [InlineData(null, "a.test:81", "a.test:81")]
    [InlineData("a.test:8080", null, "a.test:8080")]
    [InlineData("[::1]:80", null, "[::1]:80")]
    public async Task Authority_and_host_become_one_host(string? authority, string? host, string expected)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var wire = await Http2Wire.ConnectAsync(gateway);
        (string, string)[] fields = [.. Ask("/").Where(f => f.Name != ":authority" || authority is not null).Select(f => f.Name == ":authority" ? (f.Name, authority!) : f)];
        if (host is not null) fields = [.. fields, ("host", host)];
        await wire.HeadersAsync(1, true, fields);
        (await EndOfAsync(wire, 1)).ShouldBe("200");
        origin.Received.Split("\r\n").Count(static l => l.StartsWith("Host:", StringComparison.OrdinalIgnoreCase)).ShouldBe(1);
        origin.Received.ShouldContain($"\r\nHost: {expected}", Case.Insensitive);
    }

    [Theory]
    [InlineData("a", "b")]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("user@a", null)]
    [InlineData("a/b", null)]
    [InlineData("a,b", null)]
    public async Task No_host_or_two_are_refused(string? authority, string? host)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var wire = await Http2Wire.ConnectAsync(gateway);
        (string, string)[] fields = [.. Ask("/").Where(f => f.Name != ":authority" || authority is not null).Select(f => f.Name == ":authority" ? (f.Name, authority!) : f)];
        if (host is not null) fields = [.. fields, ("host", host)];
        await wire.HeadersAsync(1, true, fields);
        (await EndOfAsync(wire, 1)).ShouldBeOneOf("400", "reset");
        origin.Received.ShouldBe("");
    }

    [Theory]
    [InlineData(true, null, "0", "")]
    [InlineData(false, null, null, "abc")]
    [InlineData(false, null, null, "")]
    [InlineData(false, "3", "3", "abc")]
    [InlineData(false, "0", "0", "")]
    public async Task A_body_has_one_framing(bool endsAtOnce, string? length, string? expected, string body)
    {
        await using var origin = Origin.Answering(static request => $"HTTP/1.1 200 OK\r\nContent-Length: {request.Body.Length}\r\nX-Length: {request["Content-Length"] ?? "none"}\r\nX-Coding: {request["Transfer-Encoding"] ?? "none"}\r\n\r\n{request.Body}");
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var wire = await Http2Wire.ConnectAsync(gateway);
        await wire.HeadersAsync(1, endsAtOnce, Ask("/", "POST", length is null ? [] : [("content-length", length)]));
        if (!endsAtOnce) await wire.DataAsync(1, body, endStream: true);
        var answer = await wire.ReadAnswerAsync(1);
        answer.Body.ShouldBe(body);
        // Never both. Without a body neither is needed, and a length of 0 may be said.
        (answer["x-length"], answer["x-coding"]).ShouldBeOneOf(expected is null ? ("none", "chunked") : (expected, "none"), endsAtOnce ? ("none", "none") : (expected ?? "0", "none"));
    }

    [Fact]
    public async Task Fields_of_the_upgrade_that_it_stands_for_cannot_be_said_by_the_client()
    {
        await using var origin = Origin.Answering("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var wire = await Http2Wire.ConnectAsync(gateway);
        await wire.HeadersAsync(1, false, (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":path", "/"), (":authority", "a"), ("sec-websocket-key", "x"), ("sec-websocket-version", "13"));
        (await EndOfAsync(wire, 1)).ShouldBeOneOf("403", "reset");
        if (origin.Received.Length > 0) origin.Received.Split("ec-WebSocket-Key:", StringSplitOptions.None).Length.ShouldBe(2, origin.Received);
    }

    private static async Task<string> EndOfAsync(Http2Wire wire, int stream)
    {
        try
        {
            return (await wire.ReadAnswerAsync(stream)).Status;
        }
        catch (IOException reset) when (reset.Message.Contains("was reset", StringComparison.Ordinal))
        {
            return "reset";
        }
    }
}
