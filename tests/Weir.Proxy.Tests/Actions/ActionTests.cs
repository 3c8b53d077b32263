using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Actions;

/// <summary>What a route ends in, and what becomes of requests that no route takes.</summary>
public class ActionTests
{
    private const string Yaml = """
        version: 1
        listeners: { web: { address: "127.0.0.1:0" } }
        routes:
          hello:
            match: { path: "/hello/{name}", methods: [GET] }
            respond: { status: 201, headers: { X-Name: "${params.name}" }, body: "hello ${params.name}", content-type: text/x }
          moved:
            match: { path: /moved }
            redirect: { to: "https://${request.host}/new", status: 302 }
          methods:
            match: { path: /methods, methods: [GET, PUT] }
            automatic-options: true
            respond: 200
          fails:
            match: { path: /fails }
            respond: 503
        """;

    [Fact]
    public async Task Respond_answers_from_here()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml);
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 2; i++)
        {
            var response = await client.AskAsync($"GET /hello/w{i} HTTP/1.1\r\nHost: a\r\n\r\n");
            response.Status.ShouldBe(201);
            response["X-Name"].ShouldBe("w" + i);
            response["Content-Type"].ShouldBe("text/x");
            response.Body.ShouldBe("hello w" + i);
            response.Refusal.ShouldBeNull();
        }
    }

    [Fact]
    public async Task Redirect_sends_elsewhere()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml);
        var response = await gateway.AskAsync("GET /moved HTTP/1.1\r\nHost: a.example\r\n\r\n");
        response.Status.ShouldBe(302);
        response["Location"].ShouldBe("https://a.example/new");
    }

    [Fact]
    public async Task What_no_route_takes_is_404_and_a_wrong_method_405_with_those_allowed()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml);
        using var client = await gateway.ConnectAsync();
        var missing = await client.AskAsync("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n");
        missing.Status.ShouldBe(404);
        missing.Refusal.ShouldBe("no-route");
        missing.Closes.ShouldBeFalse();
        var wrong = await client.AskAsync("DELETE /methods HTTP/1.1\r\nHost: a\r\n\r\n");
        wrong.Status.ShouldBe(405);
        wrong.Refusal.ShouldBe("method-not-allowed");
        wrong["Allow"].ShouldNotBeNull().Split(", ").ShouldBe(["GET", "HEAD", "OPTIONS", "PUT"], ignoreOrder: true);
        (await client.AskAsync("HEAD /nowhere HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD")).Status.ShouldBe(404);
        (await client.AskAsync("GET /hello/x HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(201);
    }

    [Fact]
    public async Task Automatic_options_is_204_with_those_allowed()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml);
        using var client = await gateway.ConnectAsync();
        var response = await client.AskAsync("OPTIONS /methods HTTP/1.1\r\nHost: a\r\n\r\n");
        response.Status.ShouldBe(204);
        response["Allow"].ShouldNotBeNull().Split(", ").ShouldBe(["GET", "HEAD", "OPTIONS", "PUT"], ignoreOrder: true);
        response.Has("Content-Length").ShouldBeFalse();
        (await client.AskAsync("GET /methods HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task An_error_reply_without_a_body_is_a_problem()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml);
        var response = await gateway.AskAsync("GET /fails HTTP/1.1\r\nHost: a\r\n\r\n");
        response.Status.ShouldBe(503);
        response["Content-Type"].ShouldBe("application/problem+json");
        var problem = System.Text.Json.JsonDocument.Parse(response.Body).RootElement;
        problem.GetProperty("status").GetInt32().ShouldBe(503);
        problem.GetProperty("type").GetString().ShouldBe("about:blank", "RFC 9457 §4.2.1: it means no more than its status");
        problem.GetProperty("title").GetString().ShouldBe("Service Unavailable");
        problem.GetProperty("instance").GetString().ShouldNotBeNullOrEmpty();
    }

    [Theory]
    [InlineData("Content-Length: 5\r\n\r\nhello")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    public async Task A_small_body_that_nobody_wants_does_not_cost_the_connection(string rest)
    {
        await using var gateway = await TestGateway.StartAsync(Yaml);
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            var response = await client.AskAsync("POST /nowhere HTTP/1.1\r\nHost: a\r\n" + rest);
            response.Status.ShouldBe(404);
            response.Closes.ShouldBeFalse();
        }
    }

    [Theory]
    [InlineData("Content-Length: 5000\r\n\r\nhello")]
    [InlineData("Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    public async Task A_body_that_nobody_waits_for_closes_the_connection_which_is_said(string rest)
    {
        await using var gateway = await TestGateway.StartAsync(Yaml);
        using var client = await gateway.ConnectAsync();
        var response = await client.AskAsync("POST /nowhere HTTP/1.1\r\nHost: a\r\n" + rest);
        response.Status.ShouldBe(404);
        response.Closes.ShouldBeTrue();
        (await client.ReadToEndAsync()).ShouldBe("");
    }

    [Fact]
    public async Task Every_refusal_carries_the_id_that_the_log_has()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml);
        foreach (var request in new[] { "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n" })
        {
            var response = await gateway.AskAsync(request);
            System.Text.Json.JsonDocument.Parse(response.Body).RootElement.GetProperty("instance").GetString().ShouldNotBeNull().Length.ShouldBe(36, request);
        }
    }
}
