using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Exchanges;

/// <summary>RFC 9112 §9.3: many exchanges on one connection, in order.</summary>
public class KeepAliveTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task A_connection_carries_request_after_request(int loops)
    {
        await using var origin = Origin.Answering(static r => Reply(r.Target));
        await using var gateway = await TestGateway.ForwardingAsync(origin, loops: loops);
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 20; i++)
            (await client.AskAsync(Get(i))).Body.ShouldBe("/" + i);
        origin.Connections.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Pipelined_requests_in_one_segment_are_answered_in_order(int loops)
    {
        await using var origin = Origin.Answering(static r => Reply(r.Target));
        await using var gateway = await TestGateway.ForwardingAsync(origin, loops: loops);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(string.Concat(Enumerable.Range(0, 200).Select(i => Get(i))));
        for (var i = 0; i < 200; i++) (await client.ReadResponseAsync()).Body.ShouldBe("/" + i);
    }

    [Fact]
    public async Task Pipelined_requests_may_be_split_anywhere()
    {
        await using var origin = Origin.Answering(static r => Reply(r.Target + r.Body));
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        var stream = "GET /a HTTP/1.1\r\nHost: a\r\n\r\nPOST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
            + "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\nGET /d HTTP/1.1\r\nHost: a\r\n\r\n";
        using var client = await gateway.ConnectAsync();
        for (var cut = 1; cut < stream.Length; cut++)
        {
            await client.SendPartsAsync(stream[..cut], stream[cut..]);
            foreach (var expected in new[] { "/a", "/bhello", "/cabc", "/d" }) (await client.ReadResponseAsync()).Body.ShouldBe(expected, $"cut at {cut}");
        }
    }

    [Fact]
    public async Task Requests_byte_by_byte_are_as_good_as_whole_ones()
    {
        await using var origin = Origin.Answering(static r => Reply(r.Target + r.Body));
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        await client.SendPartsAsync([.. "POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX: y\r\n\r\nGET /d HTTP/1.1\r\nHost: a\r\n\r\n".Select(static c => c.ToString())]);
        (await client.ReadResponseAsync()).Body.ShouldBe("/bab");
        (await client.ReadResponseAsync()).Body.ShouldBe("/d");
    }

    [Fact]
    public async Task A_client_that_says_close_is_told_close_and_closed()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        var response = await client.AskAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        response.Closes.ShouldBeTrue();
        (await client.ReadToEndAsync()).ShouldBe("");
    }

    [Fact]
    public async Task Http10_closes_unless_it_asks_to_be_kept()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var kept = await gateway.ConnectAsync();
        for (var i = 0; i < 2; i++)
            (await kept.AskAsync("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"))["Connection"].ShouldBe("keep-alive");

        using var closed = await gateway.ConnectAsync();
        (await closed.AskAsync("GET / HTTP/1.0\r\nHost: a\r\n\r\n")).Body.ShouldBe("ok");
        (await closed.ReadToEndAsync()).ShouldBe("");
    }

    [Fact]
    public async Task A_half_closed_client_gets_all_its_answers()
    {
        await using var origin = Origin.Answering(static r => Reply(r.Target));
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Get(1) + Get(2));
        client.FinishSending();
        (await client.ReadResponseAsync()).Body.ShouldBe("/1");
        (await client.ReadResponseAsync()).Body.ShouldBe("/2");
        (await client.ReadToEndAsync()).ShouldBe("");
    }

    [Fact]
    public async Task What_is_in_flight_when_the_client_finishes_sending_reaches_it()
    {
        // More than the client's receive buffer holds: the rest is in the kernel's hands when the gateway closes.
        var body = new string('x', 400_000);
        await using var origin = Origin.Answering("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 400000\r\n\r\n" + body);
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync(receiveBuffer: 8192);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        await TestGateway.EventuallyAsync(() => gateway.Active == 0, "the response is with the kernel");
        client.FinishSending();
        await Task.Delay(100);
        (await client.ReadResponseAsync()).Body.Length.ShouldBe(400_000);
        (await client.ReadToEndAsync()).ShouldBe("");
    }

    private static string Get(int number) => $"GET /{number} HTTP/1.1\r\nHost: a\r\n\r\n";

    private static string Reply(string body) => $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}";
}
