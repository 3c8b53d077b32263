using System.Text;
using System.Text.Json;
using Weir.Demo;
using Weir.Scenarios.Fixture;
using Weir.Tests;

namespace Weir.Scenarios;

/// <summary>Endpoints that are found: by a real DNS server, by the control API.</summary>
public class DiscoveryTests
{
    [NeedsFact("dnsmasq")]
    public async Task Endpoints_follow_a_dns_server_and_stay_when_it_is_gone()
    {
        using var first = Origin.Start("first");
        using var second = Origin.Start("second");
        using var dns = new Dnsmasq();
        await dns.StartAsync("--host-record=here.test,127.0.0.1,1", Service(first, 0));
        await using var weir = await WeirProcess.StartAsync($$"""
            version: 1
            workers: 2
            state: "{folder}/state"
            listeners: { web: "127.0.0.1:0" }
            routes:
              srv: { match: { path: "/srv" }, forward: srv }
              a: { match: { path: "/a" }, forward: a }
            clusters:
              srv: { slow-start: 0, discover: { dns: { name: _http._tcp.shop.test, type: srv, servers: "127.0.0.1:{{dns.Port}}", timeout: 300ms, max-ttl: 100ms, min-ttl: 100ms } } }
              a: { discover: { dns: { name: here.test, port: {{first.Port}}, servers: "127.0.0.1:{{dns.Port}}", timeout: 300ms, max-ttl: 100ms, min-ttl: 100ms } } }
            """);
        (await weir.GetTextAsync("/srv")).ShouldContain("first");
        (await weir.GetTextAsync("/a")).ShouldContain("first");

        // It is gone for a while, and comes back with another answer: no request knows of it.
        await dns.StopAsync();
        await weir.WaitForErrorAsync("cluster srv: endpoints cannot be found by dns");
        (await weir.GetTextAsync("/srv")).ShouldContain("first");
        await dns.StartAsync("--host-record=here.test,127.0.0.1,1", Service(second, 0), Service(first, 1));
        await weir.WaitForErrorAsync("cluster srv: dns answers again");
        await weir.WaitForErrorAsync($"cluster srv: dns finds 2: joined http://127.0.0.1:{second.Port}, left none");
        (await weir.GetTextAsync("/srv")).ShouldContain("second");

        using var control = weir.Control();
        using var clusters = JsonDocument.Parse(await control.GetStringAsync(new Uri("v1/clusters", UriKind.Relative)));
        var found = clusters.RootElement.EnumerateArray().Single(static c => c.GetProperty("name").GetString() == "srv");
        found.GetProperty("discovery").GetProperty("source").GetString().ShouldBe("dns");
        found.GetProperty("endpoints").EnumerateArray().Select(static e => e.GetProperty("source").GetString()).ShouldBe(["dns", "dns"]);
        (await control.GetStringAsync(new Uri("metrics", UriKind.Relative))).ShouldContain("weir_discovery_failing{cluster=\"srv\",source=\"dns\"} 0");
    }

    [NeedsFact("dnsmasq")]
    public async Task What_is_known_from_before_the_start_is_told_of_as_that()
    {
        using var origin = Origin.Start("here");
        using var folder = new TemporaryFolder();
        using var dns = new Dnsmasq();
        await dns.StartAsync("--host-record=here.test,127.0.0.1,1");
        var yaml = $$"""
            version: 1
            state: "{{folder.Path}}"
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: a } }
            clusters: { a: { discover: { dns: { name: here.test, port: {{origin.Port}}, servers: "127.0.0.1:{{dns.Port}}", timeout: 300ms } } } }
            """;
        await using (var weir = await WeirProcess.StartAsync(yaml))
        {
            await weir.WaitForErrorAsync($"cluster a: dns finds 1: joined http://127.0.0.1:{origin.Port}");
            weir.Signal(WeirProcess.SigInt);
            await weir.WaitForExitAsync();
        }

        await dns.StopAsync();
        await using var again = await WeirProcess.StartAsync(yaml);
        await again.WaitForErrorAsync($"cluster a: dns has not answered yet, the 1 that it found before the start serve: joined http://127.0.0.1:{origin.Port}");
        (await again.GetTextAsync("/")).ShouldContain("here");
    }

    [NeedsFact("dnsmasq")]
    public async Task Two_hundred_addresses_come_over_tcp()
    {
        using var dns = new Dnsmasq();
        await dns.StartAsync([.. Enumerable.Range(1, 200).Select(static i => $"--host-record=many.test,127.1.0.{i}")]);
        await using var weir = await WeirProcess.StartAsync($$"""
            version: 1
            state: "{folder}/state"
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: many } }
            clusters: { many: { discover: { dns: { name: many.test, type: a, port: 9, servers: "127.0.0.1:{{dns.Port}}" } } } }
            """);
        await weir.WaitForErrorAsync("cluster many: dns finds 200");
    }

    [Fact]
    public async Task The_control_api_sets_endpoints_for_good()
    {
        using var origin = Origin.Start("here");
        using var folder = new TemporaryFolder();
        var yaml = $$"""
            version: 1
            state: "{{folder.Path}}"
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: jobs } }
            clusters: { jobs: { discover: { api: {} } } }
            """;
        await using (var weir = await WeirProcess.StartAsync(yaml))
        {
            await using var status = WeirProcess.Command("status", "-c", weir.ConfigPath);
            (await status.WaitForExitAsync()).ShouldBe(0);
            status.Output.ShouldContain(static l => l.StartsWith("jobs ") && l.Contains("none") && l.EndsWith("requests are answered with 503"));
            using var control = weir.Control();
            (int Status, string Text) refused = await PutAsync(control, "jobs", "[\"http://127.0.0.1\",\n {\"url\": \"http://a\", \"wait\": 1}]");
            refused.Status.ShouldBe(422);
            refused.Text.ShouldContain("body:2:");
            (await PutAsync(control, "other", "[]")).Status.ShouldBe(404);
            (await PutAsync(control, "jobs", $"[\"http://127.0.0.1:{origin.Port}\"]")).Status.ShouldBe(200);
            (await weir.GetTextAsync("/")).ShouldContain("here");
            (await PutAsync(control, "jobs", "[]")).Status.ShouldBe(200);
            await weir.WaitForErrorAsync($"warning cluster jobs: api finds none, requests are answered with 503: left http://127.0.0.1:{origin.Port}");
            (await PutAsync(control, "jobs", $"[\"http://127.0.0.1:{origin.Port}\"]")).Status.ShouldBe(200);
        }

        await using (var again = await WeirProcess.StartAsync(yaml)) (await again.GetTextAsync("/")).ShouldContain("here");
    }

    private static async Task<(int Status, string Text)> PutAsync(HttpClient control, string cluster, string list)
    {
        using var body = new StringContent(list, Encoding.UTF8);
        using var answer = await control.PutAsync(new Uri($"v1/clusters/{cluster}/endpoints", UriKind.Relative), body);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static string Service(DemoOrigin origin, int priority) => $"--srv-host=_http._tcp.shop.test,here.test,{origin.Port},{priority},1";
}
