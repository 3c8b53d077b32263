using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Exchanges;

/// <summary>RFC 9112 §3.2: the forms that a request's target comes in.</summary>
public class TargetTests
{
    [Theory]
    [InlineData("GET http://a.example/x?y HTTP/1.1\r\nHost: a.example\r\n\r\n", "GET /x?y HTTP/1.1", "Host: a.example")]
    [InlineData("GET http://a.example HTTP/1.1\r\nHost: a.example\r\n\r\n", "GET / HTTP/1.1", "Host: a.example")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n", "OPTIONS * HTTP/1.1", "Host: a.example")]
    [InlineData("GET /a/./b/../c HTTP/1.1\r\nHost: A.EXAMPLE\r\n\r\n", "GET /a/c HTTP/1.1", "Host: a.example")]
    [InlineData("PURGE /x HTTP/1.1\r\nHost: a\r\n\r\n", "PURGE /x HTTP/1.1", "Host: a")]
    public async Task The_origin_sees_a_target_in_origin_form(string request, string line, string host)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        (await gateway.AskAsync(request)).Status.ShouldBe(200);
        origin.Received.ShouldStartWith(line + "\r\n");
        origin.Received.ShouldContain("\r\n" + host + "\r\n");
    }

    [Fact]
    public async Task An_http10_request_without_host_gets_the_endpoints()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        (await gateway.AskAsync("GET / HTTP/1.0\r\n\r\n")).Status.ShouldBe(200);
        origin.Received.ShouldContain($"\r\nHost: {origin.Url["http://".Length..]}\r\n");
    }

    [Theory]
    [InlineData("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n")]
    [InlineData("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n")]
    public async Task Methods_that_are_not_a_gateways_are_501(string request)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await gateway.ConnectAsync();
        var response = await client.AskAsync(request);
        response.Status.ShouldBe(501);
        response.Refusal.ShouldBe("not-implemented");
        response.Closes.ShouldBeTrue();
        (await client.ReadToEndAsync()).ShouldBe("");
        origin.Received.ShouldBe("");
    }
}
