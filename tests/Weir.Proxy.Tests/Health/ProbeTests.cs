using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Health;

/// <summary>Probes over HTTP/1 and TCP on a running gateway: what is asked, what counts, and when they begin and end.</summary>
public sealed class ProbeTests
{
    private const string Fast = "interval: 50ms, jitter: 0, timeout: 50ms";

    [Fact]
    public async Task An_endpoint_that_fails_its_probe_is_left_out_and_comes_back_slowly()
    {
        var status = 503;
        await using var origin = Origin.Answering(_ => $"HTTP/1.1 {Volatile.Read(ref status)} Told\r\nContent-Length: 0\r\n\r\n");
        await using var other = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync(Yaml("{ path: /healthz, interval: 50ms }", origin.Url, other.Url));
        await ChangeAsync(gateway, 1);
        gateway.HealthChanges[0].ShouldBe(new HealthChange("c", origin.Url, HealthEvent.Unhealthy, "status 503"));
        await TestGateway.EventuallyAsync(() => Set(gateway).Open.Length == 1);
        Set(gateway).Open[0].Url.ShouldBe(other.Url);
        EndpointConditions.Of(Endpoint(gateway, 0)).ShouldBe(EndpointCondition.Unhealthy);

        Volatile.Write(ref status, 204);
        await ChangeAsync(gateway, 2);
        gateway.HealthChanges[1].ShouldBe(new HealthChange("c", origin.Url, HealthEvent.Healthy, "its probe passes"));
        await TestGateway.EventuallyAsync(() => Set(gateway).Open.Length == 2);
        Set(gateway).ShareOf(Endpoint(gateway, 0)).ShouldBeLessThan(0.2);
        EndpointConditions.Of(Endpoint(gateway, 0)).ShouldBe(EndpointCondition.Warming);
        Endpoint(gateway, 0).State.ProbesFailed.ShouldBeGreaterThan(0);
        Endpoint(gateway, 1).State.ProbesPassed.ShouldBeGreaterThan(0);
        gateway.HealthChanges.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_panic_is_told_of_when_it_begins_and_ends()
    {
        var status = 503;
        await using var origin = Origin.Answering(_ => $"HTTP/1.1 {Volatile.Read(ref status)} Told\r\nContent-Length: 0\r\n\r\n");
        await using var other = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync(Yaml("{ path: /healthz, interval: 50ms }", "panic-threshold: 60%, ", [origin.Url, other.Url]));
        await TestGateway.EventuallyAsync(() => gateway.ClusterChanges.Count == 1);
        gateway.ClusterChanges[0].ShouldBe(new ClusterChange("c", ClusterEvent.PanicBegan, "1 of 2 healthy, panic-threshold 60%"));
        Set(gateway).Open.Length.ShouldBe(2);
        Volatile.Write(ref status, 200);
        await TestGateway.EventuallyAsync(() => gateway.ClusterChanges.Count == 2);
        gateway.ClusterChanges[1].ShouldBe(new ClusterChange("c", ClusterEvent.PanicEnded, "2 of 2 healthy"));
    }

    [Fact]
    public async Task It_asks_what_is_configured()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync(Yaml("{ path: \"/a%2e/../b?x=1\", method: HEAD, host: shop.example, headers: { X-Key: k }, interval: 1h }", origin.Url));
        await TestGateway.EventuallyAsync(() => Endpoint(gateway, 0).State.ProbesPassed == 1);
        var lines = origin.Received.Split("\r\n");
        lines[0].ShouldBe("HEAD /a%2e/../b?x=1 HTTP/1.1");
        lines[1..^2].ShouldBe(["Host: shop.example", "X-Key: k", "User-Agent: weir-probe", "Connection: close"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("", "{port}")]
    [InlineData("proxy-protocol: v1, ", "PROXY UNKNOWN\r\nGET / HTTP/1.1\r\n")]
    [InlineData("proxy-protocol: v2, ", "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0GET / HTTP/1.1\r\n")]
    public async Task It_goes_where_exchanges_go(string members, string begins)
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadUntilAsync("GET");
            await wire.ReadUntilAsync("\r\n\r\n");
            await wire.SendAsync(Origin.Ok);
        });
        await using var gateway = await TestGateway.StartAsync(Yaml("{ interval: 1h }", members, [origin.Url]));
        await TestGateway.EventuallyAsync(() => Endpoint(gateway, 0).State.ProbesPassed == 1);
        if (begins[0] == '{') origin.Received.ShouldContain($"Host: {origin.Url[7..]}\r\n");
        else origin.Received.ShouldStartWith(begins);
    }

    [Fact]
    public async Task It_may_ask_another_port()
    {
        await using var origin = Origin.Answering();
        await using var beside = Origin.Answering("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        await using var gateway = await TestGateway.StartAsync(Yaml($"{{ port: {new Uri(beside.Url).Port}, interval: 1h }}", origin.Url));
        await ChangeAsync(gateway, 1);
        gateway.HealthChanges[0].Reason.ShouldBe("status 404");
        origin.Connections.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_unix_socket_is_asked_too()
    {
        var path = Path.Combine(Path.GetTempPath(), $"weir-probe-{Guid.NewGuid():N}");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        await using var gateway = await TestGateway.StartAsync(Yaml("{ path: /up, interval: 1h, timeout: 20s }", "unix:" + path));
        using (var accepted = await listener.AcceptAsync())
        {
            using var wire = new RawConnection(accepted, records: true);
            await wire.ReadRequestAsync();
            wire.Received.ShouldStartWith("GET /up HTTP/1.1\r\nHost: localhost\r\n");
            await wire.SendAsync(Origin.Ok);
        }

        await TestGateway.EventuallyAsync(() => Endpoint(gateway, 0).State.ProbesPassed == 1);
        File.Delete(path);
    }

    [Theory]
    [InlineData("{ status: 200 }", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", null)]
    [InlineData("{ status: [200, 404-410] }", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", null)]
    [InlineData("{ status: 204 }", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "status 200")]
    // A redirect is an answer as any; it is not followed.
    [InlineData("{ }", "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", null)]
    [InlineData("{ status: 200 }", "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", "status 302")]
    [InlineData("{ body: up }", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nall is up!", null)]
    [InlineData("{ body: down }", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nall is up!", "the body is not as wanted")]
    [InlineData("{ body: { regex: \"^all is (up|fine)\" } }", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nall is up!", null)]
    [InlineData("{ body: { regex: \"^up$\" } }", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nall is up!", "the body is not as wanted")]
    [InlineData("{ }", "", "closed without a whole answer")]
    [InlineData("{ }", "HTTP/1.1 200 O", "closed without a whole answer")]
    [InlineData("{ body: up }", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nall", "closed without a whole answer")]
    [InlineData("{ }", "SSH-2.0-OpenSSH_9.6\r\n\r\n", "a malformed answer")]
    [InlineData("{ }", "{large}", "a head that is too large")]
    [InlineData("{ }", "{endless}", null)]
    [InlineData("{ body: up }", "{endless}", "the body is not as wanted")]
    [InlineData("{ body: up }", "{drip}", "timed out")]
    [InlineData("{ }", "{half}", "timed out")]
    [InlineData("{ }", "{silent}", "timed out")]
    [InlineData("{ }", "{reset}", "connection reset")]
    public async Task Every_answer_counts_as_one_thing(string probe, string answer, string? reason)
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            switch (answer)
            {
                case "{large}":
                    await wire.SendAsync("HTTP/1.1 200 OK\r\nX-Large: " + new string('x', 100_000) + "\r\n\r\n");
                    break;
                case "{endless}":
                    await wire.SendAsync("HTTP/1.1 200 OK\r\n\r\n");
                    while (true) await wire.SendAsync(new string('x', 10_000));
                case "{drip}":
                    await wire.SendAsync("HTTP/1.1 200 OK\r\n\r\n");
                    for (; ; await Task.Delay(20)) await wire.SendAsync("x");
                case "{half}":
                    await wire.SendAsync("HTTP/1.1 200 OK\r\nX-Ha");
                    await wire.ReadToEndAsync();
                    break;
                case "{silent}":
                    await wire.ReadToEndAsync();
                    break;
                case "{reset}":
                    wire.Reset();
                    break;
                default:
                    await wire.SendAsync(answer);
                    break;
            }
        });
        var timeout = reason == "timed out" ? "100ms" : "20s";
        await using var gateway = await TestGateway.StartAsync(Yaml($"{{ interval: 1h, timeout: {timeout}{(probe == "{ }" ? "" : ", ")}{probe[2..]}", origin.Url));
        var state = Endpoint(gateway, 0).State;
        await TestGateway.EventuallyAsync(() => state.ProbesPassed + state.ProbesFailed == 1);
        state.Health.ProbeFailure.ShouldBe(reason);
        state.Unhealthy.ShouldBe(reason is not null);
    }

    [Fact]
    public async Task Nobody_there_is_said_so()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml("{ interval: 1h }", Origin.Refusing()));
        await ChangeAsync(gateway, 1);
        gateway.HealthChanges[0].Reason.ShouldBe("connection refused");
    }

    [Fact]
    public async Task Of_tcp_a_connection_is_enough()
    {
        await using var origin = Origin.Start(async (wire, _) => await wire.ReadToEndAsync());
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: { address: "127.0.0.1:0", protocol: tcp, forward: c } }
            clusters: { c: { health: { probe: { interval: 1h } }, endpoints: ["tcp://{{origin.Url[7..]}}", "tcp://{{Origin.Refusing()[7..]}}"] } }
            """);
        await ChangeAsync(gateway, 1);
        await TestGateway.EventuallyAsync(() => Endpoint(gateway, 0).State.ProbesPassed == 1);
        Endpoint(gateway, 1).State.Unhealthy.ShouldBeTrue();
    }

    [Fact]
    public async Task There_is_one_probe_whatever_the_number_of_loops_and_a_reload_keeps_it()
    {
        await using var origin = Origin.Start(async (wire, _) =>
        {
            await wire.ReadUntilAsync("\r\n\r\n");
            await wire.SendAsync("HTTP/1.1 500 Down\r\nContent-Length: 0\r\n\r\n");
        });
        await using var gateway = await TestGateway.StartAsync(Yaml("{ path: /h, interval: 1h }", origin.Url), loops: 4);
        await ChangeAsync(gateway, 1);
        (await gateway.ApplyAsync(Yaml("{ path: /h, interval: 1h }", "connect-timeout: 3s, ", [origin.Url]))).IsApplied.ShouldBeTrue();
        Endpoint(gateway, 0).State.Unhealthy.ShouldBeTrue();

        // Another question is another probe; what the one before found holds until this one is answered.
        (await gateway.ApplyAsync(Yaml("{ path: /i, interval: 1h, initial: healthy }", origin.Url))).IsApplied.ShouldBeTrue();
        Endpoint(gateway, 0).State.Unhealthy.ShouldBeTrue();
        await TestGateway.EventuallyAsync(() => Endpoint(gateway, 0).State.ProbesFailed == 2);
        origin.Connections.Select(static c => c.Received.Split(' ')[1]).ShouldBe(["/h", "/i"]);
        gateway.HealthChanges.Count.ShouldBe(1);

        // TLS, protocol or what connections begin with make another endpoint of it: what is known of its health stays.
        (await gateway.ApplyAsync(Yaml("{ path: /i, interval: 1h }", "proxy-protocol: v1, ", [origin.Url]))).IsApplied.ShouldBeTrue();
        Endpoint(gateway, 0).State.Unhealthy.ShouldBeTrue();
    }

    [Fact]
    public async Task Without_a_probe_an_endpoint_is_healthy_again()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml("{ interval: 1h }", Origin.Refusing()));
        await ChangeAsync(gateway, 1);
        (await gateway.ApplyAsync(Yaml("~", Endpoint(gateway, 0).Url))).IsApplied.ShouldBeTrue();
        Endpoint(gateway, 0).State.Unhealthy.ShouldBeFalse();
        Set(gateway).Open.Length.ShouldBe(1);
        gateway.Gateway.Health.Probes.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Probes_end_when_no_configuration_names_their_endpoint()
    {
        await using var gone = Origin.Answering();
        await using var stays = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync(Yaml($"{{ {Fast} }}", gone.Url, stays.Url));
        await TestGateway.EventuallyAsync(() => gone.Connections.Count >= 3 && stays.Connections.Count >= 3);
        (await gateway.ApplyAsync(Yaml($"{{ {Fast} }}", stays.Url))).IsApplied.ShouldBeTrue();
        gateway.Gateway.Health.Probes.Count.ShouldBe(1);
        // One may have been under way.
        var (before, other) = (gone.Connections.Count, stays.Connections.Count);
        await TestGateway.EventuallyAsync(() => stays.Connections.Count >= other + 8);
        gone.Connections.Count.ShouldBeLessThanOrEqualTo(before + 1);
    }

    [Fact]
    public async Task What_counts_as_unhealthy_at_first_waits_for_its_first_answer()
    {
        var go = new TaskCompletionSource();
        await using var origin = Origin.Held(go.Task);
        await using var gateway = await TestGateway.StartAsync(Yaml("{ interval: 1h, timeout: 30s, initial: unhealthy }", "panic-threshold: 0, ", [origin.Url]));
        (await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(503);
        go.SetResult();
        await ChangeAsync(gateway, 1);
        await TestGateway.EventuallyAsync(() => Set(gateway).Open.Length == 1);
        (await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_thousand_endpoints_are_asked_in_turn()
    {
        const int endpoints = 1000;
        var asked = new ConcurrentDictionary<IPAddress, int>();
        var (now, most) = (0, 0);
        using var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start(2000);
        var serving = Task.Run(async () =>
        {
            while (true)
            {
                var socket = await listener.AcceptSocketAsync();
                asked.AddOrUpdate(((IPEndPoint)socket.LocalEndPoint!).Address, 1, static (_, n) => n + 1);
                most = Math.Max(most, Interlocked.Increment(ref now));
                _ = Task.Run(async () =>
                {
                    using (socket)
                    {
                        try
                        {
                            await socket.ReceiveAsync(new byte[4096]);
                            await socket.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
                        }
                        catch (SocketException)
                        {
                            // The gateway has gone.
                        }

                        Interlocked.Decrement(ref now);
                    }
                });
            }
        });
        var urls = Enumerable.Range(0, endpoints).Select(i => $"http://127.1.{i / 250}.{(i % 250) + 1}:{((IPEndPoint)listener.LocalEndpoint).Port}").ToArray();
        await using (var gateway = await TestGateway.StartAsync(Yaml("{ interval: 3s, timeout: 3s }", urls)))
        {
            await TestGateway.EventuallyAsync(() => asked.Count == endpoints && gateway.Gateway.Current!.Clusters["c"].Endpoints.All(static e => e.State.ProbesPassed > 0), "a probe of each");
            gateway.HealthChanges.ShouldBeEmpty();
            most.ShouldBeLessThanOrEqualTo(300);
        }

        listener.Stop();
        await Should.ThrowAsync<Exception>(serving);
    }

    internal static Endpoint Endpoint(TestGateway gateway, int position) => gateway.Gateway.Current!.Clusters["c"].Endpoints[position];

    internal static EndpointSet Set(TestGateway gateway) => gateway.Gateway.Current!.Clusters["c"].State.All.Set;

    internal static Task ChangeAsync(TestGateway gateway, int count) => TestGateway.EventuallyAsync(() => gateway.HealthChanges.Count >= count, $"change {count} of an endpoint's health");

    private static string Yaml(string probe, params string[] urls) => Yaml(probe, "", urls);

    internal static string Yaml(string probe, string members, string[] urls) => $$"""
        version: 1
        listeners: { web: "127.0.0.1:0" }
        routes: { all: { forward: c } }
        clusters: { c: { {{members}}health: { probe: {{probe}} }, endpoints: [{{string.Join(", ", urls.Select(static u => $"\"{u}\""))}}] } }
        """;
}
