using System.Net;
using System.Net.Sockets;
using Weir.Http;
using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Streams;

/// <summary>What keeps a cluster from more than it can do counts for TCP connections as for requests.</summary>
public sealed class BreakerTests
{
    [Theory]
    [InlineData("breaker: { requests: 1, queue: 1, queue-timeout: 20s }", 1)]
    [InlineData("breaker: { requests: 1, queue: 1, queue-timeout: 20s }", 2)]
    [InlineData("pool: { cluster-connections: 1, queue: 1, queue-timeout: 20s }", 2)]
    public async Task Beyond_a_limit_one_waits_and_the_next_is_refused(string cluster, int loops)
    {
        await using var one = new TcpOrigin(static socket => TcpOrigin.EchoAsync(socket));
        await using var other = new TcpOrigin(static socket => TcpOrigin.EchoAsync(socket));
        await using var gateway = await StartAsync([one.Url, other.Url], cluster, loops);
        var state = gateway.Gateway.Current!.Clusters["origin"].State;
        using var first = await EchoingAsync(gateway);
        using var second = await ConnectAsync(gateway);
        await second.SendAsync("b"u8.ToArray());
        await TestGateway.EventuallyAsync(() => state.Gate.Waiting + state.Queue.Count == 1);
        (await IsRefusedAsync(gateway)).ShouldBeTrue();
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.ClusterBusy) + gateway.Refusals(Refusal.QueueFull) == 1);
        first.Dispose();
        (await second.ReceiveAsync(new byte[1]).WaitAsync(TimeSpan.FromSeconds(10))).ShouldBe(1);
        second.Dispose();
        await TestGateway.EventuallyAsync(() => gateway.Active == 0 && state.Gate.InFlight == 0 && state.Connections == 0);
    }

    [Fact]
    public async Task An_endpoint_at_its_limit_leaves_connections_to_others()
    {
        await using var one = new TcpOrigin(static socket => TcpOrigin.EchoAsync(socket));
        await using var other = new TcpOrigin(static socket => TcpOrigin.EchoAsync(socket));
        await using var gateway = await StartAsync([one.Url, other.Url], "balancer: random, breaker: { endpoint-requests: 1 }", 2);
        using var first = await EchoingAsync(gateway);
        using var second = await EchoingAsync(gateway);
        (one.Accepted, other.Accepted).ShouldBe((1, 1));
        (await IsRefusedAsync(gateway)).ShouldBeTrue();
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.ClusterBusy) == 1);
        first.Dispose();
        await TestGateway.EventuallyAsync(() => gateway.Active == 1);
        using var fourth = await EchoingAsync(gateway);
    }

    [Fact]
    public async Task A_cluster_that_takes_no_connections_is_not_asked_for_a_while()
    {
        const string cluster = "retry: 1, health: { outliers: false }, breaker: { errors: { percent: 50%, volume: 4, open: 300ms, trials: 1 } }";
        await using var gateway = await StartAsync([Origin.Refusing().Replace("http:", "tcp:", StringComparison.Ordinal)], cluster, 1);
        var state = gateway.Gateway.Current!.Clusters["origin"].State;
        for (var i = 0; i < 4; i++) (await IsRefusedAsync(gateway)).ShouldBeTrue();

        await TestGateway.EventuallyAsync(() => state.Breaker.Position == BreakerPosition.Open);
        (await IsRefusedAsync(gateway)).ShouldBeTrue();
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.BreakerOpen) == 1);
        gateway.Refusals(Refusal.ConnectFailed).ShouldBe(4);

        await using var back = new TcpOrigin(static socket => TcpOrigin.EchoAsync(socket));
        (await gateway.ApplyAsync(Yaml([back.Url], cluster))).IsApplied.ShouldBeTrue();
        await TestGateway.EventuallyAsync(async () => !await IsRefusedAsync(gateway));
        state.Breaker.Position.ShouldBe(BreakerPosition.Closed);
    }

    [Theory]
    [InlineData("tcp", "breaker: { adaptive: {} }", "the time that answers take")]
    [InlineData("udp", "breaker: { requests: 1 }", "limits: sessions")]
    public async Task What_cannot_be_counted_is_refused(string protocol, string cluster, string said)
    {
        await using var gateway = await TestGateway.StartAsync("version: 1\nlisteners: { web: \"127.0.0.1:0\" }\nroutes: { r: { respond: 200 } }");
        var result = await gateway.ApplyAsync($"version: 1\nlisteners: {{ a: {{ address: \"127.0.0.1:0\", protocol: {protocol}, forward: c }} }}\nclusters: {{ c: {{ endpoints: [\"{protocol}://127.0.0.1:1\"], {cluster} }} }}");
        result.IsApplied.ShouldBeFalse();
        string.Join('\n', result.Diagnostics.Select(static d => d.Text)).ShouldContain(said);
    }

    private static async Task<Socket> EchoingAsync(TestGateway gateway)
    {
        var socket = await ConnectAsync(gateway);
        await socket.SendAsync("a"u8.ToArray());
        (await socket.ReceiveAsync(new byte[1]).WaitAsync(TimeSpan.FromSeconds(10))).ShouldBe(1);
        return socket;
    }

    // It ends, or is reset, before a byte is echoed.
    private static async Task<bool> IsRefusedAsync(TestGateway gateway)
    {
        try
        {
            using var client = await ConnectAsync(gateway);
            await client.SendAsync("a"u8.ToArray());
            return await client.ReceiveAsync(new byte[1]).WaitAsync(TimeSpan.FromSeconds(10)) == 0;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private static async Task<Socket> ConnectAsync(TestGateway gateway)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPEndPoint.Parse(gateway.Address("db")));
        return socket;
    }

    private static Task<TestGateway> StartAsync(string[] urls, string cluster, int loops) => TestGateway.StartAsync(Yaml(urls, cluster), loops);

    private static string Yaml(string[] urls, string cluster) => $$"""
        version: 1
        listeners: { db: { address: "127.0.0.1:0", protocol: tcp, forward: origin } }
        clusters: { origin: { endpoints: [{{string.Join(", ", urls.Select(static u => $"\"{u}\""))}}], {{cluster}} } }
        """;
}
