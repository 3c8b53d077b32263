using Weir.Proxy.Tests.Fixture;
using Weir.Reference;

namespace Weir.Proxy.Tests.Smuggling;

/// <summary>A request that two readers could understand in two ways is understood by nobody: 400, closed, and no origin hears of it.</summary>
public class RequestShapeTests
{
    private const string Next = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

    public static TheoryData<string> Heads => [.. new[]
    {
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5, 5",
        "Content-Length: 5,6",
        "Content-Length: +5",
        "Content-Length: -5",
        "Content-Length: 0x5",
        "Content-Length: 5 5",
        "Content-Length: 5.0",
        "Content-Length: ",
        "Content-Length: 99999999999999999999",
        "Content-Length : 5",
        "Content-Length\t: 5",
        " Content-Length: 5",
        "Content-Length: 5\r\n 6",
        "X: y\r\n\tContent-Length: 5",
        "Transfer-Encoding: Chunked, identity",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: \u000bchunked",
        "Transfer-Encoding: chunked;q=1",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding:\u0000chunked",
        "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding:",
        "\u00a0Transfer-Encoding: chunked",
        "X: a\nTransfer-Encoding: chunked",
        "X: a\rTransfer-Encoding: chunked",
        "X: a\u0000b",
        "X\u0001: b",
        "X;y: b",
        ": empty",
        "No colon",
        "Host: b",
        "Connection: content-length\r\nContent-Length: 5",
        "Connection: transfer-encoding\r\nTransfer-Encoding: chunked",
    }];

    public static TheoryData<string> Lines => [.. new[]
    {
        "GET  / HTTP/1.1", "GET / HTTP/1.1 ", " GET / HTTP/1.1", "GET\t/ HTTP/1.1", "GET / HTTP/1.1\r", "GET /\u0000 HTTP/1.1", "GET / HTTP/1.1x", "GET / HTTP/1",
        "GET / http/1.1", "GET /", "GET /a b HTTP/1.1", "GET a HTTP/1.1", "G(T / HTTP/1.1", "GET /../../etc HTTP/1.1", "GET /%00 HTTP/1.1", "GET /%zz HTTP/1.1",
        "GET http://b/ HTTP/1.1", "GET http://user@a/ HTTP/1.1", "GET /#x HTTP/1.1",
    }];

    public static TheoryData<string> Bodies => [.. new[]
    {
        "5 \r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n", "5\nhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n", "5;\r\nhello\r\n0\r\n\r\n", "5;a=\r\nhello\r\n0\r\n\r\n", "5;a\nb\r\nhello\r\n0\r\n\r\n", "-1\r\n\r\n", "FFFFFFFFFFFFFFFFF\r\n", "8000000000000000\r\n",
        "\r\n5\r\nhello\r\n0\r\n\r\n", "5\r\n\rhello\r\n0\r\n\r\n", "g\r\n", "0\r\nX : y\r\n\r\n", "0\r\n X: y\r\n\r\n", "0\r\nX: y\n\r\n", "0\r\nX\r\n\r\n", "0\r\n\n", "0\n\n",
    }];

    [Theory]
    [MemberData(nameof(Heads))]
    public Task A_head_with_doubtful_fields_is_refused(string fields) => RefusedAsync($"POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\nhello");

    [Theory]
    [MemberData(nameof(Lines))]
    public Task A_doubtful_request_line_is_refused(string line) => RefusedAsync($"{line}\r\nHost: a\r\n\r\n");

    [Theory]
    [MemberData(nameof(Bodies))]
    public Task Doubtful_chunks_are_refused(string body) => RefusedAsync($"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{body}", isBody: true);

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a b\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n")]
    [InlineData("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\nHost: a\n\n")]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n")]
    public Task What_is_no_request_is_refused(string request) => RefusedAsync(request);

    [Theory]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r")]
    [InlineData("GET / HTTP/1.2\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/0.9\r\nHost: a\r\n\r\n")]
    public Task Another_version_is_505(string request) => RefusedAsync(request, status: 505);

    [Theory]
    [InlineData("Content_Length: 5")]
    [InlineData("Transfer_Encoding: chunked")]
    [InlineData("X_Forwarded_For: 6.6.6.6")]
    public async Task A_name_that_an_origin_could_take_for_a_guarded_one_is_dropped(string field)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        (await gateway.AskAsync($"GET / HTTP/1.1\r\nHost: a\r\n{field}\r\n\r\n")).Status.ShouldBe(200);
        origin.Received.ShouldNotContain(field);
    }

    private static async Task RefusedAsync(string request, bool isBody = false, int status = 400)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        foreach (var apart in new[] { false, true })
        {
            using var client = await gateway.ConnectAsync();
            if (apart) await client.SendPartsAsync(request[..(request.Length / 2)], request[(request.Length / 2)..], Next);
            else await client.SendAsync(request + Next);
            var response = await client.ReadResponseAsync();
            response.Status.ShouldBe(status);
            response.Refusal.ShouldNotBeNull();
            response.Closes.ShouldBeTrue();
            (await client.ReadToEndAsync()).ShouldBe("");
        }

        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
        if (!isBody) origin.Received.ShouldBe("");
        foreach (var connection in origin.Connections)
        {
            connection.Received.ShouldNotContain("smuggled");
            ReferenceParser.ParseAll(connection.Received).Requests.ShouldBeEmpty("No whole request may arrive.");
        }
    }
}
