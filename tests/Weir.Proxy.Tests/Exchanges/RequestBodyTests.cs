using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Exchanges;

/// <summary>RFC 9112 §6 and §7 on the way to the origin.</summary>
public class RequestBodyTests
{
    private static Origin Echo() => Origin.Answering(static r => $"HTTP/1.1 200 OK\r\nContent-Length: {r.Body.Length}\r\n\r\n{r.Body}");

    [Fact]
    public async Task A_length_stays_a_length()
    {
        await using var origin = Echo();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        (await gateway.AskAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")).Body.ShouldBe("hello");
        origin.Received.ShouldContain("\r\nContent-Length: 5\r\n");
        origin.Received.ShouldNotContain("Transfer-Encoding");
    }

    [Fact]
    public async Task An_empty_body_is_told_from_none()
    {
        await using var origin = Echo();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        await client.AskAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
        origin.Received.ShouldContain("\r\nContent-Length: 0\r\n");
        await client.AskAsync("GET /second HTTP/1.1\r\nHost: a\r\n\r\n");
        origin.Received.Split("GET /second")[1].ShouldNotContain("Content-Length");
    }

    [Fact]
    public async Task Chunks_are_framed_anew_without_their_extensions()
    {
        await using var origin = Echo();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        var request = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0005;secret=\"a b\";x\r\nhello\r\n00A;y=z\r\n0123456789\r\n0;last\r\n\r\n";
        (await gateway.AskAsync(request)).Body.ShouldBe("hello0123456789");
        origin.Received.ShouldContain("Transfer-Encoding: chunked");
        origin.Received.ShouldNotContain("secret");
        origin.Received.ShouldNotContain("0005");
    }

    [Fact]
    public async Task Trailers_reach_the_origin_but_for_those_that_would_be_framing_or_routing()
    {
        await using var origin = Origin.Answering(static r =>
        {
            r.Trailers.ShouldBe([("X-Checksum", "abc")]);
            return Origin.Ok;
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        var request = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"
            + "X-Checksum: abc\r\nContent-Length: 9\r\nHost: evil\r\nX-Forwarded-For: 1.1.1.1\r\nAuthorization: x\r\n\r\n";
        (await gateway.AskAsync(request)).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(100_000)]
    [InlineData(3_000_000)]
    public async Task Bodies_of_any_size_arrive_whole(int size)
    {
        await using var origin = Echo();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        var body = string.Create(size, 0, static (span, _) =>
        {
            for (var i = 0; i < span.Length; i++) span[i] = (char)('a' + (i % 26));
        });
        using var client = await gateway.ConnectAsync();
        await client.SendAsync($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n{body}");
        (await client.ReadResponseAsync()).Body.ShouldBe(body);

        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        foreach (var chunk in body.Chunk(70_001)) await client.SendAsync($"{chunk.Length:x}\r\n{new string(chunk)}\r\n");
        await client.SendAsync("0\r\n\r\n");
        (await client.ReadResponseAsync()).Body.ShouldBe(body);
    }

    [Fact]
    public async Task A_body_that_ends_early_never_looks_complete_to_the_origin()
    {
        var ended = new TaskCompletionSource<string>();
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadUntilAsync("\r\n\r\n");
            var (text, isReset) = await wire.ReadToAnyEndAsync();
            ended.TrySetResult(isReset ? "<RST>" : text + "<FIN>");
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        await TestGateway.EventuallyAsync(() => origin.Received.EndsWith("\r\n\r\n", StringComparison.Ordinal) || origin.Received.Contains("hello"));
        client.FinishSending();
        (await ended.Task.WaitAsync(TimeSpan.FromSeconds(30))).ShouldNotContain("0\r\n\r\n");
        var response = await client.ReadResponseAsync();
        response.Status.ShouldBe(400);
        response.Refusal.ShouldBe("unexpected-end-of-body");
        response.Closes.ShouldBeTrue();
    }
}
