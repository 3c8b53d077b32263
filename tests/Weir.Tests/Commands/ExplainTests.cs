using System.Text.Json;

namespace Weir.Tests.Commands;

public class ExplainTests
{
    private const string Config = """
        version: 1
        trusted-proxies: [10.0.0.0/8]
        listeners:
          web: { address: "127.0.0.1:8080", policies: [ { remove-internal-fields: {} } ] }
          inner: { address: "127.0.0.1:8081", routes: [order] }
        defaults:
          policies:
            - security-headers: {}
              when: request.method == "POST"
        routes:
          order:
            match: { host: shop.example, path: "/orders/{id}", methods: [GET, DELETE] }
            policies: [ { delay: { duration: 1ms } } ]
            forward: shop
          orders: { match: { host: shop.example, path: "/orders/**" }, respond: { status: 204 } }
          debug: { match: { host: shop.example, path: "/orders/{id}", methods: [GET], headers: { X-Debug: "1" } }, respond: { status: 200 } }
          copied: { match: { host: copied.example }, forward: { cluster: shop, mirror: { cluster: shadow, share: 12.5%, when: 'request.method == "GET"' } } }
          stood-in: { match: { host: replied.example }, forward: shop, fallback: { respond: 503 } }
          inside: { match: { path: /inside, client: [192.0.2.0/24] }, respond: { status: 200 } }
          elsewhere: { match: { host: other.example }, respond: { status: 200 } }
        clusters:
          shop: { endpoints: [ { url: "http://10.0.0.1:80", weight: 3 }, "http://10.0.0.2:80" ] }
          shadow: { endpoints: [ "http://10.0.0.3:80" ] }
        """;

    [Fact]
    public async Task TheWinnerIsNamedWithWhyOthersLost()
    {
        var x = await ExplainAsync("GET", "http://shop.example:8080/orders/7");
        x.GetProperty("outcome").GetString().ShouldBe("matched");
        x.GetProperty("route").GetString().ShouldBe("order");
        x.GetProperty("action").GetString().ShouldBe("forward shop");
        var reasons = x.GetProperty("candidates").EnumerateArray().ToDictionary(static c => c.GetProperty("route").GetString()!, static c => c.GetProperty("reason").GetString());
        reasons["order"].ShouldBe("");
        reasons["orders"].ShouldBe("less specific than order: path");
        reasons["debug"]!.ShouldContain("X-Debug");
        reasons["elsewhere"].ShouldBe("host");
    }

