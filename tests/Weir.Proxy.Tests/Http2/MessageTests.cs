using System.Text;
using Weir.Http;
using Weir.Proxy.Tests.Fixture;
using static Weir.Proxy.Tests.Http2.Http2Gateway;
using static Weir.Proxy.Tests.Http2.Http2Wire;

namespace Weir.Proxy.Tests.Http2;

/// <summary>Messages of every shape, from HTTP/2 to HTTP/1.1 and back.</summary>
public sealed class MessageTests
{
    [Theory]
    [InlineData("GET", "HTTP/1.1 204 No\r\n\r\n", "204", null)]
    [InlineData("GET", "HTTP/1.1 304 No\r\nContent-Length: 7\r\nETag: \"x\"\r\n\r\n", "304", "7")]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", "200", "7")]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "200", null)]
    [InlineData("GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "200", "0")]
    [InlineData("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "200", null)]
    public async Task A_response_without_a_body_ends_with_its_head(string method, string response, string status, string? length)
    {
        await using var origin = Origin.Answering(response);
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using (var wire = await ConnectAsync(gateway))
        {
            for (var id = 1; id <= 5; id += 2)
            {
                await wire.HeadersAsync(id, true, Ask("/", method));
                var answer = await wire.ReadAnswerAsync(id);
                (answer.Status, answer.Body).ShouldBe((status, ""));
                answer.Fields.SingleOrDefault(static f => f.Name == "content-length").Value.ShouldBe(length);
                answer.Fields.ShouldNotContain(static f => f.Name == "transfer-encoding" || f.Name == "connection");
            }
        }

        origin.Connections.Count.ShouldBe(1);
        await ShouldBeQuietAsync(gateway);
    }

    [Fact]
    public async Task A_response_to_the_end_of_its_connection_has_an_end()
    {
        await using var origin = Origin.Start(static async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync("HTTP/1.1 200 OK\r\n\r\nabc");
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var wire = await ConnectAsync(gateway);
        await wire.HeadersAsync(1, true, Ask("/"));
        (await wire.ReadAnswerAsync(1)).Body.ShouldBe("abc");
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nX\r\n")]
    public async Task A_response_that_is_cut_is_reset(string response)
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync(response);
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using (var wire = await ConnectAsync(gateway))
        {
            await wire.HeadersAsync(1, true, Ask("/"));
            (await wire.ReadResetAsync(1)).ShouldBe(2u);
            wire.Seen[GoAway].ShouldBe(0);
        }

        await ShouldBeQuietAsync(gateway);
    }

    [Fact]
    public async Task Interim_responses_are_relayed()
    {
        await using var origin = Origin.Answering("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nConnection: x\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + Origin.Ok);
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var wire = await ConnectAsync(gateway);
        for (var id = 1; id <= 5; id += 2)
        {
            await wire.HeadersAsync(id, true, Ask("/"));
            var answer = await wire.ReadAnswerAsync(id);
            answer.Interim.ShouldBe(["103", "102"]);
            (answer.Status, answer.Body).ShouldBe(("200", "ok"));
        }
    }

    [Fact]
    public async Task A_client_that_waits_for_100_gets_it()
    {
        await using var origin = Origin.Start(static async (wire, _) =>
        {
            (await wire.ReadUntilAsync("\r\n\r\n")).ShouldContain("expect: 100-continue\r\n", Case.Insensitive);
            await wire.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
            (await wire.ReadCountAsync(3)).ShouldBe("abc");
            await wire.SendAsync(Origin.Ok);
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var wire = await ConnectAsync(gateway);
        await wire.HeadersAsync(1, false, Ask("/", "POST", ("expect", "100-continue"), ("content-length", "3")));
        while (wire.Seen[Headers] == 0) await wire.ReadFrameAsync();
        await wire.DataAsync(1, "abc", endStream: true);
        var answer = await wire.ReadAnswerAsync(1);
        answer.Interim.ShouldBe(["100"]);
        answer.Body.ShouldBe("ok");
    }

    [Theory]
    [InlineData("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno", false)]
    [InlineData("HTTP/1.1 403 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno", true)]
    public async Task An_early_response_is_whole_and_the_rest_of_the_request_is_not_wanted(string response, bool closes)
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadUntilAsync("\r\n\r\n");
            await wire.SendAsync(response);
            if (!closes) await wire.ReadToEndAsync();
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using (var wire = await ConnectAsync(gateway))
        {
            for (var id = 1; id <= 9; id += 2)
            {
                await wire.HeadersAsync(id, false, Ask("/", "POST"));
                await wire.SendRawAsync(Body(id, 10_000, false));
                var answer = await wire.ReadAnswerAsync(id);
                (answer.Status, answer.Body).ShouldBe(("403", "no"));
                (await wire.ReadResetAsync(id)).ShouldBe(0u);
                await wire.SendRawAsync([.. Body(id, 10_000, false), .. Body(id, 10, true)]);
            }

            wire.Seen[GoAway].ShouldBe(0);
        }

        await ShouldBeQuietAsync(gateway);
    }

    [Fact]
    public async Task A_body_over_the_limit_is_413_at_any_time()
    {
        await using var origin = Origin.Start(static async (wire, _) => await wire.ReadToEndAsync());
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "limits: { body: 10KiB }");
        using (var wire = await ConnectAsync(gateway))
        {
            await wire.HeadersAsync(1, false, Ask("/", "POST", ("content-length", "10241")));
            (await wire.ReadAnswerAsync(1)).Status.ShouldBe("413");
            await wire.HeadersAsync(3, false, Ask("/", "POST"));
            await wire.SendRawAsync(Body(3, 10_241, false));
            (await wire.ReadAnswerAsync(3)).Status.ShouldBe("413");
            wire.Seen[GoAway].ShouldBe(0);
        }

        await ShouldBeQuietAsync(gateway);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("abc", "")]
    [InlineData("", "abc")]
    [InlineData("abc", "abc")]
    public async Task Trailers_pass_both_ways_with_bodies_and_without(string up, string down)
    {
        await using var origin = Origin.Answering(request => $"HTTP/1.1 200 OK\r\nX-Trailers: {string.Join(',', request.Trailers.Select(static t => t.Name + "=" + t.Value))}\r\nX-Body: {request.Body}\r\nTransfer-Encoding: chunked\r\n\r\n{(down.Length > 0 ? $"{down.Length:x}\r\n{down}\r\n" : "")}0\r\nX-Down: 1\r\n\r\n");
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using (var wire = await ConnectAsync(gateway))
        {
            for (var id = 1; id <= 7; id += 2)
            {
                // All at once, and then in steps.
                byte[] body = up.Length > 0 ? Frame(Data, 0, id, Encoding.ASCII.GetBytes(up)) : [];
                if (id < 5) await wire.SendRawAsync([.. Head(id, false, Ask("/", "POST")), .. body, .. Head(id, true, ("x-up", "2"))]);
                else await SendInStepsAsync(wire, gateway, Head(id, false, Ask("/", "POST")), body, Head(id, true, ("x-up", "2")));
                var answer = await wire.ReadAnswerAsync(id);
                (answer["x-trailers"], answer["x-body"], answer.Body).ShouldBe(("x-up=2", up, down));
                answer.Trailers.ShouldBe([("x-down", "1")]);
            }
        }

        await ShouldBeQuietAsync(gateway);
    }

    [Theory]
    [InlineData("content-length", "3", "abc")]
    [InlineData("content-length", "0", "")]
    public async Task Trailers_after_a_body_with_a_length_are_dropped(string name, string value, string body)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var wire = await ConnectAsync(gateway);
        await wire.SendRawAsync([.. Head(1, false, Ask("/", "POST", (name, value))), .. Frame(Data, 0, 1, Encoding.ASCII.GetBytes(body)), .. Head(1, true, ("x-up", "2"))]);
        (await wire.ReadAnswerAsync(1)).Body.ShouldBe("ok");
        (await GetAsync(wire, 3)).ShouldBe("200");
        origin.Received.ShouldNotContain("x-up");
        origin.Connections.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_client_says_how_large_its_table_of_fields_is()
    {
        await using var origin = Origin.Answering(static request => $"HTTP/1.1 200 OK\r\nX-Same: every time\r\nX-Other: {request.Target}\r\nContent-Length: 0\r\n\r\n");
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var wire = await ConnectAsync(gateway);
        var id = 1;
        foreach (var size in (int[])[4096, 0, 4096, 100, 65_536, 50, 0])
        {
            await wire.LimitTableAsync(size);
            for (var i = 0; i < 4; i++, id += 2)
            {
                await wire.HeadersAsync(id, true, Ask($"/{id}"));
                var answer = await wire.ReadAnswerAsync(id);
                (answer["x-same"], answer["x-other"]).ShouldBe(("every time", $"/{id}"));
            }
        }
    }

    [Fact]
    public async Task Large_heads_pass_both_ways()
    {
        var large = new string('v', 9_000);
        await using var origin = Origin.Answering(request => $"HTTP/1.1 200 OK\r\nX-Equal: {request["x-a"] == large && request["x-b"] == large}\r\nX-A: {large}\r\nX-B: {large}\r\nX-C: {large}\r\nContent-Length: 2\r\n\r\nok");
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using (var wire = await ConnectAsync(gateway))
        {
            for (var id = 1; id <= 41; id += 2)
            {
                var block = Http2Wire.Block(Ask("/", "GET", ("x-a", large), ("x-b", large)));
                // Cut at other places every time, one of them within a number.
                var cut = 5 + (id * 13);
                await wire.SendRawAsync([.. Frame(Headers, 1, id, block[..cut]), .. Frame(Continuation, 0, id, block[cut..9000]), .. Frame(Continuation, 4, id, block[9000..])]);
                var answer = await wire.ReadAnswerAsync(id);
                (answer["x-equal"], answer["x-a"], answer["x-c"], answer.Body).ShouldBe(("True", large, large, "ok"));
            }

            wire.Seen[Continuation].ShouldBe(21);
        }

        await ShouldBeQuietAsync(gateway);
    }

    [Theory]
    [InlineData(17, 16_000, 3)]
    [InlineData(101, 20, 101)]
    public async Task Heads_over_the_limits_are_431_and_the_connection_goes_on(int stream, int size, int count)
    {
        await using var site = await StartAsync();
        using (var wire = await ConnectAsync(site.Gateway))
        {
            var block = Http2Wire.Block([.. Ask("/"), .. Enumerable.Range(0, count).Select(i => ($"x-{i}", new string('v', size)))]);
            for (var at = 0; at < block.Length; at += 16_384)
                await wire.SendAsync(at == 0 ? Headers : Continuation, (byte)((at == 0 ? 1 : 0) | (block.Length - at <= 16_384 ? 4 : 0)), stream, block[at..Math.Min(block.Length, at + 16_384)]);
            (await wire.ReadAnswerAsync(stream)).Status.ShouldBe("431");
            (await GetAsync(wire, stream + 2)).ShouldBe("200");
        }

        await site.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_response_whose_head_no_client_takes_is_502()
    {
        var line = string.Concat(Enumerable.Range(0, 9).Select(static i => $"X-{i}: {new string('v', 8000)}\r\n"));
        await using var origin = Origin.Answering($"HTTP/1.1 200 OK\r\n{line}Content-Length: 0\r\n\r\n");
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var wire = await ConnectAsync(gateway);
        await wire.HeadersAsync(1, true, Ask("/"));
        (await wire.ReadAnswerAsync(1)).Status.ShouldBe("502");
        gateway.Refusals(Refusal.UpstreamHeaderTooLarge).ShouldBe(1);
    }

    private static async Task SendInStepsAsync(Http2Wire wire, TestGateway gateway, params byte[][] parts)
    {
        await wire.SendRawAsync(parts[0]);
        await TestGateway.EventuallyAsync(() => gateway.UpstreamConnections > gateway.IdleUpstream, "the attempt");
        foreach (var part in parts[1..])
        {
            if (part.Length > 0) await wire.SendRawAsync(part);
            await Task.Delay(5);
        }
    }
}
