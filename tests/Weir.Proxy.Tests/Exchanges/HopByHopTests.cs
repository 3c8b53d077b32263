using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Exchanges;

/// <summary>RFC 9110 §7.6: what belongs to one connection stays there.</summary>
public class HopByHopTests
{
    [Theory]
    [InlineData("Keep-Alive: timeout=5")]
    [InlineData("Proxy-Connection: keep-alive")]
    [InlineData("TE: trailers, deflate")]
    [InlineData("Proxy-Authorization: Basic eDp5")]
    [InlineData("HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA")]
    [InlineData("Upgrade: other")]
    [InlineData("X-Forwarded-For: 6.6.6.6")]
    [InlineData("Forwarded: for=6.6.6.6")]
    [InlineData("X-Real-IP: 6.6.6.6")]
    public async Task Of_a_requests_own_connection_nothing_reaches_the_origin(string field)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        await gateway.AskAsync($"GET / HTTP/1.1\r\nHost: a\r\n{field}\r\nX-Kept: yes\r\n\r\n");
        origin.Received.ShouldContain("X-Kept: yes");
        origin.Received.ShouldNotContain(field);
        origin.Received.ShouldNotContain("Connection:");
    }

    [Fact]
    public async Task A_field_that_connection_names_is_dropped()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Drop\r\nX-Drop: 1\r\nX-Kept: yes\r\n\r\n");
        origin.Received.ShouldContain("X-Kept: yes");
        origin.Received.ShouldNotContain("X-Drop");
    }

    [Theory]
    [InlineData("authorization")]
    [InlineData("x-forwarded-for")]
    [InlineData("Cookie")]
    [InlineData("content-length")]
    [InlineData("host")]
    public async Task Connection_cannot_take_out_what_guards_rely_on(string name)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        var response = await gateway.AskAsync($"GET / HTTP/1.1\r\nHost: a\r\nConnection: {name}\r\n\r\n");
        response.Status.ShouldBe(400);
        response.Refusal.ShouldBe("bad-connection-field");
        origin.Received.ShouldBe("");
    }

    [Fact]
    public async Task Of_an_origins_own_connection_nothing_reaches_the_client()
    {
        await using var origin = Origin.Answering(
            "HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=9\r\nX-Hop: 1\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\nTrailer: X\r\nX-Kept: yes\r\nContent-Length: 2\r\n\r\nok");
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        var response = await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        response["X-Kept"].ShouldBe("yes");
        foreach (var name in new[] { "Connection", "Keep-Alive", "X-Hop", "Proxy-Authenticate", "Upgrade", "Trailer" }) response.Has(name).ShouldBeFalse(name);
    }

    [Fact]
    public async Task Origins_learn_who_asked_and_on_which_way()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        await gateway.AskAsync("GET / HTTP/1.1\r\nHost: api.example:81\r\n\r\n");
        var request = origin.Received;
        request.ShouldContain("\r\nX-Forwarded-For: 127.0.0.1\r\n");
        request.ShouldContain("\r\nX-Forwarded-Proto: http\r\n");
        request.ShouldContain("\r\nX-Forwarded-Host: api.example:81\r\n");
        request.ShouldContain("\r\nVia: 1.1 weir\r\n");
        request.ShouldContain("\r\nX-Request-Id: ");
        request.ShouldContain("\r\nHost: api.example:81\r\n");
    }
}
