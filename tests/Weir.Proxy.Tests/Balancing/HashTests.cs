using System.Net;
using System.Net.Sockets;
using Weir.Proxy.Balancing;
using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.Streams;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Tests.Balancing;

/// <summary><c>balancer: hash</c>: a client has its endpoint, whatever happens to others.</summary>
public sealed class HashTests
{
    private const int Clients = 20_000;

    [Fact]
    public async Task Endpoints_get_their_share_of_the_weights()
    {
        var counts = (await PicksAsync("{ url: \"tcp://a:1\", weight: 1 }", "{ url: \"tcp://b:1\", weight: 3 }", "{ url: \"tcp://c:1\", weight: 0 }", "{ url: \"tcp://d:1\", weight: 6 }"))
            .CountBy(static url => url).ToDictionary();
        counts.Keys.Order().ShouldBe(["tcp://a:1", "tcp://b:1", "tcp://d:1"]);
        ((double)counts["tcp://a:1"] / Clients).ShouldBeInRange(0.09, 0.11);
        ((double)counts["tcp://b:1"] / Clients).ShouldBeInRange(0.28, 0.32);
    }

    [Fact]
    public async Task Only_clients_of_an_endpoint_that_goes_move_and_they_spread()
    {
        var before = await PicksAsync("tcp://a:1", "tcp://b:1", "tcp://c:1", "tcp://d:1");
        // In another order too: where an endpoint stands says nothing.
        var after = await PicksAsync("tcp://d:1", "tcp://c:1", "tcp://a:1");
        var moved = before.Zip(after).Where(static p => p.First != p.Second).ToList();
        moved.ShouldAllBe(static p => p.First == "tcp://b:1");
        moved.Count.ShouldBe(before.Count(static url => url == "tcp://b:1"));
        moved.CountBy(static p => p.Second).ShouldAllBe(static p => p.Value > Clients / 20);
    }

    [Fact]
    public async Task An_endpoint_that_comes_takes_its_share_from_all()
    {
        var before = await PicksAsync("tcp://a:1", "tcp://b:1", "tcp://c:1");
        var after = await PicksAsync("tcp://a:1", "tcp://b:1", "tcp://c:1", "tcp://d:1");
        var moved = before.Zip(after).Where(static p => p.First != p.Second).ToList();
        moved.ShouldAllBe(static p => p.Second == "tcp://d:1");
        ((double)moved.Count / Clients).ShouldBeInRange(0.23, 0.27);
        moved.CountBy(static p => p.First).Count().ShouldBe(3);
    }

    [Fact]
    public async Task One_that_failed_is_passed_over_for_the_next_best()
    {
        await using var gateway = await StartAsync("tcp://a:1", "tcp://b:1", "tcp://c:1");
        var cluster = gateway.Gateway.Current!.Clusters["c"];
        var client = new PeerAddress([10, 1, 2, 3], 1000);
        var seen = new HashSet<string>();
        var tried = 0UL;
        for (var i = 0; i < 3; i++)
        {
            seen.Add(Balancer.Pick(0, client, cluster, tried, out var position)!.Url);
            tried |= 1UL << position;
        }

        seen.Count.ShouldBe(3);
        Balancer.Pick(0, client, cluster, tried, out _).ShouldNotBeNull();
    }

    [Fact]
    public async Task Tcp_connections_of_a_client_go_to_one_endpoint()
    {
        await using var first = new TcpOrigin(static socket => TcpOrigin.EchoAsync(socket));
        await using var second = new TcpOrigin(static socket => TcpOrigin.EchoAsync(socket));
        await using var gateway = await StartAsync(first.Url, second.Url);
        var both = new HashSet<bool>();
        for (var address = 1; address <= 20; address++)
        {
            var before = first.Accepted;
            for (var i = 0; i < 3; i++)
            {
                using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                client.Bind(new IPEndPoint(IPAddress.Parse($"127.0.1.{address}"), 0));
                await client.ConnectAsync(IPEndPoint.Parse(gateway.Address()));
                await client.SendAsync("x"u8.ToArray());
                (await client.ReceiveAsync(new byte[1])).ShouldBe(1);
            }

            (first.Accepted - before).ShouldBeOneOf(0, 3);
            both.Add(first.Accepted > before);
        }

        both.Count.ShouldBe(2);
    }

    private static async Task<List<string>> PicksAsync(params string[] endpoints)
    {
        await using var gateway = await StartAsync(endpoints);
        var cluster = gateway.Gateway.Current!.Clusters["c"];
        return [.. Enumerable.Range(0, Clients).Select(i => Pick(cluster, i))];
    }

    // Neighbours, as real clients are; the port is another each time.
    private static string Pick(Cluster cluster, int number)
    {
        var client = new PeerAddress([10, 0, (byte)(number >> 8), (byte)number], (ushort)(number * 7));
        var url = Balancer.Pick(0, client, cluster, 0, out _)!.Url;
        Balancer.Pick(0, new PeerAddress([10, 0, (byte)(number >> 8), (byte)number], 1), cluster, 0, out _)!.Url.ShouldBe(url);
        return url;
    }

    private static Task<TestGateway> StartAsync(params string[] endpoints) => TestGateway.StartAsync($$"""
        version: 1
        listeners: { web: { address: "127.0.0.1:0", protocol: tcp, forward: c } }
        clusters: { c: { balancer: hash, endpoints: [{{string.Join(", ", endpoints.Select(static e => e.StartsWith('{') ? e : $"\"{e}\""))}}] } }
        """);
}
