using System.Collections.Concurrent;
using Weir.Config;
using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;
using Weir.Sdk.Discovery;
using Weir.Tests;

namespace Weir.Proxy.Tests.Discovery;

/// <summary>Endpoints that come and go while Weir runs.</summary>
public sealed class FoundTests
{
    private const string Ask = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Fact]
    public async Task Endpoints_that_are_set_serve_and_those_that_left_do_not()
    {
        await using var first = Origin.Answering();
        await using var second = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync(Yaml("api: {}"), loops: 2);
        (await gateway.AskAsync(Ask)).Status.ShouldBe(503);
        (await SetAsync(gateway, first.Url)).ShouldBeNull();
        (await gateway.AskAsync(Ask)).Status.ShouldBe(200);
        var state = Cluster(gateway).Endpoints.ShouldHaveSingleItem().State;
        await TestGateway.EventuallyAsync(() => gateway.IdleUpstream == 1);
        (await SetAsync(gateway, second.Url)).ShouldBeNull();
        state.Removed.ShouldBeTrue();
        gateway.IdleUpstream.ShouldBe(0);
        for (var i = 0; i < 10; i++) (await gateway.AskAsync(Ask)).Status.ShouldBe(200);
        first.Connections.Count.ShouldBe(1);
        // Who comes back is known.
        (await SetAsync(gateway, first.Url, second.Url)).ShouldBeNull();
        Cluster(gateway).Endpoints[0].State.ShouldBeSameAs(state);
        state.Removed.ShouldBeFalse();
        state.WarmingSince.ShouldNotBe(0);
    }

    [Fact]
    public async Task Who_is_told_of_endpoints_finds_them_in_force()
    {
        Gateway? gateway = null;
        var (known, told) = (new List<int>(), new List<int>());
        await using (gateway = new Gateway(new GatewayOptions { Loops = 1, Factories = [], OnEndpoints = Tell }))
        {
            (await gateway.ApplyAsync(ConfigReader.LoadText(Yaml("api: {}"), []))).IsApplied.ShouldBeTrue();
            foreach (var urls in new[] { ["http://10.0.0.1"], ["http://10.0.0.1", "http://10.0.0.2"], Array.Empty<string>() })
                (await gateway.SetEndpointsAsync(gateway.Discovered["c"], [.. urls.Select(static u => new FoundEndpoint(u))])).ShouldBeNull();
        }

        known.ShouldBe([1, 2, 0]);
        told.ShouldBe(known);

        void Tell(EndpointsChange change)
        {
            known.Add(gateway!.Current!.Clusters[change.Cluster].State.All.Set.Known.Length);
            told.Add(change.Endpoints);
        }
    }

    [Fact]
    public async Task What_an_operator_changed_of_an_endpoint_is_there_again_when_it_comes_back()
    {
        await using var first = Origin.Answering();
        await using var second = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync(Yaml("api: {}"), loops: 2);
        await gateway.Gateway.OverrideAsync([new EndpointOverride(new EndpointTarget("c", first.Url), true, null), new EndpointOverride(new EndpointTarget("c", second.Url), false, 7)]);
        await SetAsync(gateway, first.Url, second.Url);
        Drained().ShouldBe([true, false]);
        Cluster(gateway).Endpoints[1].Weight.ShouldBe(7);
        await SetAsync(gateway, second.Url);
        await SetAsync(gateway, second.Url, first.Url);
        Drained().ShouldBe([false, true]);
        for (var i = 0; i < 10; i++) (await gateway.AskAsync(Ask)).Status.ShouldBe(200);
        first.Connections.ShouldBeEmpty();
        // What is undone while it is away stays undone.
        await SetAsync(gateway, second.Url);
        await gateway.Gateway.OverrideAsync([]);
        await SetAsync(gateway, second.Url, first.Url);
        Drained().ShouldBe([false, false]);
        Cluster(gateway).State.All.Set.Open.Length.ShouldBe(2);

        bool[] Drained() => [.. Cluster(gateway).Endpoints.Select(static e => e.State.Draining)];
    }

    [Fact]
    public async Task What_an_endpoint_that_leaves_is_doing_it_finishes()
    {
        var go = new TaskCompletionSource();
        await using var slow = Origin.Held(go.Task);
        await using var other = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync(Yaml("api: {}"));
        await SetAsync(gateway, slow.Url);
        var asked = gateway.AskAsync(Ask);
        await TestGateway.EventuallyAsync(() => Cluster(gateway).State.Active == 1);
        await SetAsync(gateway, other.Url);
        (await gateway.AskAsync(Ask)).Status.ShouldBe(200);
        asked.IsCompleted.ShouldBeFalse();
        go.SetResult();
        (await asked).Status.ShouldBe(200);
        await TestGateway.EventuallyAsync(() => Cluster(gateway).State.Active == 0 && gateway.IdleUpstream <= 1);
        slow.Connections.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("tcp://10.0.0.1:1", "'tcp://10.0.0.1:1': routes forward HTTP")]
    [InlineData("http://10.0.0.1/x", "'http://10.0.0.1/x': an endpoint takes no path")]
    public async Task What_cannot_be_an_endpoint_changes_nothing(string url, string reason)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync(Yaml("api: {}"));
        await SetAsync(gateway, origin.Url);
        (await SetAsync(gateway, origin.Url, url)).ShouldBe(reason);
        (await gateway.AskAsync(Ask)).Status.ShouldBe(200);
        Cluster(gateway).Endpoints.Length.ShouldBe(1);
    }

    [Theory]
    [InlineData("a\r\nX-Admin: 1")]
    [InlineData("shop.test:80")]
    [InlineData("")]
    public async Task A_name_that_no_host_has_is_not_believed(string name)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync(Yaml("api: {}"));
        (await gateway.Gateway.SetEndpointsAsync(gateway.Gateway.Discovered["c"], [new FoundEndpoint(origin.Url) { Name = name }])).ShouldBe($"'{origin.Url}': its name is not that of a host");
        Cluster(gateway).Endpoints.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_reload_keeps_what_was_found_without_a_gap()
    {
        await using var origin = Origin.Answering();
        await using var server = new DnsServer(q => q.Type == Question.Srv ? Services(q, origin) : q.Addresses(3600, "127.0.0.1"));
        await using var gateway = await TestGateway.StartAsync(Dns(server));
        var state = Cluster(gateway).Endpoints.ShouldHaveSingleItem().State;
        (await gateway.AskAsync(Ask)).Status.ShouldBe(200);
        await server.DisposeAsync();
        // Other settings of the same search: the source is another one, and has no server to ask.
        (await gateway.ApplyAsync(Dns(server, "max-ttl: 5m, timeout: 50ms, "))).IsApplied.ShouldBeTrue();
        Cluster(gateway).Endpoints.ShouldHaveSingleItem().State.ShouldBeSameAs(state);
        state.Removed.ShouldBeFalse();
        (await gateway.AskAsync(Ask)).Status.ShouldBe(200);
        await TestGateway.EventuallyAsync(() => gateway.Gateway.Discovered["c"].Error is not null);
        Cluster(gateway).Endpoints.Length.ShouldBe(1);
        // What is found for another cause is not kept.
        (await gateway.ApplyAsync(Yaml("api: {}"))).IsApplied.ShouldBeTrue();
        Cluster(gateway).Endpoints.ShouldBeEmpty();
        state.Removed.ShouldBeTrue();
    }

    [Fact]
    public async Task An_endpoint_that_comes_back_to_a_cluster_that_was_gone_too_is_one_of_the_new_cluster()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync(Yaml("api: {}"));
        await SetAsync(gateway, origin.Url);
        await SetAsync(gateway);
        (await gateway.ApplyAsync("version: 1\nlisteners: { web: \"127.0.0.1:0\" }\nroutes: { all: { respond: { status: 204 } } }")).IsApplied.ShouldBeTrue();
        (await gateway.ApplyAsync(Yaml("api: {}"))).IsApplied.ShouldBeTrue();
        await SetAsync(gateway, origin.Url);
        Cluster(gateway).Endpoints.ShouldHaveSingleItem().State.ClusterState.ShouldBeSameAs(Cluster(gateway).State);
    }

    [Fact]
    public async Task The_ttl_says_when_to_ask_again_and_failures_change_nothing()
    {
        await using var first = Origin.Answering();
        await using var second = Origin.Answering();
        Origin[] now = [first];
        var code = 0;
        await using var server = new DnsServer(q => code > 0 ? q.Answer([], code) : q.Type == Question.Srv ? Services(q, now) : q.Addresses(0, "127.0.0.1"));
        await using var gateway = await TestGateway.StartAsync(Dns(server, "min-ttl: 20ms, max-ttl: 50ms, hold: 300ms, "));
        Urls(gateway).ShouldBe([first.Url]);
        now = [second, first];
        await TestGateway.EventuallyAsync(() => Urls(gateway).SequenceEqual([second.Url, first.Url]));
        code = 2;
        await TestGateway.EventuallyAsync(() => gateway.Gateway.Discovered["c"].Error is not null);
        var asked = server.Asked;
        await TestGateway.EventuallyAsync(() => server.Asked > asked + 10);
        Urls(gateway).Length.ShouldBe(2);
        code = 3;
        await TestGateway.EventuallyAsync(() => Urls(gateway).Length == 0, "what is said not to be there goes, after a while");
        code = 0;
        await TestGateway.EventuallyAsync(() => Urls(gateway).Length == 2 && gateway.Gateway.Discovered["c"].Error is null);
    }

    [Fact]
    public async Task A_file_is_watched_and_a_broken_one_changes_nothing()
    {
        await using var first = Origin.Answering();
        await using var second = Origin.Answering();
        using var folder = new TemporaryFolder();
        var path = folder["endpoints.yaml"];
        await File.WriteAllTextAsync(path, $"- {first.Url}\n");
        await using var gateway = await TestGateway.StartAsync(Yaml($"file: {path}"));
        Urls(gateway).ShouldBe([first.Url]);
        await File.WriteAllTextAsync(path, $"- {first.Url}\n- {{ url: 1, wait: 2 }}\n");
        await TestGateway.EventuallyAsync(() => gateway.Gateway.Discovered["c"].Error is not null);
        gateway.Gateway.Discovered["c"].Error!.ShouldStartWith($"{path}:2:");
        Urls(gateway).ShouldBe([first.Url]);
        await File.WriteAllTextAsync(path, $$$"""{"endpoints": [{"url": "{{{first.Url}}}", "weight": 3, "labels": {"v": "2"}}, "{{{second.Url}}}"]}""");
        await TestGateway.EventuallyAsync(() => Urls(gateway).Length == 2);
        var known = Cluster(gateway).Endpoints[0];
        known.Weight.ShouldBe(3);
        known.Labels["v"].ShouldBe("2");
    }

    [Fact]
    public async Task What_was_found_is_there_after_a_restart_though_nobody_can_be_asked()
    {
        await using var origin = Origin.Answering();
        using var folder = new TemporaryFolder();
        await using var server = new DnsServer(q => q.Type == Question.Srv ? Services(q, origin) : q.Addresses(60, "127.0.0.1"));
        var yaml = Dns(server, "timeout: 50ms, ");
        for (var run = 0; run < 2; run++)
        {
            var told = new ConcurrentQueue<EndpointsChange>();
            await using var gateway = new Gateway(new GatewayOptions { Loops = 1, Factories = [], FoundFolder = folder.Path, OnEndpoints = told.Enqueue });
            (await gateway.ApplyAsync(ConfigReader.LoadText(yaml, []))).IsApplied.ShouldBeTrue();
            told.ShouldHaveSingleItem().IsFromBefore.ShouldBe(run == 1);
            gateway.Current!.Clusters["c"].Endpoints.ShouldHaveSingleItem().Url.ShouldBe(origin.Url);
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Churn_under_load_fails_no_request()
    {
        var origins = Enumerable.Range(0, 6).Select(static _ => Origin.Answering()).ToList();
        var reports = 0;
        var asked = 0L;
        var failed = new ConcurrentQueue<string>();
        await using (var gateway = await TestGateway.StartAsync(Yaml("api: {}"), loops: 2))
        {
            await SetAsync(gateway, [.. origins.Select(static o => o.Url)]);
            using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            var clients = Enumerable.Range(0, 8).Select(async _ =>
            {
                using var client = await gateway.ConnectAsync();
                while (!stop.IsCancellationRequested)
                {
                    var answer = await client.AskAsync(Ask);
                    Interlocked.Increment(ref asked);
                    if (answer.Status != 200) failed.Enqueue(answer.StartLine + answer.Body);
                }
            }).ToList();
            while (!stop.IsCancellationRequested)
            {
                await Task.Delay(100);
                var some = origins.Where((_, i) => i == reports % 6 || Random.Shared.Next(2) == 0).Select(static o => o.Url).ToArray();
                (await SetAsync(gateway, some)).ShouldBeNull();
                reports++;
            }

            await Task.WhenAll(clients);
            failed.ShouldBeEmpty();
            asked.ShouldBeGreaterThan(500);
            reports.ShouldBeGreaterThan(20);
            await TestGateway.EventuallyAsync(() => Cluster(gateway).State.Active == 0);
            // Numbers of endpoints are used again.
            Cluster(gateway).Endpoints.Max(static e => e.State.Id).ShouldBeLessThan(6);
        }

        foreach (var origin in origins) await origin.DisposeAsync();
    }

    private static Cluster Cluster(TestGateway gateway) => gateway.Gateway.Current!.Clusters["c"];

    private static string[] Urls(TestGateway gateway) => [.. Cluster(gateway).State.All.Set.Known.Select(static e => e.Url)];

    private static Task<string?> SetAsync(TestGateway gateway, params string[] urls)
        => gateway.Gateway.SetEndpointsAsync(gateway.Gateway.Discovered["c"], [.. urls.Select(static u => new FoundEndpoint(u))]);

    private static byte[] Services(Question q, params Origin[] origins) => q.Answer(origins.Select(o => Question.Service(q.Name, 3600, 0, 1, new Uri(o.Url).Port, "here.test")));

    private static string Dns(DnsServer server, string members = "") => Yaml($"dns: {{ {members}name: _http._tcp.shop.test, type: srv, servers: \"{server.Address}\" }}");

    private static string Yaml(string discover) => $$"""
        version: 1
        listeners: { web: "127.0.0.1:0" }
        routes: { all: { forward: c } }
        clusters: { c: { discover: { {{discover}} } } }
        """;
}