    [Fact]
    public async Task AFallbackIsNamed()
    {
        (await ExplainAsync("GET", "http://replied.example:8080/")).GetProperty("fallback").GetString().ShouldBe("respond 503");
        (await ExplainAsync("GET", "http://copied.example:8080/")).TryGetProperty("fallback", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task ParametersPathAndEndpointsAreShown()
    {
        var x = await ExplainAsync("GET", "http://SHOP.example:8080/a/../orders/%37");
        x.GetProperty("host").GetString().ShouldBe("shop.example");
        x.GetProperty("path").GetString().ShouldBe("/orders/7");
        x.GetProperty("parameters")[0].GetProperty("value").GetString().ShouldBe("7");
        var endpoints = x.GetProperty("cluster").GetProperty("endpoints");
        endpoints[0].GetProperty("share").GetDouble().ShouldBe(75);
        endpoints[1].GetProperty("weight").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task PoliciesStandInTheirOrderWithTheirSource()
    {
        var policies = (await ExplainAsync("GET", "http://shop.example:8080/orders/7")).GetProperty("policies").EnumerateArray().ToList();
        policies.Select(static p => (p.GetProperty("kind").GetString(), p.GetProperty("source").GetString()))
            .ShouldBe([("remove-internal-fields", "listener"), ("security-headers", "defaults"), ("delay", "route")]);
        policies[1].GetProperty("holds").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task AListenerServesOnlyItsRoutes()
    {
        (await ExplainAsync("GET", "http://shop.example:8081/orders/a/b")).GetProperty("outcome").GetString().ShouldBe("no-route");
        (await ExplainAsync("GET", "http://shop.example/orders/7", "--listener", "inner")).GetProperty("listener").GetString().ShouldBe("inner");
    }

    [Fact]
    public async Task AWrongMethodIsAnswered405WithAllow()
    {
        var x = await ExplainAsync("POST", "http://shop.example:8081/orders/7");
        x.GetProperty("outcome").GetString().ShouldBe("method-not-allowed");
        x.GetProperty("refusal").GetProperty("status").GetInt32().ShouldBe(405);
        x.GetProperty("allow").GetString()!.ShouldContain("DELETE");
    }

    [Theory]
    [InlineData("GET", "http://x:8080/%00", "bad-path-encoding")]
    [InlineData("GET", "http://x:8080/../../etc", "path-escapes-root")]
    [InlineData("TRACE", "http://x:8080/", "not-implemented")]
    [InlineData("CONNECT", "x:8080", "not-implemented")]
    [InlineData("GE T", "http://x:8080/", "bad-target")]
    public async Task WhatTheParserOrTheGuardRefusesIsSaid(string method, string url, string refusal)
    {
        var x = await ExplainAsync(method, url);
        x.GetProperty("outcome").GetString().ShouldBe("refused");
        x.GetProperty("refusal").GetProperty("name").GetString().ShouldBe(refusal);
    }

    [Theory]
    [InlineData("127.0.0.1", null, false)]
    [InlineData("192.0.2.9", null, true)]
    [InlineData("10.1.1.1", "X-Forwarded-For: 192.0.2.9", true)]
    [InlineData("127.0.0.1", "X-Forwarded-For: 192.0.2.9", false)]
    public async Task TheClientIsFoundAsOnTheWire(string client, string? header, bool matches)
    {
        string[] more = header is null ? ["--client", client] : ["--client", client, "-H", header];
        (await ExplainAsync("GET", "http://x:8080/inside", more)).TryGetProperty("route", out _).ShouldBe(matches);
    }

    [Fact]
    public async Task PeopleGetLines()
    {
        using var shell = new Shell();
        shell.Write("weir.yaml", Config);
        (await shell.RunAsync("explain", "GET", "http://shop.example:8080/orders/7")).ShouldBe(0);
        shell.Output.ShouldContain("→ order ");
        shell.Output.ShouldContain("captured  id = 7");
        shell.Output.ShouldContain("http://10.0.0.1:80  75%, weight 3");
        shell.Output.ShouldStartWith("answer    one of 2 endpoints of shop: of two drawn by weight, the one with fewer requests in flight, unless it takes much longer (route order)\n");
        shell.Output.ShouldContain("""when request.method == "POST": skipped""");
        shell.Output.ShouldNotContain('\u001b'.ToString());
    }

    [Fact]
    public async Task AMirrorIsNamed()
    {
        using var shell = new Shell();
        shell.Write("weir.yaml", Config);
        (await shell.RunAsync("explain", "POST", "http://copied.example:8080/")).ShouldBe(0);
        shell.Output.ShouldContain("action    forward shop (mirror 12.5% shadow)");
        shell.Output.ShouldContain("""mirror    shadow, 12.5%, when request.method == "GET": not copied""");
        (await ExplainAsync("GET", "http://copied.example:8080/")).GetProperty("mirror").GetProperty("holds").GetBoolean().ShouldBeTrue();
        (await ExplainAsync("GET", "http://shop.example:8080/orders/7")).TryGetProperty("mirror", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task TheWholeServerCanBeAskedFor()
    {
        var x = await ExplainAsync("OPTIONS", "*", "-H", "Host: other.example");
        x.GetProperty("route").GetString().ShouldBe("elsewhere");
    }

    [Theory]
    [InlineData("ftp://x/")]
    [InlineData("http://")]
    public async Task WhatIsNoUrlCannotBeAsked(string url)
    {
        using var shell = new Shell();
        shell.Write("weir.yaml", Config);
        (await shell.RunAsync("explain", "GET", url)).ShouldBe(2);
    }

    [Fact]
    public async Task OnlyListenersOfHttpTakeRequests()
    {
        using var shell = new Shell();
        shell.Write("weir.yaml", """
            version: 1
            listeners:
              dns: { address: "127.0.0.1:8080", protocol: udp, forward: d }
              db: { address: "127.0.0.1:8081", protocol: tcp, forward: t }
              web: { address: "127.0.0.1:8080" }
            routes: { all: { respond: 200 } }
            clusters: { d: { endpoints: ["udp://10.0.0.1:53"] }, t: { endpoints: ["tcp://10.0.0.1:53"] } }
            """);
        foreach (var port in new[] { 8080, 8081, 80 })
        {
            (await shell.RunAsync("explain", "GET", $"http://a:{port}/")).ShouldBe(0, shell.Error);
            shell.Output.ShouldContain("listener  web");
        }

        (await shell.RunAsync("explain", "GET", "http://a/", "--listener", "dns")).ShouldNotBe(0);
        shell.Error.ShouldContain("no listener of HTTP called 'dns'");
        (await shell.RunAsync("routes")).ShouldBe(0);
        shell.Output.ShouldNotContain("dns");
    }

    [Theory]
    [InlineData("/drawn", "", "stable", "drawn by lot, since there is no cookie slot that was made here")]
    [InlineData("/drawn", "X-Test: 1", "canary", "a tester: request.header.x-test == \"1\"")]
    [InlineData("/hashed", "X-User: 42", "stable", "header x-user \"42\"")]
    [InlineData("/hashed", "X-Other: 42", "stable", "client 127.0.0.1, since there is no header x-user")]
    public async Task TheArmOfASplitIsNamedAndWhy(string path, string header, string arm, string why)
    {
        var x = await ForwardedAsync(path, header);
        x.GetProperty("split").GetProperty("arm").GetString().ShouldBe(arm);
        x.GetProperty("split").GetProperty("why").GetString()!.ShouldStartWith(why);
        x.GetProperty("split").TryGetProperty("slot", out _).ShouldBe(path == "/hashed");
        x.GetProperty("policies").EnumerateArray().Select(static p => p.GetProperty("source").GetString()).ShouldBe(arm == "canary" ? ["arm canary"] : []);
    }

    [Fact]
    public async Task EndpointsThatGetNothingSayWhy()
    {
        var x = (await ForwardedAsync("/all", "X-User: 42")).GetProperty("cluster");
        x.GetProperty("endpoints").EnumerateArray().ToDictionary(static e => e.GetProperty("url").GetString()!, static e => e.TryGetProperty("reason", out var reason) ? reason.GetString() : null).ShouldBe(new Dictionary<string, string?>
        {
            ["http://10.0.0.1"] = null,
            ["http://10.0.0.2"] = null,
            ["http://10.0.0.3"] = "weight 0",
            ["http://10.0.0.4"] = "weir drain",
            ["http://10.0.0.5"] = "priority 1: those before it carry all",
        });
        var chosen = x.GetProperty("endpoint").GetString();
        x.GetProperty("why").GetString().ShouldBe("by hash of header x-user \"42\"");
        (await ForwardedAsync("/all", "X-User: 42")).GetProperty("cluster").GetProperty("endpoint").GetString().ShouldBe(chosen);
        var labelled = (await ForwardedAsync("/labelled", "X-User: 42")).GetProperty("cluster");
        labelled.GetProperty("endpoint").GetString().ShouldBe("http://10.0.0.2");
        labelled.GetProperty("endpoints")[0].GetProperty("reason").GetString().ShouldBe("not labelled v=2");
    }

    [Fact]
    public async Task EndpointsThatAreFoundAreToBeAskedFor()
    {
        using var shell = new Shell();
        shell.Write("weir.yaml", """
            version: 1
            listeners: { web: "127.0.0.1:8080" }
            routes:
              found: { match: { path: /found }, forward: found }
              both: { match: { path: /both }, forward: both }
            clusters:
              found: { discover: { dns: { name: here.test, port: 80 } } }
              both: { discover: { api: {} }, endpoints: ["http://10.0.0.1"] }
            """);
        (await shell.RunAsync("explain", "GET", "/found")).ShouldBe(0, shell.Error);
        shell.Output.ShouldStartWith("answer    an endpoint of found that dns finds while weir runs: --live asks the one that does (route found)\n");
        shell.Output.ShouldNotContain("503");
        (await shell.RunAsync("explain", "GET", "/both")).ShouldBe(0, shell.Error);
        shell.Output.ShouldContain("found     by api while weir runs: --live asks the one that does\n");
    }

    [Fact]
    public async Task StateAndReasonStandApart()
    {
        using var shell = new Shell();
        shell.Write("weir.yaml", """
            version: 1
            listeners: { web: "127.0.0.1:8080" }
            routes: { labelled: { forward: { cluster: c, subset: { v: "2" } } } }
            clusters: { c: { endpoints: [{ url: "http://10.0.0.1", weight: 0 }, { url: "http://10.0.0.2", labels: { v: "2" } }, { url: "http://10.0.0.3", labels: { v: "2" }, priority: 1 }] } }
            """);
        (await shell.RunAsync("explain", "GET", "/")).ShouldBe(0, shell.Error);
        shell.Output.ShouldContain("http://10.0.0.1  draining, left out: not labelled v=2; weight 0\n");
        shell.Output.ShouldContain("http://10.0.0.3  left out: priority 1: those before it carry all\n");
    }

    [Fact]
    public async Task TheRulesInForceAreShown()
    {
        var x = await ForwardedAsync("/all", "X-User: 42");
        x.GetProperty("retry").GetProperty("on").EnumerateArray().Select(static e => e.GetString()).ShouldBe(["timeout", "429", "502-504"]);
        x.GetProperty("retry").GetProperty("perTryTimeout").GetString().ShouldBe("2s");
        x.GetProperty("retry").GetProperty("repeatable").GetBoolean().ShouldBeTrue();
        x.GetProperty("breaker").GetProperty("errorPercent").GetDouble().ShouldBe(50);
        x.GetProperty("changes")[0].GetProperty("text").GetString()!.ShouldStartWith("drain http://10.0.0.4 of c, since 2026-05-01");
    }

    [Fact]
    public async Task MaintenanceIsTheAnswer()
    {
        var x = await ForwardedAsync("/closed", "X-User: 42");
        x.GetProperty("refusal").GetProperty("name").GetString().ShouldBe("maintenance");
        x.TryGetProperty("cluster", out _).ShouldBeFalse();
    }

    // With something changed at run time.
    private static async Task<JsonElement> ForwardedAsync(string path, string header)
    {
        using var shell = new Shell();
        shell.Environment["STATE_DIRECTORY"] = shell.Folder;
        shell.Write("overlay.json", """{ "drains": { "c http://10.0.0.4": { "since": "2026-05-01T12:00:00Z" } } }""");
        shell.Write("weir.yaml", """
            version: 1
            listeners: { web: { address: "127.0.0.1:8080" } }
            routes:
              all: { match: { path: /all }, forward: c, retry: { on: [timeout, gateway-error, "429"], per-try-timeout: 2s } }
              labelled: { match: { path: /labelled }, forward: { cluster: c, subset: { v: "2" } } }
              closed: { match: { path: /closed }, maintenance: true, forward: c }
              drawn:
                match: { path: /drawn }
                split:
                  sticky: { cookie: slot, keys: [0123456789abcdef] }
                  arms: &arms
                    stable: { weight: 9, forward: c }
                    canary: { weight: 0, when: 'request.header.x-test == "1"', policies: [ { delay: { duration: 1ms } } ], forward: c }
              hashed: { match: { path: /hashed }, split: { by: header, name: X-User, arms: *arms } }
            clusters:
              c:
                balancer: hash
                hash: { by: header, name: X-User }
                breaker: { errors: {} }
                endpoints: ["http://10.0.0.1", { url: "http://10.0.0.2", labels: { v: "2" } }, { url: "http://10.0.0.3", weight: 0 }, "http://10.0.0.4", { url: "http://10.0.0.5", priority: 1 }]
            """);
        (await shell.RunAsync("explain", "GET", $"http://shop.example:8080{path}", "-H", header.Length > 0 ? header : "X-None: 1", "--json")).ShouldBe(0, shell.Error);
        using var json = JsonDocument.Parse(shell.Output);
        return json.RootElement.Clone();
    }

    private static async Task<JsonElement> ExplainAsync(string method, string url, params string[] more)
    {
        using var shell = new Shell();
        shell.Write("weir.yaml", Config);
        (await shell.RunAsync(["explain", method, url, "--json", .. more])).ShouldBe(0, shell.Error);
        using var json = JsonDocument.Parse(shell.Output);
        return json.RootElement.Clone();
    }
}
