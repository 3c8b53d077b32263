using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Smuggling;

/// <summary>A response that two readers could understand in two ways is 502, and its connection is not used again.</summary>
public class ResponseShapeTests
{
    public static TheoryData<string> Heads => [.. new[]
    {
        "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n6\r\npoison\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 6\r\n\r\npoison",
        "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nContent-Length: 6\r\n\r\npoison",
        "HTTP/1.1 200 OK\r\nContent-Length: 6, 6\r\n\r\npoison",
        "HTTP/1.1 200 OK\r\nContent-Length: +6\r\n\r\npoison",
        "HTTP/1.1 200 OK\r\nContent-Length: -6\r\n\r\npoison",
        "HTTP/1.1 200 OK\r\nContent-Length : 6\r\n\r\npoison",
        "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n 7\r\n\r\npoison",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\npoison",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\npoison",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n6\r\npoison\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\npoison\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 6\n\npoison",
        "HTTP/1.1 200 OK\r\nX: a\nb: poison\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\u0000poison\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX poison\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: poison\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: content-length\r\nContent-Length: 6\r\n\r\npoison",
        "HTTP/1.1 2000 poison\r\n\r\n",
        "HTTP/1.1 20 poison\r\n\r\n",
        "HTTP/1.1 600 poison\r\n\r\n",
        "HTTP/1.1  200 poison\r\n\r\n",
        "HTTP/2.0 200 poison\r\n\r\n",
        "http/1.1 200 poison\r\n\r\n",
        "\r\nHTTP/1.1 200 poison\r\n\r\n",
        "SSH-2.0-poison\r\n\r\n",
        "poison",
        "\u0015\u0003\u0001poison\r\n\r\n",
    }];

    [Theory]
    [MemberData(nameof(Heads))]
    public async Task A_doubtful_response_is_502(string answer)
    {
        await using var origin = Origin.Start(async (wire, number) =>
        {
            while (true)
            {
                var request = await wire.ReadRequestAsync();
                await wire.SendAsync(request.Target == "/" ? answer : Origin.Ok);
                if (request.Target == "/" && answer == "poison") return;
            }
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        for (var i = 1; i <= 2; i++)
        {
            var response = await client.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            response.Status.ShouldBe(502);
            response.Refusal.ShouldBe("upstream-bad-response");
            gateway.IdleUpstream.ShouldBe(0);
            (await client.AskAsync("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")).Body.ShouldBe("ok");
        }

        client.Received.ShouldNotContain("poison");
    }

    [Fact]
    public async Task A_head_that_is_too_large_is_502_and_says_so()
    {
        await using var origin = Origin.Answering("HTTP/1.1 200 OK\r\nX: " + new string('x', 70_000) + "\r\nContent-Length: 2\r\n\r\nok");
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        var response = await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        response.Status.ShouldBe(502);
        response.Refusal.ShouldBe("upstream-header-too-large");
    }

    [Fact]
    public async Task A_large_head_within_the_limit_is_passed_on()
    {
        var large = new string('x', 200_000);
        await using var origin = Origin.Answering($"HTTP/1.1 200 OK\r\nX-Large: {large}\r\nContent-Length: 2\r\n\r\nok");
        await using var gateway = await TestGateway.ForwardingAsync(origin, cluster: "header-limit: 256KiB");
        (await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))["X-Large"].ShouldBe(large);
    }
}
