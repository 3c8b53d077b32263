using System.Net;
using System.Net.Sockets;
using Weir.Http;
using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Datagrams;

/// <summary>When a session begins, whom it is with, and when it is over.</summary>
public sealed class SessionTests
{
    [Fact]
    public async Task Silence_ends_a_session_and_the_next_datagram_begins_another()
    {
        var clock = new ShiftedClock();
        await using var origin = new UdpOrigin();
        await using var gateway = await DatagramGateway.StartAsync(origin.Url, "timeouts: { session-idle: 60s }", time: clock, logs: true);
        using var client = UdpClient.Of(gateway);
        (await client.AskAsync("a")).ShouldBe("a");
        for (var i = 0; i < 3; i++)
        {
            // Datagrams of either direction keep it.
            gateway.Advance(clock, TimeSpan.FromSeconds(50));
            if (i == 1) await origin.SendAsync("b"u8.ToArray(), origin.Senders.Keys.Single());
            else await client.SendAsync("b");
            (await client.ReceiveAsync()).ShouldBe("b");
        }

        gateway.Sessions().ShouldBe(1);
        gateway.Advance(clock, TimeSpan.FromSeconds(61));
        await gateway.IsEmptyAsync();
        (await client.AskAsync("c")).ShouldBe("c");
        origin.Senders.Count.ShouldBe(2);
        var record = gateway.Gateway.Loops[0].Log.Peek();
        record.SessionEnd.ShouldBe(SessionEnd.Idle);
        record.Refusal.ShouldBe(Refusal.None);
        record.DatagramsReceived.ShouldBe(3);
        record.DatagramsSent.ShouldBe(4);
        record.RequestBytes.ShouldBe(3);
        record.ResponseBytes.ShouldBe(4);
        record.Endpoint.ShouldBe(origin.Url);
        record.Total.ShouldBeInRange(200_000_000, 260_000_000);
    }

    [Fact]
    public async Task A_session_whose_answers_have_come_is_over()
    {
        await using var origin = new UdpOrigin(static datagram => [datagram, datagram]);
        await using var gateway = await DatagramGateway.StartAsync(origin.Url, "limits: { responses-per-request: 2 }", logs: true);
        using var client = UdpClient.Of(gateway);
        for (var i = 0; i < 3; i++)
        {
            (await client.AskAsync("a")).ShouldBe("a");
            (await client.ReceiveAsync()).ShouldBe("a");
            await gateway.IsEmptyAsync();
        }

        origin.Senders.Count.ShouldBe(3);
        gateway.Gateway.Loops[0].Log.Peek().SessionEnd.ShouldBe(SessionEnd.Answered);
    }

    [Fact]
    public async Task A_session_is_for_so_many_datagrams_and_hears_their_answers_out()
    {
        var first = true;
        await using var silent = new UdpOrigin(datagram =>
        {
            // The first session is answered last.
            var answers = first ? Enumerable.Empty<byte[]>() : [datagram];
            first = false;
            return answers;
        });
        await using var gateway = await DatagramGateway.StartAsync(silent.Url, "limits: { requests-per-session: 1, responses-per-request: 1 }");
        using var client = UdpClient.Of(gateway);
        await client.SendAsync("late");
        await TestGateway.EventuallyAsync(() => silent.Senders.Count == 1);
        var waiting = silent.Senders.Keys.Single();
        for (var i = 0; i < 5; i++) (await client.AskAsync("b")).ShouldBe("b");
        silent.Senders.Count.ShouldBe(6);
        gateway.Sessions().ShouldBe(1);
        await silent.SendAsync("late"u8.ToArray(), waiting);
        (await client.ReceiveAsync()).ShouldBe("late");
        await gateway.IsEmptyAsync();
    }

