using Weir.Http;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Limits;

/// <summary>What a client may send: each limit has its status, its name, and what becomes of the connection.</summary>
public class RequestLimitTests
{
    private const string Listener = "limits: { request-line: 200, header: 2KiB, fields: 10 }";

    public static TheoryData<string, int, string> Heads => new()
    {
        { $"GET /{new string('p', 300)} HTTP/1.1\r\nHost: a\r\n\r\n", 414, "request-line-too-long" },
        { $"GET / HTTP/1.1\r\nHost: a\r\nX: {new string('x', 3000)}\r\n\r\n", 431, "header-too-large" },
        { $"GET / HTTP/1.1\r\nHost: a\r\n{string.Concat(Enumerable.Range(0, 12).Select(static i => $"X{i}: y\r\n"))}\r\n", 431, "too-many-fields" },
    };

    [Theory]
    [MemberData(nameof(Heads))]
    public async Task A_head_beyond_a_limit_is_refused_by_name_and_closed(string request, int status, string name)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, Listener);
        using var client = await gateway.ConnectAsync();
        var response = await client.AskAsync(request);
        response.Status.ShouldBe(status);
        response.Refusal.ShouldBe(name);
        response.Closes.ShouldBeTrue();
        (await client.ReadToEndAsync()).ShouldBe("");
        origin.Received.ShouldBe("");
    }

    [Fact]
    public async Task A_head_just_within_the_limits_is_served()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, Listener);
        var line = $"GET /{new string('p', 200 - "GET / HTTP/1.1".Length)} HTTP/1.1\r\nHost: a\r\n\r\n";
        (await gateway.AskAsync(line)).Status.ShouldBe(200);
        var fields = $"GET / HTTP/1.1\r\nHost: a\r\n{string.Concat(Enumerable.Range(0, 9).Select(static i => $"X{i}: y\r\n"))}\r\n";
        (await gateway.AskAsync(fields)).Status.ShouldBe(200);
        var head = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
        (await gateway.AskAsync(head + new string('x', 2048 - head.Length - 4) + "\r\n\r\n")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task The_largest_head_that_may_be_configured_is_forwarded_whole()
    {
        var large = new string('x', 250_000);
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, "limits: { header: 256KiB }");
        (await gateway.AskAsync($"GET / HTTP/1.1\r\nHost: a\r\nX-Large: {large}\r\n\r\n")).Status.ShouldBe(200);
        origin.Received.ShouldContain(large);
    }

    [Theory]
    [InlineData("Content-Length: 1001\r\n\r\n")]
    [InlineData("Content-Length: 9223372036854775807\r\n\r\n")]
    public async Task A_length_beyond_the_limit_is_413_before_any_of_it_is_forwarded(string rest)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "limits: { body: 1000 }");
        using var client = await gateway.ConnectAsync();
        var response = await client.AskAsync("POST / HTTP/1.1\r\nHost: a\r\n" + rest);
        response.Status.ShouldBe(413);
        response.Refusal.ShouldBe("body-too-large");
        response.Closes.ShouldBeTrue();
        (await client.ReadToEndAsync()).ShouldBe("");
        origin.Received.ShouldBe("");
    }

    [Fact]
    public async Task Chunks_beyond_the_limit_are_413()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "limits: { body: 1000 }");
        using var client = await gateway.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (var i = 0; i < 6; i++) await client.SendAsync($"c8\r\n{new string('x', 200)}\r\n");
        var response = await client.ReadResponseAsync();
        response.Status.ShouldBe(413);
        response.Refusal.ShouldBe("body-too-large");
        response.Closes.ShouldBeTrue();
        origin.Received.ShouldNotContain("0\r\n\r\n");
    }

    [Fact]
    public async Task A_body_of_just_the_limit_is_served()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "limits: { body: 1000 }");
        var body = new string('x', 1000);
        (await gateway.AskAsync($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{body}")).Status.ShouldBe(200);
        (await gateway.AskAsync($"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n{body}\r\n0\r\n\r\n")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Connections_beyond_the_listeners_number_are_told_so_and_closed()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, "limits: { connections: 2 }", loops: 2);
        await RefusedAboveTwoAsync(gateway, Refusal.TooManyConnections);
    }

    [Fact]
    public async Task Connections_beyond_the_number_of_their_address_are_told_so_and_closed()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, "limits: { connections-per-address: 2 }", loops: 2);
        await RefusedAboveTwoAsync(gateway, Refusal.TooManyConnectionsFromAddress);
    }

    [Fact]
    public async Task Of_a_flood_over_the_limit_a_few_are_told_and_the_rest_are_reset()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, "limits: { connections: 1 }");
        using var served = await gateway.ConnectAsync();
        (await served.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);
        var silent = new List<RawConnection>();
        for (var i = 0; i < 200; i++)
        {
            try
            {
                silent.Add(await gateway.ConnectAsync());
            }
            catch (System.Net.Sockets.SocketException)
            {
                // Reset before the connect had returned.
            }
        }

        // Nobody of them says anything: 64 are waited for, for a second, and all are counted.
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.TooManyConnections) == 200);
        (await served.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);
        foreach (var connection in silent) connection.Dispose();
    }

    [Fact]
    public async Task The_last_request_of_a_connection_is_told_so()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, "limits: { requests-per-connection: 3 }");
        using var client = await gateway.ConnectAsync();
        for (var i = 1; i <= 3; i++) (await client.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Closes.ShouldBe(i == 3);
        (await client.ReadToEndAsync()).ShouldBe("");
    }

    private static async Task RefusedAboveTwoAsync(TestGateway gateway, Refusal refusal)
    {
        const string get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        using (var first = await gateway.ConnectAsync())
        using (var second = await gateway.ConnectAsync())
        {
            (await first.AskAsync(get)).Status.ShouldBe(200);
            (await second.AskAsync(get)).Status.ShouldBe(200);
            using (var third = await gateway.ConnectAsync())
            {
                var told = await third.AskAsync(get);
                told.Status.ShouldBe(503);
                told.Refusal.ShouldBe(refusal == Refusal.TooManyConnections ? "too-many-connections" : "too-many-connections-from-address");
                told["Retry-After"].ShouldNotBeNull();
                told.Closes.ShouldBeTrue();
                (await third.ReadToEndAsync()).ShouldBe("");
            }

            await TestGateway.EventuallyAsync(() => gateway.Refusals(refusal) == 1);
            (await first.AskAsync(get)).Status.ShouldBe(200);
        }

        // A place is free again when its holder is gone.
        for (var i = 0; (await gateway.AskAsync(get)).Status != 200; i++)
        {
            i.ShouldBeLessThan(100);
            await Task.Delay(20);
        }
    }
}
