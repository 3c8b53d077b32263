using System.Net;
using System.Net.Sockets;
using System.Text;
using Weir.Http;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.Http2;
using Weir.Proxy.Tests.Tls;
using Weir.Proxy.Wire;
using Weir.Sdk.Policies;

namespace Weir.Proxy.Tests.Pools;

/// <summary>Endpoints that speak the PROXY protocol are told whom a connection is from, once, and nobody else's request comes on it.</summary>
public class IntroductionTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Fact]
    public async Task A_connection_begins_with_its_client_and_serves_it_alone()
    {
        await using var origin = Believing();
        await using var gateway = await StartAsync(origin, "v1");
        using var one = await gateway.ConnectAsync();
        using var two = await gateway.ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            (await one.AskAsync(Get)).Body.ShouldBe(Tcp4(one, gateway));
            (await two.AskAsync(Get)).Body.ShouldBe(Tcp4(two, gateway));
        }

        origin.Connections.Count.ShouldBe(2);
        await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.Reused) == 4);
        one.Dispose();
        two.Dispose();
        await TestGateway.EventuallyAsync(() => gateway.UpstreamConnections == 0, "they go with their clients");
    }

    [Fact]
    public async Task Version_2_says_the_same()
    {
        await using var origin = Believing();
        await using var gateway = await StartAsync(origin, "v2");
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 2; i++)
        {
            var said = Bytes((await client.AskAsync(Get)).Body);
            said[12..16].ShouldBe([0x21, 0x11, 0, 12]);
            said[16..24].ShouldBe([127, 0, 0, 1, 127, 0, 0, 1]);
            ((said[24] << 8) | said[25]).ShouldBe(((IPEndPoint)client.Socket.LocalEndPoint!).Port);
            ((said[26] << 8) | said[27]).ShouldBe(IPEndPoint.Parse(gateway.Address()).Port);
        }

        origin.Connections.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_client_of_HTTP2_is_told_of_as_any()
    {
        await using var origin = Believing();
        await using var gateway = await StartAsync(origin, "v1");
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPEndPoint.Parse(gateway.Address()));
        var port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        using var client = await Http2Wire.OverAsync(new NetworkStream(socket, ownsSocket: true));
        foreach (var id in new[] { 1, 3 })
        {
            await client.HeadersAsync(id, endStream: true, Http2Gateway.Ask("/"));
            (await client.ReadAnswerAsync(id)).Body.ShouldBe($"PROXY TCP4 127.0.0.1 127.0.0.1 {port} {IPEndPoint.Parse(gateway.Address()).Port}");
        }

        origin.Connections.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("[::1]:0", "PROXY TCP6 ::1 ::1 ")]
    [InlineData("[::]:0", "PROXY TCP6 ::1 ::1 ")]
    public async Task Clients_of_IPv6_are_told_of(string address, string start)
    {
        await using var origin = Believing();
        await using var gateway = await StartAsync(origin, "v1", address: address);
        using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.IPv6Loopback, IPEndPoint.Parse(gateway.Address()).Port);
        using var client = new RawConnection(socket, records: true);
        (await client.AskAsync(Get)).Body.ShouldBe($"{start}{((IPEndPoint)socket.LocalEndPoint!).Port} {((IPEndPoint)socket.RemoteEndPoint!).Port}");
    }

    [Fact]
    public async Task A_client_of_IPv4_on_a_socket_of_both_families_is_IPv4()
    {
        await using var origin = Believing();
        await using var gateway = await StartAsync(origin, "v1", address: "[::]:0");
        using var client = await RawConnection.ConnectAsync($"127.0.0.1:{IPEndPoint.Parse(gateway.Address()).Port}");
        (await client.AskAsync(Get)).Body.ShouldBe(Tcp4(client, gateway));
    }

    [Theory]
    [InlineData("v1", "PROXY UNKNOWN")]
    [InlineData("v2", "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0")]
    public async Task Of_a_client_on_a_unix_socket_nothing_is_known(string version, string expected)
    {
        var folder = Directory.CreateTempSubdirectory("weir-");
        try
        {
            var path = Path.Combine(folder.FullName, "s");
            await using var origin = Believing();
            await using var gateway = await StartAsync(origin, version, address: "unix:" + path);
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
            using var client = new RawConnection(socket, records: true);
            (await client.AskAsync(Get)).Body.ShouldBe(expected);
            (await client.AskAsync(Get)).Body.ShouldBe(expected);
            origin.Connections.Count.ShouldBe(1);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("v1", "PROXY TCP4 203.0.113.9 198.51.100.1 56324 443\r\n", "PROXY TCP4 203.0.113.9 198.51.100.1 56324 443")]
    [InlineData("v1", "PROXY TCP6 2001:db8::9 2001:db8::1 56324 443\r\n", "PROXY TCP6 2001:db8::9 2001:db8::1 56324 443")]
    public async Task What_a_proxy_in_front_said_is_said_on(string version, string incoming, string expected)
    {
        await using var origin = Believing();
        await using var gateway = await StartAsync(origin, version, "proxy-protocol: true", "trusted-proxies: 127.0.0.0/8");
        using var client = await gateway.ConnectAsync();
        (await client.AskAsync(incoming + Get)).Body.ShouldBe(expected);
        (await client.AskAsync(Get)).Body.ShouldBe(expected);
        // Its own health checks are its own.
        using var check = await gateway.ConnectAsync();
        (await check.AskAsync("PROXY UNKNOWN\r\n" + Get)).Body.ShouldBe(Tcp4(check, gateway));
    }

    [Fact]
    public async Task Extensions_are_said_on_unless_another_client_is_named()
    {
        // ALPN, authority, a unique id, one of the proxy's own; and padding, which ends here.
        const string kept = "\x01\0\x02h2\x02\0\x06\x61.test\x05\0\x02\x01\xFF\xEA\0\x01\x07";
        var incoming = $"\r\n\r\n\0\r\nQUIT\n\x21\x11\0{(char)(12 + kept.Length + 4)}\xCB\0\x71\x09\xC6\x33\x64\x01\xDC\x04\x01\xBB{kept}\x04\0\x01\0";
        await using var origin = Believing();
        await using var gateway = await StartAsync(origin, "v2", "proxy-protocol: true", "trusted-proxies: [127.0.0.0/8, 203.0.113.9]",
            "policies: [{ headers: { response: { set: { X-Said: \"${proxy-protocol.authority} ${proxy-protocol.alpn} ${proxy-protocol.unique-id}\" } } } }], ");
        using var client = await gateway.ConnectAsync();
        var answer = await client.AskAsync(incoming + Get);
        answer["X-Said"].ShouldBe("a.test h2 01ff");
        answer.Body[28..].ShouldBe(kept);
        var behind = (await client.AskAsync("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.77\r\n\r\n")).Body;
        behind[15..].ShouldBe("\x0C\xC0\0\x02\x4D\xC6\x33\x64\x01\0\0\x01\xBB");
    }

    [Fact]
    public async Task Of_the_clients_behind_one_connection_each_has_its_own()
    {
        await using var origin = Believing();
        await using var gateway = await StartAsync(origin, "v1", top: "trusted-proxies: 127.0.0.0/8");
        using var client = await gateway.ConnectAsync();
        for (var round = 0; round < 2; round++)
            for (var i = 1; i <= 5; i++)
                (await client.AskAsync($"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.{i}\r\n\r\n")).Body.ShouldStartWith($"PROXY TCP4 192.0.2.{i} 127.0.0.1 0 ");
        origin.Connections.Count.ShouldBe(5);
        // However many come, they do not add up without bound.
        for (var i = 1; i <= 40; i++) (await client.AskAsync($"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.{i}\r\n\r\n")).Status.ShouldBe(200);
        await TestGateway.EventuallyAsync(() => gateway.UpstreamConnections == 16);
        client.Dispose();
        await TestGateway.EventuallyAsync(() => gateway.UpstreamConnections == 0);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    public async Task Clients_are_never_mixed_and_none_starves_at_the_limit(int connections, int loops)
    {
        await using var origin = Believing();
        await using var gateway = await StartAsync(origin, "v1", cluster: $"pool: {{ connections: {connections}, queue-timeout: 30s }}", loops: loops);
        var clients = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => gateway.ConnectAsync()));
        await Task.WhenAll(clients.Select(async (client, i) =>
        {
            var random = new Random(i);
            for (var n = 0; n < 40; n++)
            {
                (await client.AskAsync(Get)).Body.ShouldBe(Tcp4(client, gateway));
                if (random.Next(4) == 0) await Task.Delay(random.Next(3));
            }

            client.Dispose();
        }));
        await TestGateway.EventuallyAsync(() => gateway.UpstreamConnections == 0 && gateway.IdleUpstream == 0);
        foreach (var wire in origin.Connections) wire.Received.Split("PROXY ").Length.ShouldBe(2);
    }

    [Fact]
    public async Task Clients_that_leave_in_the_middle_leave_no_connection_to_others()
    {
        await using var origin = Believing();
        await using var gateway = await StartAsync(origin, "v2", cluster: "pool: { connections: 4, queue-timeout: 30s }", loops: 2);
        await Parallel.ForEachAsync(Enumerable.Range(0, 300), new ParallelOptions { MaxDegreeOfParallelism = 12 }, async (i, _) =>
        {
            using var client = await gateway.ConnectAsync();
            if (i % 3 == 0)
            {
                await client.SendAsync(Get[..(1 + (i % Get.Length))]);
                if (i % 2 == 0) client.Reset();
                return;
            }

            for (var n = 0; n < 1 + (i % 3); n++)
            {
                var said = Bytes((await client.AskAsync(Get)).Body);
                ((said[24] << 8) | said[25]).ShouldBe(((IPEndPoint)client.Socket.LocalEndPoint!).Port);
            }
        });
        await TestGateway.EventuallyAsync(() => gateway.UpstreamConnections == 0 && gateway.IdleUpstream == 0);
    }

    [Fact]
    public async Task An_idle_connection_of_another_gives_way_where_nobody_may_wait()
    {
        await using var origin = Believing();
        await using var gateway = await StartAsync(origin, "v1", cluster: "pool: { connections: 1, queue: 0 }");
        using var one = await gateway.ConnectAsync();
        using var two = await gateway.ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            (await one.AskAsync(Get)).Body.ShouldBe(Tcp4(one, gateway));
            (await two.AskAsync(Get)).Body.ShouldBe(Tcp4(two, gateway));
        }

        gateway.UpstreamConnections.ShouldBe(1);
    }

    [Fact]
    public async Task A_kept_connection_that_the_origin_closed_is_made_anew_with_its_header()
    {
        await using var origin = Origin.Start(static async (wire, _) =>
        {
            var said = await wire.ReadUntilAsync("\r\n");
            await wire.ReadRequestAsync();
            await wire.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {said.Length}\r\n\r\n{said}");
        });
        await using var gateway = await StartAsync(origin, "v1");
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 20; i++) (await client.AskAsync(Get)).Body.ShouldBe(Tcp4(client, gateway) + "\r\n");
    }

    [Fact]
    public async Task Bodies_follow_the_header()
    {
        await using var origin = Believing();
        await using var gateway = await StartAsync(origin, "v1");
        using var client = await gateway.ConnectAsync();
        (await client.AskAsync($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n{new string('x', 300_000)}")).Body.ShouldBe(Tcp4(client, gateway));
        (await client.AskAsync("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n")).Body.ShouldBe(Tcp4(client, gateway));
        origin.Connections.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_reload_that_turns_it_on_opens_connections_that_say_so()
    {
        await using var origin = Origin.Start(static async (wire, number) =>
        {
            if (number > 0) await wire.ReadUntilAsync("\r\n");
            while (true)
            {
                await wire.ReadRequestAsync();
                await wire.SendAsync(Origin.Ok);
            }
        });
        await using var gateway = await StartAsync(origin, "off");
        using var client = await gateway.ConnectAsync();
        (await client.AskAsync(Get)).Status.ShouldBe(200);
        (await gateway.ApplyAsync(Yaml(origin.Url, "v1"))).IsApplied.ShouldBeTrue();
        (await client.AskAsync(Get)).Status.ShouldBe(200);
        origin.Connections.Count.ShouldBe(2);
        origin.Connections[1].Received.ShouldStartWith("PROXY TCP4 127.0.0.1 127.0.0.1 ");
        origin.Connections[0].Received.ShouldNotContain("PROXY");
    }

    [Theory]
    [InlineData("v1", 1)]
    [InlineData("v2", 1)]
    [InlineData("v1", 2)]
    public async Task Before_tls_it_is_said_in_the_clear(string version, int connections)
    {
        using var files = new Certificates();
        using var authority = new Authority(files);
        await using var origin = TlsOrigin.Start(authority.Issue(["localhost"]), introduced: true);
        await using var gateway = await TestGateway.StartAsync(Yaml(origin.Url, version, cluster: $"tls: {{ name: localhost, ca: \"{authority.File}\" }}, pool: {{ connections: {connections} }}"), loops: 2);
        var clients = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => gateway.ConnectAsync()));
        await Task.WhenAll(clients.Select(async client =>
        {
            for (var i = 0; i < 10; i++)
            {
                var answer = await client.AskAsync(Get);
                answer.Status.ShouldBe(200);
                PortIn(answer["X-Introduction"]!).ShouldBe(((IPEndPoint)client.Socket.LocalEndPoint!).Port);
            }

            client.Dispose();
        }));
        await TestGateway.EventuallyAsync(() => gateway.UpstreamConnections == 0);
    }

    [Fact]
    public async Task Where_tls_ends_here_its_name_and_protocol_are_said()
    {
        const string stale = "\x01\0\x02h2\x02\0\x08\x6Fld.test";
        var incoming = $"\r\n\r\n\0\r\nQUIT\n\x21\x11\0{(char)(12 + stale.Length)}\xCB\0\x71\x09\xC6\x33\x64\x01\xDC\x04\x01\xBB{stale}";
        using var files = new Certificates();
        await using var origin = Believing();
        await using var gateway = await StartAsync(origin, "v2", $"proxy-protocol: true, tls: {{ certificates: [{files.Make("a", ["a.test"])}] }}", "trusted-proxies: 127.0.0.0/8");
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPEndPoint.Parse(gateway.Address()));
        await socket.SendAsync(Encoding.Latin1.GetBytes(incoming));
        using var client = await TlsClient.OverAsync(socket, "a.test", System.Net.Security.SslApplicationProtocol.Http11);
        (await client.AskAsync("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")).ShouldEndWith("\x01\0\x08http/1.1\x02\0\x06\x61.test");
    }

    [Fact]
    public async Task An_endpoint_that_cannot_be_reached_is_passed_over_as_ever()
    {
        await using var origin = Believing();
        await using var gateway = await TestGateway.StartAsync(Yaml($"{Origin.Refusing()}\", \"{origin.Url}", "v1"));
        for (var i = 0; i < 10; i++)
        {
            using var client = await gateway.ConnectAsync();
            (await client.AskAsync(Get)).Body.ShouldBe(Tcp4(client, gateway));
        }

        gateway.Refusals(Refusal.ConnectFailed).ShouldBe(0);
    }

    [Fact]
    public async Task An_exchange_of_Weirs_own_says_its_parents_client_and_keeps_nothing()
    {
        var seen = new List<string>();
        var scripts = new Scripts().Add("ask", () => new Script
        {
            Request = async view =>
            {
                var x = (Exchange)view.Exchange;
                if (x.Depth > 0) return Verdict.Continue;
                using var caller = new InProcessDownstream();
                caller.Begin(default, 1024);
                (await SubExchange.RunAsync(x, Bytes(Get), caller)).ShouldBeTrue();
                seen.Add(Encoding.ASCII.GetString(caller.Body));
                return Verdict.Continue;
            },
        });
        await using var origin = Believing();
        await using var gateway = await TestGateway.StartAsync(Yaml(origin.Url, "v1", route: "policies: [{ script: ask }], "), scripts: scripts);
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 2; i++) (await client.AskAsync(Get)).Body.ShouldBe(Tcp4(client, gateway));
        // Where it connected to is not known.
        var port = ((IPEndPoint)client.Socket.LocalEndPoint!).Port;
        seen.ShouldBe([$"PROXY TCP4 127.0.0.1 127.0.0.1 {port} 0", $"PROXY TCP4 127.0.0.1 127.0.0.1 {port} 0"]);
        origin.Connections.Count.ShouldBe(3);
        await TestGateway.EventuallyAsync(() => gateway.UpstreamConnections == 1);
    }

    // Reads a header at the start of each connection, and answers each request with what it was told then.
    private static Origin Believing() => Origin.Start(static async (wire, _) =>
    {
        var said = await wire.ReadCountAsync(1);
        if (said == "P") said = said + (await wire.ReadUntilAsync("\r\n"))[..^2];
        else said += await wire.ReadCountAsync(15);
        if (said[0] != 'P') said += await wire.ReadCountAsync((said[14] << 8) | said[15]);
        while (true)
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {said.Length}\r\n\r\n{said}");
        }
    });

    private static string Tcp4(RawConnection client, TestGateway gateway)
        => $"PROXY TCP4 127.0.0.1 127.0.0.1 {((IPEndPoint)client.Socket.LocalEndPoint!).Port} {IPEndPoint.Parse(gateway.Address()).Port}";

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    private static int PortIn(string introduction)
    {
        var said = Convert.FromHexString(introduction);
        return said[0] == 'P' ? int.Parse(Encoding.ASCII.GetString(said).Split(' ')[4]) : (said[24] << 8) | said[25];
    }

    private static Task<TestGateway> StartAsync(Origin origin, string version, string listener = "", string top = "", string route = "", string address = "127.0.0.1:0", string cluster = "", int loops = 1)
        => TestGateway.StartAsync(Yaml(origin.Url, version, listener, top, route, address, cluster), loops);

    private static string Yaml(string url, string version, string listener = "", string top = "", string route = "", string address = "127.0.0.1:0", string cluster = "") => $$"""
        version: 1
        {{top}}
        listeners: { web: { address: "{{address}}"{{(listener.Length > 0 ? ", " + listener : "")}} } }
        routes: { all: { {{route}}forward: origin } }
        clusters: { origin: { endpoints: ["{{url}}"], proxy-protocol: {{version}}{{(cluster.Length > 0 ? ", " + cluster : "")}} } }
        """;
}
