using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Exchanges;

/// <summary>RFC 9110 §6.4.1: responses that end with their head, whatever it says, and what comes after them on the connection.</summary>
public class BodilessTests
{
    [Theory]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n", "12345")]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", null)]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\n\r\n", null)]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 777\r\nETag: \"x\"\r\n\r\n", "777")]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\n\r\n", null)]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", null)]
    public async Task The_next_response_follows_the_head(string method, string answer, string? length)
    {
        await using var origin = Origin.Answering(r => r.Target == "/" ? answer : Origin.Ok);
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            var response = await client.AskAsync($"{method} / HTTP/1.1\r\nHost: a\r\n\r\n", method);
            response["Content-Length"].ShouldBe(length);
            response.Has("Transfer-Encoding").ShouldBeFalse();
            (await client.AskAsync("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")).Body.ShouldBe("ok");
        }
    }

    [Theory]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\nContent-Length: 6\r\n\r\npoison")]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n6\r\npoison\r\n0\r\n\r\n")]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\npoison")]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n6\r\npoison\r\n0\r\n\r\n")]
    public async Task A_body_that_must_not_be_there_is_seen_by_nobody(string method, string answer)
    {
        await using var origin = Origin.Answering(r => r.Target == "/" ? answer : Origin.Ok);
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 5; i++)
        {
            await client.AskAsync($"{method} / HTTP/1.1\r\nHost: a\r\n\r\n", method);
            (await client.AskAsync("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")).Body.ShouldBe("ok");
        }

        client.Received.ShouldNotContain("poison");
    }

    [Fact]
    public async Task A_head_reply_of_the_gateway_itself_has_the_length_and_no_body()
    {
        await using var gateway = await TestGateway.StartAsync("""
            version: 1
            listeners: { web: { address: "127.0.0.1:0" } }
            routes: { all: { respond: { status: 200, body: hello } } }
            """);
        using var client = await gateway.ConnectAsync();
        (await client.AskAsync("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD"))["Content-Length"].ShouldBe("5");
        (await client.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Body.ShouldBe("hello");
    }
}
