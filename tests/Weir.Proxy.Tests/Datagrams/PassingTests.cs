using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Weir.Http;
using Weir.Proxy.Tests.Fixture;
using Weir.Tests;

namespace Weir.Proxy.Tests.Datagrams;

/// <summary>Datagrams are passed on as they are, each whole, and answers come back to whom they are for.</summary>
public sealed class PassingTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(512)]
    [InlineData(65_507)]
    public async Task A_datagram_goes_there_and_back_whole(int size)
    {
        await using var origin = new UdpOrigin();
        await using var gateway = await DatagramGateway.StartAsync(origin.Url);
        using var client = UdpClient.Of(gateway);
        var bytes = RandomNumberGenerator.GetBytes(size);
        for (var i = 0; i < 3; i++)
        {
            await client.Socket.SendAsync(bytes);
            (await client.ReceiveBytesAsync()).ShouldBe(bytes);
        }

        origin.Senders.Count.ShouldBe(1);
        gateway.Sessions().ShouldBe(1);
        await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.Received) == 3);
        await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.ReceivedBytes) == 3 * size);
        await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.Sent) == 3);
        await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.SentBytes) == 3 * size);
        gateway.Count(static c => c.Dropped).ShouldBe(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Many_clients_each_get_their_own_answers(int loops)
    {
        await using var first = new UdpOrigin();
        await using var second = new UdpOrigin();
        await using var gateway = await DatagramGateway.StartAsync(DatagramGateway.Both(first, second), loops: loops);
        var clients = Enumerable.Range(0, 100).Select(_ => UdpClient.Of(gateway)).ToArray();
        await Task.WhenAll(clients.Select(static async (client, number) =>
        {
            for (var i = 0; i < 20; i++)
            {
                // Several at once, then all their answers, in order.
                for (var part = 0; part < 3; part++) await client.SendAsync($"{number}/{i}/{part}");
                for (var part = 0; part < 3; part++) (await client.ReceiveAsync()).ShouldBe($"{number}/{i}/{part}");
            }
        }));
        first.Received.ShouldBeGreaterThan(0);
        second.Received.ShouldBeGreaterThan(0);
        (first.Received + second.Received).ShouldBe(100 * 60);
        // A session stays with its endpoint, and its loop.
        (first.Senders.Count + second.Senders.Count).ShouldBe(100);
        gateway.Sessions().ShouldBe(100);
        if (loops > 1) gateway.Gateway.OpenListeners[0].Datagrams.Count(static c => c.Sessions > 0).ShouldBe(loops);
        foreach (var client in clients) client.Dispose();
    }

    [Fact]
    public async Task A_burst_comes_through_both_ways_in_order()
    {
        await using var origin = new UdpOrigin(static datagram => Enumerable.Range(0, 3).Select(i => (byte[])[.. datagram, (byte)i]));
        await using var gateway = await DatagramGateway.StartAsync(origin.Url);
        using var client = UdpClient.Of(gateway);
        for (var i = 0; i < 40; i++) await client.Socket.SendAsync(new byte[] { (byte)i });
        for (var i = 0; i < 120; i++) (await client.ReceiveBytesAsync()).ShouldBe([(byte)(i / 3), (byte)(i % 3)]);
        gateway.Count(static c => c.Dropped).ShouldBe(0);
    }

    [Fact]
    public async Task What_has_gathered_while_others_had_their_turn_comes_through_in_several()
    {
        await using var origin = new UdpOrigin(static datagram => datagram.Length == 1 ? [datagram] : []);
        await using var gateway = await DatagramGateway.StartAsync(origin.Url);
        using var client = UdpClient.Of(gateway);
        (await client.AskAsync("a")).ShouldBe("a");
        var loop = gateway.Gateway.Loops[0];
        using var release = new ManualResetEventSlim();
        // More than a turn's worth of either direction, and less than the kernel keeps.
        var busy = loop.RunAsync(_ => release.Wait());
        for (var i = 0; i < 400; i++) await client.SendAsync($"up{i}");
        for (var i = 0; i < 150; i++) await origin.SendAsync([(byte)i], origin.Senders.Keys.Single());
        var turns = loop.Loop.Counters.ReadyRuns;
        release.Set();
        await busy;
        for (var i = 0; i < 150; i++) (await client.ReceiveBytesAsync()).ShouldBe([(byte)i]);
        await TestGateway.EventuallyAsync(() => origin.Received == 401);
        (loop.Loop.Counters.ReadyRuns - turns).ShouldBeGreaterThanOrEqualTo(3);
        gateway.Count(static c => c.Dropped).ShouldBe(0);
    }

    [Fact]
    public async Task An_endpoint_may_speak_unasked_as_long_as_there_is_a_session()
    {
        await using var origin = new UdpOrigin();
        await using var gateway = await DatagramGateway.StartAsync(origin.Url);
        using var client = UdpClient.Of(gateway);
        (await client.AskAsync("a")).ShouldBe("a");
        await origin.SendAsync("unasked"u8.ToArray(), origin.Senders.Keys.Single());
        (await client.ReceiveAsync()).ShouldBe("unasked");
        // Nobody else is heard.
        using var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await stranger.SendToAsync("forged"u8.ToArray(), origin.Senders.Keys.Single());
        await origin.SendAsync("true"u8.ToArray(), origin.Senders.Keys.Single());
        (await client.ReceiveAsync()).ShouldBe("true");
    }

    [Theory]
    [InlineData("0.0.0.0:0", "127.0.0.1", "127.0.0.77")]
    [InlineData(":0", "127.0.0.1", "127.0.0.77")]
    [InlineData(":0", "::1", "::1")]
    [InlineData("[::]:0", "::1", "::1")]
    public async Task A_listener_on_all_addresses_answers_from_the_one_that_was_asked(string address, params string[] asked)
    {
        if (!Socket.OSSupportsIPv6 && address[0] != '0') return;
        await using var origin = new UdpOrigin();
        await using var gateway = await DatagramGateway.StartAsync(origin.Url, address: address);
        var port = IPEndPoint.Parse(gateway.Address("dns")).Port;
        foreach (var own in asked.Distinct())
        {
            using var client = new UdpClient(new IPEndPoint(IPAddress.Parse(own), port));
            (await client.AskAsync("from " + own)).ShouldBe("from " + own);
        }

        // One client that asks at two of our addresses has two sessions, or the second would be answered from the first's.
        using var wide = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        if (asked[0].Contains(':')) return;
        wide.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var buffer = new byte[100];
        foreach (var own in asked)
        {
            await wide.SendToAsync("x"u8.ToArray(), new IPEndPoint(IPAddress.Parse(own), port));
            var answer = await wide.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0)).WaitAsync(TimeSpan.FromSeconds(20));
            ((IPEndPoint)answer.RemoteEndPoint).ShouldBe(new IPEndPoint(IPAddress.Parse(own), port));
        }

        gateway.Sessions().ShouldBe(4);
    }

    [Fact]
    public async Task Clients_of_ipv6_reach_endpoints_of_ipv4_and_what_is_too_large_for_those_is_dropped()
    {
        if (!Socket.OSSupportsIPv6) return;
        await using var origin = new UdpOrigin();
        await using var gateway = await DatagramGateway.StartAsync(origin.Url, address: "[::1]:0");
        using var client = UdpClient.Of(gateway);
        (await client.AskAsync("six to four")).ShouldBe("six to four");
        // UDP over IPv6 holds 20 bytes more.
        await client.Socket.SendAsync(new byte[65_527]);
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.DatagramTooLarge) == 1);
        (await client.AskAsync("still there")).ShouldBe("still there");
        origin.Received.ShouldBe(2);
        await TestGateway.EventuallyAsync(() => gateway.Count(static c => c.Dropped) == 1);
    }

    [Fact]
    public async Task Tcp_and_udp_share_a_port_number()
    {
        await using var origin = new UdpOrigin();
        await using var stream = new Streams.TcpOrigin(static socket => Streams.TcpOrigin.EchoAsync(socket));
        await using var gateway = await DatagramGateway.StartAsync(origin.Url);
        // Another test may be quicker to take a port that was free.
        ApplyResult result;
        var tries = 0;
        do
        {
            var address = $"127.0.0.1:{FreePort.Find()}";
            result = await gateway.ApplyAsync($$"""
                version: 1
                listeners:
                  dns: { address: "{{address}}", protocol: udp, forward: resolvers }
                  web: { address: "{{address}}", protocol: tcp, forward: streams }
                clusters: { resolvers: { endpoints: ["{{origin.Url}}"] }, streams: { endpoints: ["{{stream.Url}}"] } }
                """);
        }
        while (!result.IsApplied && ++tries < 10);
        result.Diagnostics.ShouldBeEmpty();
        using var client = UdpClient.Of(gateway);
        (await client.AskAsync("udp")).ShouldBe("udp");
        using var wire = await gateway.ConnectAsync();
        await wire.SendAsync("tcp"u8.ToArray());
        (await wire.Socket.ReceiveAsync(new byte[10])).ShouldBe(3);
    }
}
