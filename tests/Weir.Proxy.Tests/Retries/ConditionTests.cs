using System.Net;
using System.Net.Http;
using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Retries;

/// <summary>What is sent again, and above all what is not: by condition, method, body and protocols.</summary>
public class ConditionTests
{
    private const string All = "on: [connect-failure, refused-stream, reset, timeout, 503], per-try-timeout: 300ms, backoff: 1ms";

    public static TheoryData<string, string, int, bool, bool> Cases()
    {
        var data = new TheoryData<string, string, int, bool, bool>();
        foreach (var act in (string[])["reset", "close", "silence", "503", "refuse"])
            foreach (var (method, size) in new[] { ("GET", 0), ("HEAD", 0), ("PUT", 0), ("PUT", 1000), ("PUT", 65_536), ("PUT", 100_000), ("POST", 0), ("POST", 1000), ("DELETE", 5000) })
                foreach (var toClient in (bool[])[false, true])
                    foreach (var toOrigin in (bool[])[false, true])
                        if (toOrigin || act != "refuse") data.Add(act, method, size, toClient, toOrigin);
        return data;
    }

    [Theory, MemberData(nameof(Cases))]
    public async Task Only_what_is_safe_is_sent_again_and_then_whole(string act, string method, int size, bool clientHttp2, bool originHttp2)
    {
        await using var origin = FaultyOrigin.Start(originHttp2, number => number == 0 ? act : "200");
        await using var gateway = await TestGateway.StartAsync(
            TestGateway.Forwarding(origin.Url, cluster: $"protocol: {(originHttp2 ? "http2" : "http1")}, retry: {{ {All} }}"));
        var body = string.Concat(Enumerable.Range(0, size).Select(static i => (char)('a' + (i % 26))));
        var (status, answer) = await SendAsync(gateway, method, body, clientHttp2);
        // What an endpoint of HTTP/2 refused may be sent again whatever it is; else the method decides. A body that does not fit is gone.
        var isRetried = (method != "POST" || act == "refuse") && size <= 65_536;
        if (isRetried)
        {
            status.ShouldBe(200);
            origin.Requests.Count.ShouldBe(2);
        }
        else
        {
            status.ShouldBe(act switch { "503" => 503, "silence" => 504, _ => 502 });
            if (act == "503") answer.ShouldBe("503");
            origin.Requests.Count.ShouldBe(1);
        }

        foreach (var request in origin.Requests) (request.Method, request.Body).ShouldBe((method, body));
        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
        await TestGateway.EventuallyAsync(() => gateway.Gateway.Loops.Sum(static l => l.Replays.Bytes) == 0, "bodies are kept");
        await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.Retried.Sum()) == (isRetried ? 1 : 0));
    }

    [Theory]
    [InlineData("connect-failure", "reset")]
    [InlineData("reset", "503")]
    [InlineData("503", "502")]
    [InlineData("gateway-error", "500")]
    [InlineData("5xx", "429")]
    [InlineData("timeout", "reset")]
    [InlineData("reset", "silence")]
    public async Task What_is_not_asked_for_is_not_retried(string on, string act)
    {
        await using var origin = FaultyOrigin.Start(false, _ => act);
        await using var gateway = await TestGateway.StartAsync(TestGateway.Forwarding(origin.Url, cluster: $"retry: {{ on: {on}, per-try-timeout: 300ms }}"));
        (await SendAsync(gateway, "GET", "", false)).Status.ShouldBe(act switch { "silence" => 504, "reset" => 502, _ => int.Parse(act, System.Globalization.CultureInfo.InvariantCulture) });
        origin.Requests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("502", "gateway-error")]
    [InlineData("504", "gateway-error")]
    [InlineData("500", "5xx")]
    [InlineData("599", "5xx")]
    [InlineData("429", "429")]
    [InlineData("400", "[400, 409]")]
    public async Task Statuses_are_taken_by_number_and_by_group(string act, string on)
    {
        await using var origin = FaultyOrigin.Start(false, number => number < 2 ? act : "200");
        await using var gateway = await TestGateway.StartAsync(TestGateway.Forwarding(origin.Url, cluster: $"retry: {{ on: {on}, backoff: 0 }}"));
        (await SendAsync(gateway, "GET", "", false)).Status.ShouldBe(200);
        origin.Requests.Count.ShouldBe(3);
    }

    [Fact]
    public async Task When_attempts_end_the_client_has_the_last_response()
    {
        await using var origin = FaultyOrigin.Start(false, number => $"{503 - number} x-number: {number}");
        await using var gateway = await TestGateway.StartAsync(TestGateway.Forwarding(origin.Url, cluster: "retry: { attempts: 3, on: 5xx, backoff: 0 }"), logs: true);
        var response = await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        response.Status.ShouldBe(501);
        response.Body.ShouldBe("501");
        response["x-number"].ShouldBe("2");
        response.Refusal.ShouldBeNull();
        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
        ref var record = ref gateway.Gateway.Loops[0].Log.Peek();
        record.Attempts.ShouldBe((short)3);
        record.RetryStop.ShouldBe(RetryStop.Attempts);
        record.AttemptFaults.Count.ShouldBe(3);
        record.AttemptFaults[0].ShouldBe((AttemptFault.Status, 503));
        record.AttemptFaults[2].ShouldBe((AttemptFault.Status, 501));
        gateway.IdleUpstream.ShouldBe(1);
    }

    [Fact]
    public async Task Methods_are_those_that_the_rule_lists_and_a_route_has_its_own_rule()
    {
        await using var origin = FaultyOrigin.Start(false, static _ => "503");
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: { address: "127.0.0.1:0" } }
            routes:
              safe: { match: { path: /safe }, forward: origin, retry: { attempts: 2, on: 503, methods: [POST, REPORT], backoff: 0 } }
              all: { forward: origin }
            clusters: { origin: { endpoints: ["{{origin.Url}}"], retry: { attempts: 4, on: 503, backoff: 0 } } }
            """);
        foreach (var (method, path, sends) in new[] { ("POST", "/safe", 2), ("REPORT", "/safe", 2), ("GET", "/safe", 1), ("SEARCH", "/safe", 1), ("GET", "/", 4), ("POST", "/", 1), ("REPORT", "/", 1) })
        {
            var before = origin.Requests.Count;
            (await gateway.AskAsync($"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")).Status.ShouldBe(503);
            (origin.Requests.Count - before).ShouldBe(sends, method + path);
        }
    }

    [Fact]
    public async Task Another_endpoint_is_tried_first()
    {
        var origins = Enumerable.Range(0, 3).Select(static _ => FaultyOrigin.Start(false, static _ => "503")).ToList();
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: { address: "127.0.0.1:0" } }
            routes: { all: { forward: three } }
            clusters: { three: { endpoints: [{{string.Join(", ", origins.Select(static o => $"\"{o.Url}\""))}}], retry: { attempts: 3, on: 503, backoff: 0 }, health: { outliers: false } } }
            """);
        for (var i = 1; i <= 10; i++)
        {
            (await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(503);
            foreach (var origin in origins) origin.Requests.Count.ShouldBe(i);
        }

        foreach (var origin in origins) await origin.DisposeAsync();
    }

    [Fact]
    public async Task A_large_response_that_is_not_passed_on_costs_its_connection()
    {
        await using var origin = Origin.Start(async (wire, number) =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync(number == 0 ? $"HTTP/1.1 503 No\r\nContent-Length: 1000000\r\n\r\n{new string('x', 10_000)}" : Origin.Ok);
            if (number == 0) await wire.ReadToEndAsync();
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, cluster: "retry: { on: 503, backoff: 0 }");
        (await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Body.ShouldBe("ok");
        origin.Connections.Count.ShouldBe(2);
    }

    private static async Task<(int Status, string Body)> SendAsync(TestGateway gateway, string method, string body, bool isHttp2)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), $"http://{gateway.Address()}/")
        {
            Version = isHttp2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (body.Length > 0 || method is "PUT" or "POST") request.Content = new StringContent(body);
        using var response = await client.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
