using Weir.Http;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Tunnels;

/// <summary>So many upgraded connections of a route, in the whole process.</summary>
public class LimitTests
{
    private const string Two = "limits: { tunnels: 2 }";

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    [InlineData(false, 2)]
    public async Task One_more_is_refused_before_the_origin_is_asked_until_one_ends(bool http2, int loops)
    {
        await using var origin = WebSocketPeer.Echoing();
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: Two, loops: loops);
        using var first = await TunnelClient.OpenAsync(gateway, http2);
        using var second = await TunnelClient.OpenAsync(gateway, !http2);
        for (var i = 0; i < 4; i++)
        {
            using var third = await TunnelClient.AskAsync(gateway, http2);
            third.Status.ShouldBe(503);
        }

        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.TooManyTunnels) == 4);
        origin.Connections.Count.ShouldBe(2);
        Tunnels(gateway).ShouldBe(2);
        first.Dispose();
        await TestGateway.EventuallyAsync(() => Tunnels(gateway) == 1);
        using var fourth = await TunnelClient.OpenAsync(gateway, http2);
        await fourth.ShouldEchoAsync("hi");
        await second.ShouldEchoAsync("hi");
    }

    [Fact]
    public async Task A_refusal_says_why_and_leaves_the_connection()
    {
        await using var origin = WebSocketPeer.Echoing();
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "limits: { tunnels: 1 }");
        using var first = await TunnelClient.OpenAsync(gateway, http2: false);
        using var wire = await gateway.ConnectAsync();
        var refused = await wire.AskAsync(TunnelClient.Ask);
        refused.Status.ShouldBe(503);
        refused.Refusal.ShouldBe("too-many-tunnels");
        refused.Closes.ShouldBeFalse();
        first.Dispose();
        await TestGateway.EventuallyAsync(() => Tunnels(gateway) == 0);
        (await wire.AskAsync(TunnelClient.Ask)).Status.ShouldBe(101);
    }

    [Theory]
    [InlineData("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", 403)]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n", 502)]
    public async Task A_place_is_given_back_when_nothing_comes_of_it(string answer, int status)
    {
        await using var origin = Origin.Answering(answer);
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "limits: { tunnels: 1 }");
        for (var i = 0; i < 3; i++)
        {
            (await gateway.AskAsync(TunnelClient.Ask)).Status.ShouldBe(status);
            await TestGateway.EventuallyAsync(() => Tunnels(gateway) == 0);
        }
    }

    [Fact]
    public async Task A_place_is_taken_after_the_policies_and_only_by_who_asks_to_switch()
    {
        await using var origin = Origin.Answering();
        var scripts = new Scripts().Add("no", static () => new Script { Request = static x => new(Sdk.Policies.Verdict.Reply(new Sdk.Policies.LocalReply { Status = 401 })) });
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "limits: { tunnels: 1 }, policies: [{ script: no }]", scripts: scripts);
        (await gateway.AskAsync(TunnelClient.Ask)).Status.ShouldBe(401);
        Tunnels(gateway).ShouldBe(0);
        (await gateway.ApplyAsync(TestGateway.Forwarding(origin.Url, route: "limits: { tunnels: 1 }"))).IsApplied.ShouldBeTrue();
        (await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);
        Tunnels(gateway).ShouldBe(0);
    }

    [Fact]
    public async Task The_count_outlives_reloads()
    {
        await using var origin = WebSocketPeer.Echoing();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var first = await TunnelClient.OpenAsync(gateway, http2: false);
        using var second = await TunnelClient.OpenAsync(gateway, http2: false);
        (await gateway.ApplyAsync(TestGateway.Forwarding(origin.Url, route: "limits: { tunnels: 1 }, priority: 3"))).IsApplied.ShouldBeTrue();
        (await gateway.AskAsync(TunnelClient.Ask)).Status.ShouldBe(503);
        await first.ShouldEchoAsync("hi");
        await second.ShouldEchoAsync("hi");
        first.Dispose();
        await TestGateway.EventuallyAsync(() => Tunnels(gateway) == 1);
        (await gateway.AskAsync(TunnelClient.Ask)).Status.ShouldBe(503);
        second.Dispose();
        await TestGateway.EventuallyAsync(() => Tunnels(gateway) == 0);
        using var third = await TunnelClient.OpenAsync(gateway, http2: false);
    }

    private static int Tunnels(TestGateway gateway) => gateway.Gateway.Store.Route("all").Tunnels;
}
