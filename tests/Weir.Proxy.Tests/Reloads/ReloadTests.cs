using Weir.Proxy.Tests.Fixture;
using Weir.Sdk.Policies;
using Weir.Tests;

namespace Weir.Proxy.Tests.Reloads;

/// <summary>A new configuration takes the place of the old one between exchanges, never in one.</summary>
public class ReloadTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Fact]
    public async Task An_exchange_in_flight_ends_on_the_version_it_began_on()
    {
        var release = new SemaphoreSlim(0);
        await using var origin = Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                await wire.ReadRequestAsync();
                await release.WaitAsync();
                await wire.SendAsync(Origin.Ok);
            }
        });
        await using var gateway = await TestGateway.StartAsync(Yaml(origin.Url, "one"));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Get);
        await TestGateway.EventuallyAsync(() => origin.Received.Length > 0);
        (await gateway.ApplyAsync(Yaml(origin.Url, "two"))).Version.ShouldBe(2);
        release.Release(100);
        (await client.ReadResponseAsync())["X-Version"].ShouldBe("one");
        (await client.AskAsync(Get))["X-Version"].ShouldBe("two");
    }

    [Fact]
    public async Task The_next_request_on_a_kept_connection_sees_the_new_routes()
    {
        await using var gateway = await TestGateway.StartAsync(Replying("one"), loops: 2);
        var address = gateway.Address();
        using var client = await gateway.ConnectAsync();
        (await client.AskAsync(Get)).Body.ShouldBe("one");
        (await gateway.ApplyAsync(Replying("two"))).IsApplied.ShouldBeTrue();
        (await client.AskAsync(Get)).Body.ShouldBe("two");
        gateway.Address().ShouldBe(address, "The socket stayed.");
    }

    [Fact]
    public async Task A_kept_connection_takes_the_larger_heads_that_are_allowed_now()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, listener: "limits: { header: 1KiB, request-line: 1KiB }");
        using var client = await gateway.ConnectAsync();
        (await client.AskAsync(Get)).Status.ShouldBe(200);
        (await gateway.ApplyAsync(TestGateway.Forwarding(origin.Url, listener: "limits: { header: 32KiB, request-line: 1KiB }"))).IsApplied.ShouldBeTrue();
        (await client.AskAsync($"GET / HTTP/1.1\r\nHost: a\r\nX: {new string('x', 20_000)}\r\n\r\n")).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: ", "\r\n\r\n")]
    [InlineData("GET /", " HTTP/1.1\r\nHost: a\r\n\r\n")]
    public async Task A_head_that_was_begun_is_read_to_its_end_under_the_limits_it_began_with(string start, string end)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, listener: "limits: { header: 8KiB }");
        using var begun = await gateway.ConnectAsync();
        await begun.SendAsync(start + new string('x', 3000));
        await TestGateway.EventuallyAsync(() => gateway.Active == 1);
        (await gateway.ApplyAsync(TestGateway.Forwarding(origin.Url, listener: "limits: { header: 1KiB, request-line: 1KiB }"))).IsApplied.ShouldBeTrue();
        // Another connection's request makes the door take the new version.
        (await gateway.AskAsync(Get)).Status.ShouldBe(200);
        (await begun.AskAsync(end)).Status.ShouldBe(200);
        (await begun.AskAsync($"GET / HTTP/1.1\r\nHost: a\r\nX: {new string('x', 3000)}\r\n\r\n")).Refusal.ShouldBe("header-too-large");
    }

    [Fact]
    public async Task A_listener_that_is_removed_closes_and_one_that_is_added_opens()
    {
        await using var gateway = await TestGateway.StartAsync(Replying("one", "web", "extra"));
        var address = gateway.Address("extra");
        using var idle = await gateway.ConnectAsync("extra");
        (await idle.AskAsync(Get)).Body.ShouldBe("one");
        (await gateway.ApplyAsync(Replying("two", "web", "other"))).IsApplied.ShouldBeTrue();
        (await idle.ReadToEndAsync()).ShouldBe("");
        await Should.ThrowAsync<System.Net.Sockets.SocketException>(() => RawConnection.ConnectAsync(address));
        using var other = await gateway.ConnectAsync("other");
        (await other.AskAsync(Get)).Body.ShouldBe("two");
    }

    [Fact]
    public async Task A_busy_connection_of_a_removed_listener_ends_with_its_exchange()
    {
        var release = new SemaphoreSlim(0);
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await release.WaitAsync();
            await wire.SendAsync(Origin.Ok);
        });
        await using var gateway = await TestGateway.StartAsync(Yaml(origin.Url, "one", "web", "extra"));
        using var client = await gateway.ConnectAsync("extra");
        await client.SendAsync(Get);
        await TestGateway.EventuallyAsync(() => origin.Received.Length > 0);
        (await gateway.ApplyAsync(Yaml(origin.Url, "two"))).IsApplied.ShouldBeTrue();
        release.Release();
        var response = await client.ReadResponseAsync();
        response.Body.ShouldBe("ok");
        response.Closes.ShouldBeTrue();
        (await client.ReadToEndAsync()).ShouldBe("");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_listener_that_is_renamed_keeps_its_socket_and_its_connections(int loops)
    {
        var port = FreePort.Find();
        await using var gateway = await TestGateway.StartAsync(At("one", ("web", $"127.0.0.1:{port}")), loops);
        using var client = await gateway.ConnectAsync();
        (await client.AskAsync(Get)).Body.ShouldBe("one");
        var result = await gateway.ApplyAsync(At("two", ("edge", $"127.0.0.1:{port}")));
        result.IsApplied.ShouldBeTrue(string.Join('\n', result.Diagnostics.Select(static d => d.Text)));
        (await client.AskAsync(Get)).Body.ShouldBe("two");
        gateway.Gateway.Addresses.Keys.ShouldBe(["edge"]);
        gateway.Gateway.OpenListeners.Single().Accepted.ShouldBe(1);
    }

    [Fact]
    public async Task Two_listeners_can_swap_their_addresses()
    {
        var (a, b) = ($"127.0.0.1:{FreePort.Find()}", $"127.0.0.1:{FreePort.Find()}");
        await using var gateway = await TestGateway.StartAsync(At("x", ("one", a), ("two", b)));
        using var first = await RawConnection.ConnectAsync(a);
        (await first.AskAsync(Get)).Status.ShouldBe(200);
        (await gateway.ApplyAsync(At("y", ("one", b), ("two", a)))).IsApplied.ShouldBeTrue();
        gateway.Address("one").ShouldBe(b);
        gateway.Address("two").ShouldBe(a);
        (await first.AskAsync(Get)).Body.ShouldBe("y");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task An_address_gives_way_to_one_that_overlaps_with_it(int loops)
    {
        var port = FreePort.Find();
        await using var gateway = await TestGateway.StartAsync(At("one", ("web", $":{port}")), loops);
        using var before = await RawConnection.ConnectAsync($"127.0.0.1:{port}");
        (await before.AskAsync(Get)).Body.ShouldBe("one");
        var result = await gateway.ApplyAsync(At("two", ("web", $"127.0.0.1:{port}")));
        result.IsApplied.ShouldBeTrue(string.Join('\n', result.Diagnostics.Select(static d => d.Text)));
        (await before.ReadToEndAsync()).ShouldBe("");
        using var after = await RawConnection.ConnectAsync($"127.0.0.1:{port}");
        (await after.AskAsync(Get)).Body.ShouldBe("two");
        gateway.Address().ShouldBe($"127.0.0.1:{port}");
        (await gateway.ApplyAsync(At("three", ("web", $":{port}")))).IsApplied.ShouldBeTrue();
        using var last = await RawConnection.ConnectAsync($"127.0.0.1:{port}");
        (await last.AskAsync(Get)).Body.ShouldBe("three");
    }

    [Fact]
    public async Task What_comes_on_a_removed_listener_is_served_by_the_last_version_that_had_it()
    {
        var release = new SemaphoreSlim(0);
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await release.WaitAsync();
            await wire.SendAsync(Origin.Ok);
        });
        var afterDisposal = false;
        var scripts = new Scripts();
        scripts.Add("old", () => new Script
        {
            Response = _ =>
            {
                afterDisposal |= scripts.Alive.Count == 0;
                return new(Verdict.Continue);
            },
        });
        await using var gateway = await TestGateway.StartAsync(Yaml(origin.Url, "one", "web", "extra").Replace("policies: [", "policies: [{ script: old }, "), scripts: scripts);
        using var client = await gateway.ConnectAsync("extra");
        // A head that is not whole: its exchange has begun, but on a connection whose listener goes.
        await client.SendAsync(Get[..8]);
        await TestGateway.EventuallyAsync(() => gateway.Active == 1);
        (await gateway.ApplyAsync(Yaml(origin.Url, "two"))).IsApplied.ShouldBeTrue();
        await Task.Delay(300);
        scripts.Alive.Count.ShouldBe(1, "the old version is in use");
        await client.SendAsync(Get[8..]);
        release.Release();
        var response = await client.ReadResponseAsync();
        response["X-Version"].ShouldBe("one");
        response.Closes.ShouldBeTrue();
        await TestGateway.EventuallyAsync(() => scripts.Alive.Count == 0);
        afterDisposal.ShouldBeFalse();
    }

    [Fact]
    public async Task A_quiet_listener_that_goes_is_served_by_the_last_version_that_had_it()
    {
        await using var gateway = await TestGateway.StartAsync(Replying("one", "web", "extra"), loops: 2);
        var loops = gateway.Gateway.Loops;
        var clients = new List<RawConnection>();
        // The kernel deals the connections out; one is to be on the loop that hears of a version first.
        while (loops[0].Loop.Transports.Open == 0)
        {
            clients.Add(await gateway.ConnectAsync("extra"));
            (await clients[^1].AskAsync(Get)).Body.ShouldBe("one");
        }

        (await gateway.ApplyAsync(Replying("two", "web", "extra"))).IsApplied.ShouldBeTrue();
        using var held = new ManualResetEventSlim();
        loops[1].Loop.Post(static state => ((ManualResetEventSlim)state!).Wait(), held);
        var third = gateway.ApplyAsync(Replying("three", "web"));
        await TestGateway.EventuallyAsync(() => loops[0].Snapshot.Version == 3);
        var body = (await clients[^1].AskAsync(Get)).Body;
        held.Set();
        (await third).IsApplied.ShouldBeTrue();
        foreach (var client in clients) client.Dispose();
        body.ShouldBe("two");
    }

    [Theory]
    [InlineData("version: 1\nroutes: [")]
    [InlineData("version: 1\nlisteners: { web: { address: '127.0.0.1:0' } }\nroutes: { all: { forward: nowhere } }")]
    [InlineData("version: 1\nlisteners: { web: { address: '127.0.0.1:0' } }\nroutes: { all: { match: { path: 'x' }, respond: 200 } }")]
    [InlineData("version: 1\nlisteners: { web: { address: '127.0.0.1:0' } }\nroutes: { all: { respond: { body: '${nothing' } } }")]
    public async Task A_configuration_with_errors_changes_nothing(string yaml)
    {
        await using var gateway = await TestGateway.StartAsync(Replying("one"));
        var address = gateway.Address();
        using var client = await gateway.ConnectAsync();
        var result = await gateway.ApplyAsync(yaml);
        result.IsApplied.ShouldBeFalse();
        result.Diagnostics.ShouldContain(static d => d.IsError);
        gateway.Gateway.Version.ShouldBe(1);
        gateway.Address().ShouldBe(address);
        (await client.AskAsync(Get)).Body.ShouldBe("one");
    }

    [Fact]
    public async Task An_address_that_is_taken_changes_nothing()
    {
        await using var gateway = await TestGateway.StartAsync(Replying("one"));
        await using var other = await TestGateway.StartAsync(Replying("other"));
        var result = await gateway.ApplyAsync(Replying("two").Replace("routes:", $"  taken: {{ address: \"{other.Address()}\" }}\nroutes:"));
        result.IsApplied.ShouldBeFalse();
        result.Diagnostics.ShouldContain(static d => d.Text.Contains("cannot-listen"));
        (await gateway.AskAsync(Get)).Body.ShouldBe("one");
        (await other.AskAsync(Get)).Body.ShouldBe("other");
    }

    [Fact]
    public async Task A_tunnel_survives_and_holds_up_no_policy()
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            while (true) await wire.SendAsync("echo " + await wire.ReadUntilAsync("\n"));
        });
        var logged = 0;
        var scripts = new Scripts().Add("old", () => new Script { Request = static _ => new(Verdict.Continue), Log = _ => logged++ });
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "policies: [{ script: old }]", scripts: scripts);
        using var client = await gateway.ConnectAsync();
        (await client.AskAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")).Status.ShouldBe(101);
        (await gateway.ApplyAsync(TestGateway.Forwarding(origin.Url))).IsApplied.ShouldBeTrue();
        await TestGateway.EventuallyAsync(() => scripts.Alive.Count == 0, "the old policy is disposed");
        await client.SendAsync("still here\n");
        (await client.ReadUntilAsync("\n")).ShouldBe("echo still here\n");
        client.FinishSending();
        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
        logged.ShouldBe(1, "The log phase was run when the tunnel was made: a policy that is disposed is not called.");
    }

    [Fact]
    public async Task A_policy_is_disposed_only_when_no_exchange_of_any_version_can_use_it()
    {
        var release = new SemaphoreSlim(0);
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await release.WaitAsync();
            await wire.SendAsync(Origin.Ok);
        });
        var disposedInUse = false;
        var scripts = new Scripts();
        scripts.Add("kept", () => new Script
        {
            Response = _ =>
            {
                disposedInUse = scripts.Alive.Count == 0;
                return new(Verdict.Continue);
            },
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "policies: [{ script: kept }]", scripts: scripts);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Get);
        await TestGateway.EventuallyAsync(() => origin.Received.Length > 0);
        // The second version keeps the policy, the third does not: the exchange is still on the first.
        (await gateway.ApplyAsync(TestGateway.Forwarding(origin.Url, route: "policies: [{ script: kept }], priority: 1"))).IsApplied.ShouldBeTrue();
        (await gateway.ApplyAsync(TestGateway.Forwarding(origin.Url))).IsApplied.ShouldBeTrue();
        await Task.Delay(400);
        release.Release();
        (await client.ReadResponseAsync()).Body.ShouldBe("ok");
        disposedInUse.ShouldBeFalse();
        await TestGateway.EventuallyAsync(() => scripts.Alive.Count == 0);
    }

    [Fact]
    public async Task A_policy_that_is_unchanged_stays_and_one_that_changed_is_made_anew()
    {
        var scripts = new Scripts().Add("one", static () => new Script { Request = static _ => new(Verdict.Continue) });
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "policies: [{ script: { name: one, tag: a } }]", scripts: scripts);
        var first = scripts.Alive.Single();
        await gateway.ApplyAsync(TestGateway.Forwarding(origin.Url, route: "policies: [{ script: { name: one, tag: a } }], priority: 3"));
        await Task.Delay(250);
        scripts.Alive.Single().ShouldBeSameAs(first);
        await gateway.ApplyAsync(TestGateway.Forwarding(origin.Url, route: "policies: [{ script: { name: one, tag: b } }], priority: 3"));
        await TestGateway.EventuallyAsync(() => scripts.Alive.Count == 1 && scripts.Alive[0] != first);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Reloads_under_load_lose_no_request(int loops)
    {
        await using var origins = Origin.Answering();
        await using var second = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync(Yaml(origins.Url, "0"), loops);
        using var stop = new CancellationTokenSource();
        var served = 0;
        var load = Enumerable.Range(0, 6).Select(async id =>
        {
            while (!stop.IsCancellationRequested)
            {
                using var client = await gateway.ConnectAsync();
                for (var i = 0; i < 20; i++)
                {
                    var response = id % 2 == 0 ? await client.AskAsync(Get) : await client.AskAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
                    response.Status.ShouldBe(200, response.Body);
                    Interlocked.Increment(ref served);
                }
            }
        }).ToList();
        for (var i = 1; i <= 50; i++)
        {
            (await gateway.ApplyAsync(Yaml(i % 2 == 0 ? origins.Url : second.Url, i.ToString()))).IsApplied.ShouldBeTrue();
            await Task.Delay(5);
        }

        await stop.CancelAsync();
        await Task.WhenAll(load);
        served.ShouldBeGreaterThan(100);
        gateway.Gateway.Version.ShouldBe(51);
        gateway.Gateway.Loops.Sum(static l => l.Refusals.Sum()).ShouldBe(0);
    }

    [Fact]
    public async Task Counts_of_what_no_route_takes_outlive_a_reload()
    {
        await using var gateway = await TestGateway.StartAsync(Replying("one").Replace("respond", "match: { path: /only }, respond"));
        await gateway.AskAsync(Get);
        await gateway.ApplyAsync(Replying("two").Replace("respond", "match: { path: /only }, respond"));
        await gateway.AskAsync(Get);
        await TestGateway.EventuallyAsync(() => gateway.Gateway.Store.Route("").PerLoop.Sum(static c => c.ByStatusClass[4]) == 2);
    }

    private static string At(string body, params (string Name, string Address)[] listeners)
        => "version: 1\nlisteners:\n" + string.Concat(listeners.Select(static l => $"  {l.Name}: {{ address: \"{l.Address}\" }}\n")) + $"routes:\n  all: {{ respond: {{ body: {body} }} }}\n";

    private static string Listeners(string[] names)
        => "listeners:\n" + string.Concat((names.Length == 0 ? ["web"] : names).Select(static n => $"  {n}: {{ address: \"127.0.0.1:0\" }}\n"));

    private static string Replying(string body, params string[] listeners)
        => $"version: 1\n{Listeners(listeners)}routes:\n  all: {{ respond: {{ body: {body} }} }}\n";

    private static string Yaml(string url, string version, params string[] listeners)
        => $"version: 1\n{Listeners(listeners)}routes:\n  all: {{ forward: origin, policies: [{{ headers: {{ response: {{ set: {{ X-Version: \"{version}\" }} }} }} }}] }}\n"
            + $"clusters: {{ origin: {{ endpoints: [\"{url}\"] }} }}\n";
}
