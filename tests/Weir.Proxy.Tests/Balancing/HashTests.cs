using System.Net;
using System.Net.Sockets;
using Weir.Proxy.Balancing;
using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.Streams;
using Weir.Reactor.Sockets;

namespace Weir.Proxy.Tests.Balancing;

/// <summary><c>balancer: hash</c>: a key has its endpoint, whatever happens to others.</summary>
public sealed class HashTests
{
    private const int Clients = 20_000;

    [Theory]
    [InlineData("maglev", 0.02)]
    [InlineData("ring", 0.15)]
    public async Task Endpoints_get_their_share_of_the_weights(string table, double deviation)
    {
        var picks = await PicksAsync(table, "{ url: \"http://a\", weight: 1 }", "{ url: \"http://b\", weight: 3 }", "{ url: \"http://c\", weight: 0 }", "{ url: \"http://d\", weight: 6 }");
        var counts = picks.CountBy(static url => url).ToDictionary();
        counts.Keys.Order().ShouldBe(["http://a", "http://b", "http://d"]);
        // The clients' own scatter comes to what the table's is.
        ((double)counts["http://a"] / Clients).ShouldBe(0.1, 0.1 * (deviation + 0.07));
        ((double)counts["http://b"] / Clients).ShouldBe(0.3, 0.3 * (deviation + 0.04));
    }

    [Theory]
    [InlineData("maglev", 0.06)]
    [InlineData("ring", 0)]
    public async Task Clients_of_an_endpoint_that_goes_move_and_spread_and_few_others(string table, double others)
    {
        var before = await PicksAsync(table, "http://a", "http://b", "http://c", "http://d");
        // In another order too: where an endpoint stands says nothing.
        var after = await PicksAsync(table, "http://d", "http://c", "http://a");
        var moved = before.Zip(after).Where(static p => p.First != p.Second).ToList();
        var own = moved.Where(static p => p.First == "http://b").ToList();
        own.Count.ShouldBe(before.Count(static url => url == "http://b"));
        own.CountBy(static p => p.Second).ShouldAllBe(static p => p.Value > Clients / 20);
        ((double)(moved.Count - own.Count) / Clients).ShouldBeLessThanOrEqualTo(others);
    }

    [Theory]
    [InlineData("maglev", 0.06)]
    [InlineData("ring", 0)]
    public async Task An_endpoint_that_comes_takes_its_share_from_all(string table, double others)
    {
        var before = await PicksAsync(table, "http://a", "http://b", "http://c");
        var after = await PicksAsync(table, "http://a", "http://b", "http://c", "http://d");
        var moved = before.Zip(after).Where(static p => p.First != p.Second).ToList();
        var taken = moved.Where(static p => p.Second == "http://d").ToList();
        ((double)taken.Count / Clients).ShouldBe(0.25, 0.04);
        taken.CountBy(static p => p.First).Count().ShouldBe(3);
        ((double)(moved.Count - taken.Count) / Clients).ShouldBeLessThanOrEqualTo(others);
    }

    [Fact]
    public async Task A_ring_of_many_moves_keys_of_the_endpoint_that_changes_alone()
    {
        var many = Enumerable.Range(0, 100).Select(static i => $"{{ url: \"http://e{i}\", weight: {(i % 3) + 1} }}").ToArray();
        var before = await PicksAsync("ring", many);
        var without = await PicksAsync("ring", many[..^1]);
        before.Zip(without).Where(static p => p.First != p.Second).ShouldAllBe(static p => p.First == "http://e99");
        many[99] = "{ url: \"http://e99\", weight: 2 }";
        var heavier = await PicksAsync("ring", many);
        var moved = before.Zip(heavier).Where(static p => p.First != p.Second).ToList();
        moved.ShouldNotBeEmpty();
        moved.ShouldAllBe(static p => p.Second == "http://e99");
    }

    [Theory]
    [InlineData("maglev")]
    [InlineData("ring")]
    public async Task One_that_failed_is_passed_over_for_the_next_best(string table)
    {
        var cluster = await TrialCluster.MakeAsync($"balancer: hash, hash: {{ table: {table} }}", 3);
        var seen = new HashSet<int>();
        var tried = default(TriedEndpoints);
        for (var i = 0; i < 3; i++)
        {
            var at = cluster.Pick(4711, tried);
            at.ShouldBe(cluster.Pick(4711, tried));
            seen.Add(at);
            tried.Add(cluster.State(at));
        }

        seen.Count.ShouldBe(3);
        cluster.Pick(4711, tried).ShouldBeGreaterThanOrEqualTo(0);
    }

    [Fact]
    public async Task With_a_bound_no_endpoint_has_much_more_than_its_share()
    {
        var cluster = await TrialCluster.MakeAsync("balancer: hash, hash: { table: ring, max-load: 1.25 }", 10);
        // One key alone: without the bound all of it would be one endpoint's.
        var counts = new int[10];
        for (var i = 0; i < 1000; i++)
        {
            var at = cluster.Pick(7);
            counts[at]++;
            cluster.State(at).BeginAttempt();
            counts[at].ShouldBeLessThanOrEqualTo((int)Math.Ceiling(1.25 * (i + 1) / 10));
        }

        counts.Count(static c => c > 0).ShouldBe(8);
    }

