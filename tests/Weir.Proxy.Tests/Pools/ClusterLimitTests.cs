using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.Http2;

namespace Weir.Proxy.Tests.Pools;

/// <summary>A cluster may have so many connections, to whichever of its endpoints and on whatever loop.</summary>
public sealed class ClusterLimitTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private const string Blue = "GET /blue HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(1, 4, true)]
    [InlineData(2, 4, true)]
    [InlineData(5, 4, true)]
    [InlineData(2, 4, false)]
    public async Task Endpoints_share_the_connections_there_may_be(int most, int loops, bool keeps)
    {
        var counts = new Counts();
        await using var a = counts.Origin(keeps);
        await using var b = counts.Origin(keeps);
        await using var c = counts.Origin(keeps);
        await using var gateway = await StartAsync($"cluster-connections: {most}", loops, "auto", [a.Url, b.Url, c.Url]);
        var state = gateway.Gateway.Current!.Clusters["c"].State;
        await Task.WhenAll(Enumerable.Range(0, 12).Select(async i =>
        {
            using var client = await gateway.ConnectAsync();
            for (var n = 0; n < 30; n++)
            {
                (await client.AskAsync((i + n) % 3 == 0 ? Blue : Get)).Body.ShouldBe("ok");
                state.Connections.ShouldBeLessThanOrEqualTo(most);
            }
        }));
        // What is closed on one side can be open on the other for a moment.
        if (keeps) counts.MostAtOnce.ShouldBeLessThanOrEqualTo(most);
        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
        state.Connections.ShouldBe(gateway.UpstreamConnections);
        state.Queue.Count.ShouldBe(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Idle_connections_to_where_nobody_may_go_give_way(int loops)
    {
        await using var a = Origin.Answering();
        await using var b = Origin.Answering();
        await using var gateway = await StartAsync("cluster-connections: 2, queue-timeout: 20s", loops, "auto", [a.Url, b.Url]);
        // Two at the one that is blue, idle afterwards, on whatever loop.
        var clients = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => gateway.ConnectAsync()));
        foreach (var answer in await Task.WhenAll(clients.Select(static c => c.AskAsync(Blue)))) answer.Status.ShouldBe(200);
        await gateway.Gateway.OverrideAsync([new EndpointOverride(new EndpointTarget("c", a.Url), true, null)]);
        var state = gateway.Gateway.Current!.Clusters["c"].State;
        await TestGateway.EventuallyAsync(() => state.All.Set.Open.Length == 1);
        foreach (var client in clients) (await client.AskAsync(Get)).Status.ShouldBe(200);
        b.Received.ShouldNotBeEmpty();
        state.Connections.ShouldBeLessThanOrEqualTo(2);
        foreach (var client in clients) client.Dispose();
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 4)]
    [InlineData(2, 4)]
    public async Task Connections_of_HTTP2_are_shared_out_too(int most, int loops)
    {
        await using var a = Http2Origin.Answering(static (wire, id) => wire.HeadersAsync(id, endStream: true, (":status", "204")));
        await using var b = Http2Origin.Answering(static (wire, id) => wire.HeadersAsync(id, endStream: true, (":status", "204")));
        await using var gateway = await StartAsync($"cluster-connections: {most}, queue-timeout: 30s", loops, "http2", [a.Url, b.Url]);
        var state = gateway.Gateway.Current!.Clusters["c"].State;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            using var client = await gateway.ConnectAsync();
            for (var n = 0; n < 20; n++)
            {
                (await client.AskAsync((i + n) % 3 == 0 ? Blue : Get)).Status.ShouldBe(204);
                state.Connections.ShouldBeLessThanOrEqualTo(most);
            }
        }));
        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
        state.Connections.ShouldBe(gateway.UpstreamConnections);
    }

    [Fact]
    public async Task A_limit_that_falls_closes_what_is_too_much_as_it_becomes_free()
    {
        var go = new TaskCompletionSource();
        await using var origin = Origin.Held(go.Task);
        await using var gateway = await TestGateway.ForwardingAsync(origin, cluster: "pool: { queue-timeout: 20s }");
        var state = gateway.Gateway.Current!.Clusters.Values.Single().State;
        var clients = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => gateway.ConnectAsync()));
        foreach (var client in clients) await client.SendAsync(Get);
        await TestGateway.EventuallyAsync(() => state.Connections == 4);
        (await gateway.ApplyAsync(TestGateway.Forwarding(origin.Url, cluster: "pool: { cluster-connections: 1, queue-timeout: 20s }"))).IsApplied.ShouldBeTrue();
        var waiting = Enumerable.Range(0, 3).Select(_ => gateway.AskAsync(Get)).ToList();
        await TestGateway.EventuallyAsync(() => state.Queue.Count == 3);
        go.SetResult();
        foreach (var client in clients) (await client.ReadResponseAsync()).Status.ShouldBe(200);
        foreach (var one in waiting) (await one).Status.ShouldBe(200);
        await TestGateway.EventuallyAsync(() => state.Connections <= 1 && state.Queue.Count == 0);
        foreach (var client in clients) client.Dispose();
    }

    private static Task<TestGateway> StartAsync(string pool, int loops, string protocol, string[] urls) => TestGateway.StartAsync($$"""
        version: 1
        listeners: { web: "127.0.0.1:0" }
        routes:
          all: { forward: c }
          blue: { match: { path: /blue }, forward: { cluster: c, subset: { colour: blue } } }
        clusters:
          c:
            protocol: {{protocol}}
            pool: { {{pool}} }
            endpoints: [{{string.Join(", ", urls.Select(static (url, i) => $"{{ url: \"{url}\"{(i == 0 ? ", labels: { colour: blue }" : "")} }}"))}}]
        """, loops);

    private sealed class Counts
    {
        private readonly Lock _lock = new();
        private int _open;

        public int MostAtOnce { get; private set; }

        public Origin Origin(bool keeps) => Fixture.Origin.Start(async (wire, _) =>
        {
            do
            {
                await wire.ReadRequestAsync();
                Add(1);
                await Task.Delay(1);
                Add(-1);
                await wire.SendAsync(keeps ? Fixture.Origin.Ok : "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
            }
            while (keeps);
        });

        private void Add(int change)
        {
            lock (_lock) MostAtOnce = Math.Max(MostAtOnce, _open += change);
        }
    }
}
