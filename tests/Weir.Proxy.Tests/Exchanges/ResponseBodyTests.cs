using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Exchanges;

/// <summary>RFC 9112 §6.3 and §7 on the way to the client.</summary>
public class ResponseBodyTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [InlineData(10)]
    [InlineData(5_000)]
    [InlineData(150_000)]
    [InlineData(2_000_000)]
    public async Task A_length_stays_a_length(int size)
    {
        var body = new string('b', size - 1) + "!";
        await using var origin = Origin.Answering($"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n{body}");
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 2; i++)
        {
            var response = await client.AskAsync(Get);
            response["Content-Length"].ShouldBe(size.ToString());
            response.Body.ShouldBe(body);
        }

        origin.Connections.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Chunks_are_framed_anew_without_extensions_and_with_trailers()
    {
        await using var origin = Origin.Answering(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n0003;ext=\"1\"\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 7\r\nContent-Length: 4\r\n\r\n");
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 2; i++)
        {
            var response = await client.AskAsync(Get);
            response.Body.ShouldBe("abcde");
            response.Trailers.ShouldBe([("X-Sum", "7")]);
        }

        client.Received.ShouldNotContain("ext");
        origin.Connections.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Responses_may_be_split_anywhere()
    {
        var answers = new[]
        {
            "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;e=f\r\nabc\r\n0\r\nX-T: v\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        };
        foreach (var answer in answers)
        {
            var cut = 0;
            await using var origin = Origin.Start(async (wire, _) =>
            {
                while (true)
                {
                    await wire.ReadRequestAsync();
                    await wire.SendPartsAsync(answer[..cut], answer[cut..]);
                }
            });
            await using var gateway = await TestGateway.ForwardingAsync(origin);
            using var client = await gateway.ConnectAsync();
            for (cut = 1; cut < answer.Length; cut++)
            {
                var response = await client.AskAsync(Get);
                if (response.Status == 103) response = await client.ReadResponseAsync();
                response.Body.ShouldBe("abc", $"cut at {cut}");
            }

            origin.Connections.Count.ShouldBe(1);
        }
    }

    [Fact]
    public async Task A_body_until_close_becomes_chunks_and_the_client_is_kept()
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await wire.SendPartsAsync("HTTP/1.1 200 OK\r\n\r\nall ", "of ", "it");
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 2; i++)
        {
            var response = await client.AskAsync(Get);
            response["Transfer-Encoding"].ShouldBe("chunked");
            response.Body.ShouldBe("all of it");
        }

        origin.Connections.Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_http10_client_gets_chunks_as_a_body_until_close()
    {
        await using var origin = Origin.Answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: v\r\n\r\n");
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        var response = await client.AskAsync("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
        response.Has("Transfer-Encoding").ShouldBeFalse();
        response.Closes.ShouldBeTrue();
        response.Body.ShouldBe("abc");
    }

    [Fact]
    public async Task An_http10_origin_is_asked_in_11_and_its_answer_is_given_in_11()
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            (await wire.ReadRequestAsync()).StartLine.ShouldBe("GET / HTTP/1.1");
            await wire.SendAsync("HTTP/1.0 200 OK\r\n\r\nold");
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        var response = await gateway.AskAsync(Get);
        response.StartLine.ShouldStartWith("HTTP/1.1 200");
        response.Body.ShouldBe("old");
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", false)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", true)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\nhalf", false)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\nhalf", true)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n", true)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nx\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nhalf", true)]
    public async Task A_truncated_body_resets_the_client(string answer, bool reset)
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync(answer);
            if (!reset) return;
            await Task.Delay(50);
            wire.Reset();
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Get);
        var got = await client.ReadToResetAsync();
        got.ShouldNotContain("\r\n0\r\n\r\n");
    }

    [Fact]
    public async Task Each_piece_of_a_stream_is_passed_on_at_once()
    {
        var seen = new SemaphoreSlim(0);
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (var i = 0; i < 20; i++)
            {
                // The next event is sent only when the client has the one before.
                await wire.SendAsync($"9\r\ndata: {i:00}\n\r\n");
                await seen.WaitAsync();
            }

            await wire.SendAsync("0\r\n\r\n");
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Get);
        for (var i = 0; i < 20; i++)
        {
            await client.ReadUntilAsync($"data: {i:00}\n");
            seen.Release();
        }

        await client.ReadUntilAsync("0\r\n\r\n");
    }

    [Fact]
    public async Task A_head_is_passed_on_before_its_body_comes()
    {
        var seen = new SemaphoreSlim(0);
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
            await seen.WaitAsync();
            await wire.SendAsync("ok");
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Get);
        await client.ReadUntilAsync("\r\n\r\n");
        seen.Release();
        (await client.ReadCountAsync(2)).ShouldBe("ok");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Many_small_chunks_do_not_hold_the_loop(bool response)
    {
        const int count = 100_000;
        var chunks = "Transfer-Encoding: chunked\r\n\r\n" + string.Concat(Enumerable.Repeat("1\r\nx\r\n", count)) + "0\r\n\r\n";
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadUntilAsync(response ? "\r\n\r\n" : "0\r\n\r\n");
            await wire.SendAsync(response ? "HTTP/1.1 200 OK\r\n" + chunks : Origin.Ok);
            await wire.ReadToEndAsync();
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        var loop = gateway.Gateway.Loops[0].Loop;
        var before = Volatile.Read(ref loop.Counters.ReadyRuns);
        var sending = client.SendAsync(response ? "GET / HTTP/1.1\r\nHost: a\r\n\r\n" : "POST / HTTP/1.1\r\nHost: a\r\n" + chunks);
        (await client.ReadUntilAsync(response ? "0\r\n\r\n" : "ok")).ShouldStartWith("HTTP/1.1 200 OK\r\n");
        await sending;
        (Volatile.Read(ref loop.Counters.ReadyRuns) - before).ShouldBeGreaterThan(count / 10_000, "It yielded again and again.");
    }
}
