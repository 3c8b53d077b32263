using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Tunnels;

/// <summary>A tunnel goes on whatever becomes of what it was made by.</summary>
public class ReloadTests
{
    private const string Chat = "chat: { match: { path: /chat }, forward: origin }";
    private const string Web = "web: { address: \"127.0.0.1:0\" }";
    private const string Other = "other: { address: \"127.0.0.1:0\" }";

    [Theory]
    [InlineData(false, "")]
    [InlineData(false, "websocket: { ping: 1h }")]
    [InlineData(true, "")]
    [InlineData(true, "websocket: { ping: 1h }")]
    public async Task It_outlives_every_reload(bool http2, string care)
    {
        await using var origin = WebSocketPeer.Echoing();
        var route = care.Length == 0 ? Chat : $"chat: {{ match: {{ path: /chat }}, forward: origin, {care} }}";
        var cluster = $"origin: {{ endpoints: [\"{origin.Url}\"] }}";
        await using var gateway = await TestGateway.StartAsync(Yaml($"{Web}, {Other}", route, cluster));
        using var client = await TunnelClient.OpenAsync(gateway, http2);
        string[] reloads =
        [
            Yaml($"{Web}, {Other}", route + ", more: { match: { path: /more }, respond: 200 }", cluster),
            Yaml($"{Web}, {Other}", "chat: { match: { path: /chat }, forward: { cluster: origin, upgrade: [] }, timeouts: { tunnel: 100ms }, policies: [{ delay: 1s }] }", cluster),
            Yaml($"{Web}, {Other}", "more: { match: { path: /more }, forward: origin }", cluster),
            Yaml($"{Web}, {Other}", "more: { respond: 200 }", "else: { endpoints: [\"http://127.0.0.1:1\"] }"),
            Yaml(Other, "more: { respond: 200 }", "else: { endpoints: [\"http://127.0.0.1:1\"] }"),
        ];
        foreach (var yaml in reloads)
        {
            (await gateway.ApplyAsync(yaml)).IsApplied.ShouldBeTrue();
            await client.ShouldEchoAsync("still here");
        }

        gateway.Gateway.Addresses.Keys.ShouldBe(["other"]);
        await client.SendAsync(Frame.Close, "");
        (await client.ReadAsync()).First.ShouldBe(Frame.Close);
        await client.ReadEndAsync();
        client.Dispose();
        await TestGateway.EventuallyAsync(() => gateway.Active == 0 && gateway.UpstreamConnections == 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stop_waits_for_it(bool http2)
    {
        await using var origin = WebSocketPeer.Echoing();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await TunnelClient.OpenAsync(gateway, http2);
        var stopping = gateway.Gateway.DrainAsync(TimeSpan.FromSeconds(30));
        await TestGateway.EventuallyAsync(() => gateway.Gateway.Loops[0].Draining);
        for (var i = 0; i < 5; i++) await client.ShouldEchoAsync("still here");
        stopping.IsCompleted.ShouldBeFalse();
        await client.SendAsync(Frame.Close, "");
        (await client.ReadAsync()).First.ShouldBe(Frame.Close);
        await client.ReadEndAsync();
        client.Dispose();
        (await stopping).ShouldBe(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stop_cuts_off_what_does_not_end(bool http2)
    {
        await using var origin = WebSocketPeer.Echoing();
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var client = await TunnelClient.OpenAsync(gateway, http2);
        var stopping = gateway.Gateway.DrainAsync(TimeSpan.FromMilliseconds(100));
        await client.ReadCutAsync();
        (await stopping).ShouldBe(1);
        gateway.Refusals(Http.Refusal.ShuttingDown).ShouldBe(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stop_says_goodbye_where_frames_are_known(bool http2)
    {
        var told = new TaskCompletionSource<Frame>();
        await using var origin = WebSocketPeer.Start(async peer =>
        {
            (await peer.ReadAsync()).First.ShouldBe(Frame.Text);
            told.SetResult(await peer.ReadAsync());
            (await peer.Wire.ReadToEndAsync()).ShouldBe("");
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "websocket: { ping: 1h }");
        using var client = await TunnelClient.OpenAsync(gateway, http2);
        await client.SendAsync(Frame.Text, "hi");
        var stopping = gateway.Gateway.DrainAsync(TimeSpan.FromMilliseconds(100));
        (await client.ReadAsync()).ShouldBe(new Frame(Frame.Close, "\u0003\u00e9", false));
        await client.ReadEndAsync();
        (await told.Task).ShouldBe(new Frame(Frame.Close, "\u0003\u00e9", true));
        client.Dispose();
        (await stopping).ShouldBe(1);
        gateway.Refusals(Http.Refusal.ShuttingDown).ShouldBe(1);
        gateway.Active.ShouldBe(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task In_the_middle_of_a_frame_there_is_no_place_for_a_goodbye(bool http2)
    {
        await using var origin = WebSocketPeer.Start(static async peer =>
        {
            await peer.Wire.SendAsync("\u0082\u0010half");
            await peer.Wire.ReadToEndAsync();
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "websocket: { ping: 1h }");
        using var client = await TunnelClient.OpenAsync(gateway, http2);
        (await client.ReadCountAsync(6)).ShouldBe("\u0082\u0010half");
        var stopping = gateway.Gateway.DrainAsync(TimeSpan.FromMilliseconds(50));
        await client.ReadCutAsync();
        (await stopping).ShouldBe(1);
        gateway.Active.ShouldBe(0);
    }

    private static string Yaml(string listeners, string routes, string clusters)
        => $"version: 1\nlisteners: {{ {listeners} }}\nroutes: {{ {routes} }}\nclusters: {{ {clusters} }}\n";
}