    // With few endpoints one has many places in a row.
    [Fact]
    public async Task What_is_too_much_for_a_heavy_endpoint_goes_to_the_light_one_whatever_the_key()
    {
        var cluster = await TrialCluster.MakeAsync("balancer: hash, hash: { table: ring, max-load: 1.05 }", ["{ url: \"http://a\", weight: 9 }", "{ url: \"http://b\", weight: 1 }"]);
        for (var i = 0; i < 100; i++) cluster.State(0).BeginAttempt();
        for (var i = 0; i < Clients; i++) cluster.Pick(KeyHash.OfClient(new PeerAddress([10, 0, (byte)(i >> 8), (byte)i], 1))).ShouldBe(1);
    }

    [Theory]
    [InlineData("header, name: X-User", "GET / HTTP/1.1\r\nHost: a\r\nX-User: {0}\r\n\r\n")]
    [InlineData("cookie, name: sid", "GET / HTTP/1.1\r\nHost: a\r\nCookie: a=b; sid={0}; c=d\r\n\r\n")]
    [InlineData("query, name: id", "GET /?x=1&id={0} HTTP/1.1\r\nHost: a\r\n\r\n")]
    public async Task A_request_goes_by_its_key(string by, string request)
    {
        await using var first = Origin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
        await using var second = Origin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2");
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c } }
            clusters: { c: { balancer: hash, hash: { by: {{by}} }, endpoints: ["{{first.Url}}", "{{second.Url}}"] } }
            """, loops: 2);
        var bodies = new HashSet<string>();
        for (var key = 0; key < 20; key++)
        {
            var body = (await gateway.AskAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, request, $"u{key}"))).Body;
            for (var again = 0; again < 3; again++) (await gateway.AskAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, request, $"u{key}"))).Body.ShouldBe(body);
            bodies.Add(body);
        }

        bodies.Count.ShouldBe(2);
        // Without a key the client's address decides: always the same.
        var none = (await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Body;
        for (var again = 0; again < 5; again++) (await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Body.ShouldBe(none);
    }

    [Fact]
    public async Task Tcp_connections_of_a_client_go_to_one_endpoint()
    {
        await using var first = new TcpOrigin(static socket => TcpOrigin.EchoAsync(socket));
        await using var second = new TcpOrigin(static socket => TcpOrigin.EchoAsync(socket));
        await using var gateway = await TestGateway.StartAsync($$"""
            version: 1
            listeners: { web: { address: "127.0.0.1:0", protocol: tcp, forward: c } }
            clusters: { c: { balancer: hash, endpoints: ["{{first.Url}}", "{{second.Url}}"] } }
            """);
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

    // Neighbours, as real clients are; the port says nothing.
    private static async Task<List<string>> PicksAsync(string table, params string[] endpoints)
    {
        var cluster = await TrialCluster.MakeAsync($"balancer: hash, hash: {{ table: {table} }}", endpoints);
        return [.. Enumerable.Range(0, Clients).Select(i =>
        {
            var key = KeyHash.OfClient(new PeerAddress([10, 0, (byte)(i >> 8), (byte)i], (ushort)(i * 7)));
            key.ShouldBe(KeyHash.OfClient(new PeerAddress([10, 0, (byte)(i >> 8), (byte)i], 1)));
            return cluster.Cluster.Endpoints[cluster.Pick(key)].Url;
        })];
    }

    [Fact]
    public async Task The_load_of_a_subset_is_bounded_by_what_the_subset_has()
    {
        await using var gateway = await TestGateway.StartAsync("""
            version: 1
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: { cluster: c, subset: { v: "1" } } } }
            clusters:
              c:
                balancer: hash
                hash: { by: client, table: ring, max-load: 1.25 }
                endpoints:
                  - { url: "http://10.0.0.1", labels: { v: "1" } }
                  - { url: "http://10.0.0.2", labels: { v: "1" } }
                  - { url: "http://10.0.0.3", labels: { v: "2" } }
            """);
        var cluster = gateway.Gateway.Current!.Clusters["c"];
        var set = gateway.Gateway.Current!.Routes[0].Forward!.Choice.Set;
        set.Open.Length.ShouldBe(2);
        // The other version is busy.
        for (var i = 0; i < 100; i++) cluster.Endpoints[2].State.BeginAttempt();
        // One key, twenty requests at once.
        for (var i = 0; i < 20; i++) Balancer.Pick(0, 1, cluster, set, 12345, default)!.State.BeginAttempt();
        var most = set.States.Max(static s => s.Active);
        foreach (var endpoint in cluster.Endpoints)
            while (endpoint.State.Active > 0) endpoint.State.EndAttempt();
        most.ShouldBeLessThanOrEqualTo((int)Math.Ceiling(1.25 * 20 / 2));
    }
}
