using Weir.Http;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Exchanges;

/// <summary>RFC 9110 §15.2 and §10.1.1: interim responses and the expectation of one.</summary>
public class InterimTests
{
    private const string Early = "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\nConnection: x\r\n\r\n";

    [Fact]
    public async Task Interim_responses_are_relayed_to_11()
    {
        await using var origin = Origin.Answering("HTTP/1.1 102 Processing\r\n\r\n" + Early + Early + Origin.Ok);
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 2; i++)
        {
            (await client.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(102);
            var hints = await client.ReadResponseAsync();
            hints.Status.ShouldBe(103);
            hints["Link"].ShouldBe("</style.css>; rel=preload");
            hints.Has("Connection").ShouldBeFalse();
            (await client.ReadResponseAsync()).Status.ShouldBe(103);
            (await client.ReadResponseAsync()).Body.ShouldBe("ok");
        }

        origin.Connections.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Interim_responses_are_not_relayed_to_10()
    {
        await using var origin = Origin.Answering(Early + Origin.Ok);
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        (await gateway.AskAsync("GET / HTTP/1.0\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task An_interim_response_is_relayed_at_once()
    {
        var seen = new SemaphoreSlim(0);
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync(Early);
            await seen.WaitAsync();
            await wire.SendAsync(Origin.Ok);
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        (await client.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(103);
        seen.Release();
        (await client.ReadResponseAsync()).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Large_interim_responses_leave_room_for_the_final_one()
    {
        var large = "HTTP/1.1 103 Early Hints\r\nLink: " + new string('l', 40_000) + "\r\n\r\n";
        await using var origin = Origin.Answering(large + large + large + "HTTP/1.1 200 OK\r\nX-Large: " + new string('x', 40_000) + "\r\nContent-Length: 2\r\n\r\nok");
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        (await client.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(103);
        (await client.ReadResponseAsync()).Status.ShouldBe(103);
        (await client.ReadResponseAsync()).Status.ShouldBe(103);
        (await client.ReadResponseAsync()).Body.ShouldBe("ok");
    }

    [Fact]
    public async Task A_client_that_does_not_take_them_gets_no_later_response_in_their_place()
    {
        await using var origin = Origin.Answering(static r => r.Target == "/first"
            ? string.Concat(Enumerable.Repeat("HTTP/1.1 103 Early Hints\r\nLink: " + new string('l', 240_000) + "\r\n\r\n", 15)) + Origin.Ok
            : "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond");
        await using var gateway = await TestGateway.ForwardingAsync(origin, "timeouts: { write: 100ms }", cluster: "header-limit: 256KiB");
        using var client = await gateway.ConnectAsync(receiveBuffer: 4096);
        await client.SendAsync("GET /first HTTP/1.1\r\nHost: a\r\n\r\nGET /second HTTP/1.1\r\nHost: a\r\n\r\n");
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.ClientGone) == 1);
        (await client.ReadToResetAsync()).EndsWith("second", StringComparison.Ordinal).ShouldBeFalse();
    }

    [Fact]
    public async Task Interim_responses_without_end_are_cut()
    {
        await using var origin = Origin.Answering(string.Concat(Enumerable.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 100)) + Origin.Ok);
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        var response = await client.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        while (response.Status == 102) response = await client.ReadResponseAsync();
        response.Status.ShouldBe(502);
        response.Refusal.ShouldBe("upstream-bad-response");
    }

    [Fact]
    public async Task The_origins_100_is_what_a_waiting_client_gets()
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                var head = await wire.ReadUntilAsync("\r\n\r\n");
                head.ShouldContain("Expect: 100-continue");
                await wire.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
                var body = await wire.ReadCountAsync(5);
                await wire.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{body}");
            }
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            (await client.AskAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")).Status.ShouldBe(100);
            (await client.AskAsync("hello")).Body.ShouldBe("hello");
        }

        origin.Connections.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_client_that_does_not_wait_for_100_is_served_too()
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadUntilAsync("\r\n\r\n");
            await wire.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
            var body = await wire.ReadCountAsync(5);
            await wire.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{body}");
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        (await client.AskAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello")).Status.ShouldBe(100);
        (await client.ReadResponseAsync()).Body.ShouldBe("hello");
    }

    [Fact]
    public async Task A_final_answer_instead_of_100_is_passed_on_and_says_close()
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadUntilAsync("\r\n\r\n");
            await wire.SendAsync("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno");
            await wire.ReadToEndAsync();
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        var response = await client.AskAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
        response.Status.ShouldBe(401);
        response.Body.ShouldBe("no");
        // Nobody can tell whether the body still comes, so nothing can follow on this connection.
        response.Closes.ShouldBeTrue();
        (await client.ReadToEndAsync()).ShouldBe("");
    }

    [Fact]
    public async Task Another_expectation_is_417()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        var response = await gateway.AskAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: tea\r\n\r\n");
        response.Status.ShouldBe(417);
        response.Refusal.ShouldBe("expectation-failed");
        origin.Received.ShouldBe("");
    }

    [Theory]
    [InlineData("Content-Length: 6")]
    [InlineData("Transfer-Encoding: chunked")]
    public async Task After_an_interim_response_that_speaks_of_a_body_the_connection_is_not_used_again(string framing)
    {
        await using var origin = Origin.Answering($"HTTP/1.1 103 Early Hints\r\n{framing}\r\n\r\n" + Origin.Ok);
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        for (var i = 1; i <= 3; i++)
        {
            var hints = await client.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            hints.Status.ShouldBe(103);
            hints.Has(framing.Split(':')[0]).ShouldBeFalse();
            (await client.ReadResponseAsync()).Body.ShouldBe("ok");
            origin.Connections.Count.ShouldBe(i);
        }
    }
}
