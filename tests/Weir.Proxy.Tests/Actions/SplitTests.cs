using Weir.Http;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Actions;

/// <summary>Routes that are split between clusters.</summary>
public sealed class SplitTests
{
    private const string Key = "0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task A_value_of_the_request_keeps_its_arm_and_the_shares_hold()
    {
        await using var site = await Site.StartAsync("by: header, name: X-User", 80, 20);
        var bodies = new List<string>();
        using var client = await site.Gateway.ConnectAsync();
        for (var user = 0; user < 400; user++)
        {
            var first = await client.AskAsync(Get($"X-User: u{user}\r\n"));
            (await client.AskAsync(Get($"X-User: u{user}\r\n"))).Body.ShouldBe(first.Body);
            first.Has("Set-Cookie").ShouldBeFalse();
            bodies.Add(first.Body);
        }

        bodies.Count(static b => b == "new").ShouldBeInRange(50, 115);
        foreach (var arm in (string[])["new", "old"]) await TestGateway.EventuallyAsync(() => site.Count(arm) == 2 * bodies.Count(b => b == arm), arm);
    }

    [Fact]
    public async Task Testers_take_their_arm_whatever_its_weight()
    {
        await using var site = await Site.StartAsync("by: client", 1, 0, arm: "when: 'request.header.x-tester == \"yes\"', ");
        using var client = await site.Gateway.ConnectAsync();
        (await client.AskAsync(Get(""))).Body.ShouldBe("old");
        (await client.AskAsync(Get("X-Tester: yes\r\n"))).Body.ShouldBe("new");
        (await client.AskAsync(Get("X-Tester: no\r\n"))).Body.ShouldBe("old");
    }

    [Fact]
    public async Task An_arm_has_its_own_policies_after_those_of_the_route()
    {
        await using var site = await Site.StartAsync("by: client", 0, 1, arm: "policies: [{ headers: { response: { set: { X-Arm: \"new\", X-Who: \"arm\" } } } }], ");
        var answer = await site.Gateway.AskAsync(Get(""));
        answer.Body.ShouldBe("new");
        answer["X-Arm"].ShouldBe("new");
        // Response phases run in reverse: the route's comes after the arm's.
        answer["X-Who"].ShouldBe("route");
    }

    [Fact]
    public async Task A_cookie_keeps_a_clients_slot_and_a_change_moves_it_only_when_it_must()
    {
        var sticky = $"sticky: {{ keys: \"{Key}\" }}";
        await using var site = await Site.StartAsync(sticky, 50, 50);
        var cookies = new List<(string Cookie, int Slot, string Body)>();
        using var client = await site.Gateway.ConnectAsync();
        for (var i = 0; i < 60; i++)
        {
            var answer = await client.AskAsync(Get(""));
            var cookie = answer["Set-Cookie"].ShouldNotBeNull();
            cookie.ShouldMatch("^weir-split=[0-9]{1,4}\\.[A-Za-z0-9_-]{11}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax$");
            cookies.Add((cookie.Split(';')[0], int.Parse(cookie.Split('=', '.')[1]), answer.Body));
        }

        cookies.Select(static c => c.Body).Distinct().Count().ShouldBe(2);
        (await site.Gateway.ApplyAsync(site.Yaml(sticky, 70, 30))).IsApplied.ShouldBeTrue();
        foreach (var (cookie, slot, before) in cookies)
        {
            var answer = await client.AskAsync(Get($"Cookie: a=b; {cookie}\r\n"));
            answer.Has("Set-Cookie").ShouldBeFalse();
            answer.Body.ShouldBe(slot < 3000 ? "new" : "old");
            if (answer.Body != before) before.ShouldBe("new");
        }
    }

    [Theory]
    [InlineData("1.AAAAAAAAAAA")]
    [InlineData("10000.AAAAAAAAAAA")]
    [InlineData("-1.AAAAAAAAAAA")]
    [InlineData("1")]
    [InlineData("")]
    [InlineData("99999999999999999999.AAAAAAAAAAA")]
    [InlineData("1.***********")]
    public async Task A_slot_that_nobody_signed_is_drawn_anew(string value)
    {
        await using var site = await Site.StartAsync($"sticky: {{ keys: \"{Key}\" }}", 50, 50);
        var answer = await site.Gateway.AskAsync(Get($"Cookie: weir-split={value}\r\n"));
        answer.Status.ShouldBe(200);
        answer["Set-Cookie"].ShouldNotBeNull();
    }