    [Fact]
    public async Task A_burst_is_cut_into_sessions_where_they_are_full()
    {
        await using var origin = new UdpOrigin();
        await using var gateway = await DatagramGateway.StartAsync(origin.Url, "limits: { requests-per-session: 2 }");
        using var client = UdpClient.Of(gateway);
        for (var i = 0; i < 5; i++) await client.SendAsync($"{i}");
        var answers = new List<string>();
        for (var i = 0; i < 5; i++) answers.Add(await client.ReceiveAsync());
        answers.Order().ShouldBe(["0", "1", "2", "3", "4"]);
        origin.Senders.Values.Order().ShouldBe([1, 2, 2]);
        gateway.Sessions().ShouldBe(3);
    }

    [Fact]
    public async Task Clients_over_the_limit_are_dropped_and_those_with_a_session_go_on()
    {
        var clock = new ShiftedClock();
        await using var origin = new UdpOrigin();
        await using var gateway = await DatagramGateway.StartAsync(origin.Url, "limits: { sessions: 3 }", loops: 2, time: clock);
        var clients = Enumerable.Range(0, 3).Select(_ => UdpClient.Of(gateway)).ToArray();
        foreach (var client in clients) (await client.AskAsync("a")).ShouldBe("a");
        using var over = UdpClient.Of(gateway);
        for (var i = 0; i < 10; i++) await over.SendAsync("lost");
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.TooManySessions) == 10);
        await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.Dropped) == 10);
        await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.Sessions) == 3);
        foreach (var client in clients) (await client.AskAsync("b")).ShouldBe("b");
        gateway.Advance(clock, TimeSpan.FromSeconds(61));
        await gateway.IsEmptyAsync();
        (await over.AskAsync("room")).ShouldBe("room");
        foreach (var client in clients) client.Dispose();
    }

    [Fact]
    public async Task An_address_has_so_many_sessions_unless_it_is_a_trusted_proxy()
    {
        await using var origin = new UdpOrigin();
        await using var gateway = await DatagramGateway.StartAsync(origin.Url, "limits: { sessions-per-address: 2 }, trusted-proxies: [127.0.0.9]");
        var at = IPEndPoint.Parse(gateway.Address("dns"));
        using var a = new UdpClient(at);
        using var b = new UdpClient(at);
        using var c = new UdpClient(at);
        (await a.AskAsync("a")).ShouldBe("a");
        (await b.AskAsync("b")).ShouldBe("b");
        await c.SendAsync("c");
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.TooManySessionsFromAddress) == 1);
        using var other = new UdpClient(at, IPAddress.Parse("127.0.0.8"));
        (await other.AskAsync("d")).ShouldBe("d");
        for (var i = 0; i < 5; i++)
        {
            using var proxy = new UdpClient(at, IPAddress.Parse("127.0.0.9"));
            (await proxy.AskAsync("e")).ShouldBe("e");
        }

        gateway.Refusals(Refusal.TooManySessionsFromAddress).ShouldBe(1);
    }

    [Fact]
    public async Task Senders_without_end_leave_nothing_behind()
    {
        await using var origin = new UdpOrigin();
        await using var gateway = await DatagramGateway.StartAsync(origin.Url, "limits: { sessions: 10 }");
        var at = IPEndPoint.Parse(gateway.Address("dns"));
        for (var i = 0; i < 2000; i++)
        {
            using var one = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            await one.SendToAsync("x"u8.ToArray(), at);
            if (i % 100 == 99) await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.Received) == i + 1);
        }

        // A port that comes round again may be one of the ten.
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.TooManySessions) + origin.Received == 2000);
        gateway.Refusals(Refusal.TooManySessions).ShouldBeGreaterThan(1900);
        await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.Sessions) == 10);
        gateway.UpstreamConnections.ShouldBe(10);
    }

    [Theory]
    [InlineData("round-robin")]
    [InlineData("hash")]
    [InlineData("power-of-two")]
    public async Task An_endpoint_that_is_not_there_is_left_for_another(string balancer)
    {
        await using var origin = new UdpOrigin();
        await using var gateway = await DatagramGateway.StartAsync($"{Nobody()}\", \"{origin.Url}", cluster: $"balancer: {balancer}", logs: true);
        var tries = 0;
        for (var i = 0; i < 8; i++)
        {
            using var client = UdpClient.Of(gateway);
            // A datagram that was refused is lost, as with UDP it may be; the next goes elsewhere.
            var before = gateway.Count(static e => e.ConnectFailures);
            await client.SendAsync("a");
            await TestGateway.EventuallyAsync(() => gateway.Count(static e => e.ConnectFailures) > before || client.Socket.Available > 0);
            if (client.Socket.Available > 0) (await client.ReceiveAsync()).ShouldBe("a");
            else tries++;
            for (var more = 0; more < 3; more++) (await client.AskAsync("b")).ShouldBe("b");
        }

        await TestGateway.EventuallyAsync(() => gateway.Count(static e => e.ConnectFailures) == tries);
        gateway.Sessions().ShouldBe(8);
        gateway.Refusals(Refusal.ConnectFailed).ShouldBe(0);
    }

    [Fact]
    public async Task A_session_that_ends_without_an_endpoint_says_why()
    {
        var clock = new ShiftedClock();
        await using var gateway = await DatagramGateway.StartAsync(Nobody(), time: clock, logs: true);
        using var client = UdpClient.Of(gateway);
        for (var i = 1; i <= 3; i++)
        {
            await client.SendAsync("a");
            await TestGateway.EventuallyAsync(() => gateway.Count(static e => e.ConnectFailures) == i);
        }

        gateway.Advance(clock, TimeSpan.FromSeconds(61));
        await gateway.IsEmptyAsync();
        var record = gateway.Gateway.Loops[0].Log.Peek();
        record.SessionEnd.ShouldBe(SessionEnd.Idle);
        record.Refusal.ShouldBe(Refusal.ConnectFailed);
        record.Attempts.ShouldBe((short)3);
        gateway.Refusals(Refusal.ConnectFailed).ShouldBe(1);
    }

    [Fact]
    public async Task Without_an_endpoint_that_takes_requests_there_is_no_session()
    {
        await using var origin = new UdpOrigin();
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { dns: { address: "127.0.0.1:0", protocol: udp, forward: resolvers } }
            clusters: { resolvers: { endpoints: [{ url: "{{origin.Url}}", weight: 0 }] } }
            """);
        using var client = UdpClient.Of(gateway);
        await client.SendAsync("a");
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.NoEndpoint) == 1);
        await gateway.IsEmptyAsync();
        await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.Dropped) == 1);
    }

    [Fact]
    public async Task Least_requests_counts_sessions_over_loops()
    {
        await using var first = new UdpOrigin();
        await using var second = new UdpOrigin();
        await using var gateway = await DatagramGateway.StartAsync(DatagramGateway.Both(first, second), cluster: "balancer: least-requests", loops: 3);
        var clients = new List<UdpClient>();
        for (var i = 0; i < 20; i++)
        {
            clients.Add(UdpClient.Of(gateway));
            await clients[i].AskAsync("a");
        }

        first.Senders.Count.ShouldBe(10);
        second.Senders.Count.ShouldBe(10);
        foreach (var client in clients) client.Dispose();
    }

    [Fact]
    public async Task Hash_keeps_a_client_at_its_endpoint_whatever_port_it_comes_from()
    {
        await using var first = new UdpOrigin(static _ => ["1"u8.ToArray()]);
        await using var second = new UdpOrigin(static _ => ["2"u8.ToArray()]);
        await using var gateway = await DatagramGateway.StartAsync(DatagramGateway.Both(first, second), cluster: "balancer: hash", loops: 2);
        var seen = new HashSet<string>();
        for (var address = 1; address <= 20; address++)
        {
            var answers = new HashSet<string>();
            for (var i = 0; i < 4; i++)
            {
                using var client = new UdpClient(IPEndPoint.Parse(gateway.Address("dns")), IPAddress.Parse($"127.0.1.{address}"));
                answers.Add(await client.AskAsync("who"));
            }

            answers.Count.ShouldBe(1);
            seen.UnionWith(answers);
        }

        seen.Count.ShouldBe(2);
    }

    private static string Nobody() => "udp://" + DatagramGateway.FreeAddress();
}