    [Fact]
    public async Task The_log_names_the_arm()
    {
        await using var site = await Site.StartAsync("by: client", 0, 1, logs: true);
        await site.Gateway.AskAsync(Get(""));
        var ring = site.Gateway.Gateway.Loops[0].Log;
        await TestGateway.EventuallyAsync(() => !System.Runtime.CompilerServices.Unsafe.IsNullRef(ref ring.Peek()));
        ring.Peek().Arm.ShouldBe("new");
        ring.Peek().Cluster.ShouldBe("new");
    }

    [Theory]
    [InlineData("maintenance: true", null, 503, "300")]
    [InlineData("maintenance: { status: 500, retry-after: 0, body: \"<h1>${request.path}</h1>\" }", "<h1>/x</h1>", 500, null)]
    [InlineData("maintenance: { allow: 192.0.2.0/24, retry-after: 90s }", null, 503, "90")]
    public async Task Maintenance_answers_instead(string maintenance, string? body, int status, string? after)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: maintenance);
        var answer = await gateway.AskAsync(Get(""));
        answer.Status.ShouldBe(status);
        answer.Refusal.ShouldBe("maintenance");
        answer["Retry-After"].ShouldBe(after);
        if (body is null) answer["Content-Type"].ShouldBe("application/problem+json");
        else answer.Body.ShouldBe(body);
        origin.Received.ShouldBeEmpty();
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.Maintenance) == 1);
    }

    [Theory]
    [InlineData("maintenance: false")]
    [InlineData("maintenance: { allow: [127.0.0.0/8] }")]
    public async Task Who_may_goes_on(string maintenance)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: maintenance);
        (await gateway.AskAsync(Get(""))).Body.ShouldBe("ok");
    }

    [Fact]
    public async Task The_defaults_close_routes_that_say_nothing_else()
    {
        await using var gateway = await TestGateway.StartAsync("""
            version: 1
            listeners: { web: { address: "127.0.0.1:0" } }
            defaults: { maintenance: { status: 599 } }
            routes:
              closed: { match: { path: /closed }, respond: 200 }
              open: { match: { path: /open }, maintenance: false, respond: 200 }
            """);
        (await gateway.AskAsync("GET /closed HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(599);
        (await gateway.AskAsync("GET /open HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);
    }

    private static string Get(string fields) => $"GET /x HTTP/1.1\r\nHost: a\r\n{fields}\r\n";

    private sealed class Site(Origin old, Origin now, string arm) : IAsyncDisposable
    {
        public TestGateway Gateway { get; private set; } = null!;

        public static async Task<Site> StartAsync(string split, int stable, int canary, string arm = "", bool logs = false)
        {
            var site = new Site(Origin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold"), Origin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew"), arm);
            site.Gateway = await TestGateway.StartAsync(site.Yaml(split, stable, canary), logs: logs);
            return site;
        }

        public string Yaml(string split, int stable, int canary) => $$"""
            version: 1
            listeners: { web: { address: "127.0.0.1:0" } }
            routes:
              all:
                policies: [{ headers: { response: { set: { X-Who: "route" } } } }]
                split:
                  {{split.Replace(", ", "\n      ")}}
                  arms:
                    old: { weight: {{stable}}, forward: old }
                    new: { weight: {{canary}}, {{arm}}forward: new }
            clusters:
              old: { endpoints: ["{{old.Url}}"] }
              new: { endpoints: ["{{now.Url}}"] }
            """;

        public long Count(string arm)
            => Gateway.Gateway.Current!.Routes[0].Split!.Arms.Single(a => a.Name == arm).Route.ArmState!.PerLoop.Sum(static c => c.ByStatusClass[2]);

        public async ValueTask DisposeAsync()
        {
            await Gateway.DisposeAsync();
            await old.DisposeAsync();
            await now.DisposeAsync();
        }
    }
}
