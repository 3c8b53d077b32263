using Weir.Http;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Tunnels;

/// <summary>RFC 6455 §5.5.2: pings of the gateway's own, to either side, that the other side knows nothing of.</summary>
public class PingTests
{
    private const string Often = "websocket: { ping: 60ms, pong: 20s }";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_silent_client_is_pinged_and_its_pongs_go_no_further(bool http2)
    {
        await using var origin = WebSocketPeer.Echoing();
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: Often);
        using var client = await TunnelClient.OpenAsync(gateway, http2);
        var token = "";
        for (var i = 0; i < 3; i++)
        {
            var ping = await client.ReadAsync();
            ping.First.ShouldBe(Frame.Ping);
            ping.IsMasked.ShouldBeFalse();
            ping.Payload.Length.ShouldBe(8);
            if (i > 0) ping.Payload.ShouldBe(token);
            token = ping.Payload;
            await client.SendAsync(Frame.Pong, token);
        }

        // A pong of the client's own is none of ours: of another length, and of the same with another text.
        await client.SendAsync(Frame.Of(Frame.Pong, "mine", masked: true) + Frame.Of(Frame.Pong, "12345678", masked: true) + Frame.Of(Frame.Pong, token, masked: true) + Frame.Of(Frame.Text, "hi", masked: true));
        await ReadAsync(client, new Frame(Frame.Pong, "mine", false), token);
        await ReadAsync(client, new Frame(Frame.Pong, "12345678", false), token);
        await ReadAsync(client, new Frame(Frame.Text, "hi", false), token);
        origin.Connections.Single().Received.Split("\r\n\r\n", 2)[1].Length.ShouldBe(6 + 4 + 6 + 8 + 6 + 2, "Only what is not ours.");
        gateway.Refusals(Refusal.PingTimeout).ShouldBe(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_silent_origin_is_pinged_with_a_mask_and_its_pongs_go_no_further(bool http2)
    {
        var pings = new TaskCompletionSource();
        await using var origin = WebSocketPeer.Start(async peer =>
        {
            var token = "";
            for (var i = 0; i < 3; i++)
            {
                var ping = await peer.ReadAsync();
                ping.First.ShouldBe(Frame.Ping);
                ping.IsMasked.ShouldBeTrue();
                if (i > 0) ping.Payload.ShouldBe(token);
                token = ping.Payload;
                await peer.SendAsync(Frame.Pong, token);
            }

            await peer.SendAsync(Frame.Pong, "mine");
            pings.SetResult();
            await peer.Wire.ReadToEndAsync();
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "websocket: { ping: 60ms, pong: 20s, to: origin }");
        using var client = await TunnelClient.OpenAsync(gateway, http2);
        await pings.Task;
        (await client.ReadAsync()).ShouldBe(new Frame(Frame.Pong, "mine", false));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_does_not_answer_is_given_up(bool http2)
    {
        var ended = new TaskCompletionSource();
        await using var origin = WebSocketPeer.Start(async peer =>
        {
            await peer.Wire.ReadToAnyEndAsync();
            ended.SetResult();
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "websocket: { ping: 50ms, pong: 50ms }");
        using var client = await TunnelClient.OpenAsync(gateway, http2);
        (await client.ReadAsync()).First.ShouldBe(Frame.Ping);
        await client.ReadCutAsync();
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await TestGateway.EventuallyAsync(() => gateway.Active == 0 && gateway.UpstreamConnections == 0);
        gateway.Refusals(Refusal.PingTimeout).ShouldBe(1);
        gateway.Count(static e => e.Failures).ShouldBe(0, "It is no fault of the endpoint's.");
    }

    [Fact]
    public async Task An_origin_that_does_not_answer_is_given_up()
    {
        await using var origin = WebSocketPeer.Start(static async peer =>
        {
            (await peer.ReadAsync()).First.ShouldBe(Frame.Ping);
            await peer.Wire.ReadToEndAsync();
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "websocket: { ping: 50ms, pong: 50ms, to: both }");
        using var client = await TunnelClient.OpenAsync(gateway, http2: false);
        var answering = AnswerPingsAsync(client);
        await TestGateway.EventuallyAsync(() => gateway.Refusals(Refusal.UpstreamPingTimeout) == 1);
        await TestGateway.EventuallyAsync(() => gateway.Active == 0 && gateway.UpstreamConnections == 0);
        await Should.ThrowAsync<IOException>(() => answering);
        gateway.Refusals(Refusal.PingTimeout).ShouldBe(0);
        await TestGateway.EventuallyAsync(() => gateway.Count(static e => e.Failures) == 1);
    }

    [Fact]
    public async Task Nobody_is_pinged_in_the_middle_of_a_frame_nor_while_it_talks()
    {
        var half = new TaskCompletionSource();
        var rest = new TaskCompletionSource();
        await using var origin = WebSocketPeer.Start(async peer =>
        {
            var frame = Frame.Of(Frame.Text, new string('x', 1000));
            await peer.Wire.SendAsync(frame[..500]);
            half.SetResult();
            await rest.Task;
            await peer.Wire.SendAsync(frame[500..]);
            await peer.Wire.ReadToEndAsync();
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: Often);
        using var client = await TunnelClient.OpenAsync(gateway, http2: false);
        await half.Task;
        // Long after a ping was due: the frame comes whole, and the ping behind it.
        await Task.Delay(200);
        rest.SetResult();
        (await client.ReadAsync()).Payload.ShouldBe(new string('x', 1000));
        (await client.ReadAsync()).First.ShouldBe(Frame.Ping);
    }

    [Fact]
    public async Task After_a_close_nobody_is_asked()
    {
        var go = new TaskCompletionSource();
        await using var origin = WebSocketPeer.Start(async peer =>
        {
            (await peer.ReadAsync()).First.ShouldBe(Frame.Close);
            await go.Task;
            await peer.SendAsync(Frame.Close, "");
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "websocket: { ping: 100ms, pong: 50ms, to: both }");
        using var client = await TunnelClient.OpenAsync(gateway, http2: false);
        await client.SendAsync(Frame.Close, "");
        await Task.Delay(400);
        go.SetResult();
        (await client.ReadAsync()).ShouldBe(new Frame(Frame.Close, "", false));
        await client.ReadEndAsync();
        gateway.Refusals(Refusal.PingTimeout).ShouldBe(0);
    }

    [Fact]
    public async Task Pings_and_their_answers_do_not_keep_an_idle_tunnel()
    {
        await using var origin = WebSocketPeer.Echoing();
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "timeouts: { tunnel: 500ms }, websocket: { ping: 50ms, to: both }");
        using var client = await TunnelClient.OpenAsync(gateway, http2: false);
        await Should.ThrowAsync<IOException>(() => AnswerPingsAsync(client));
        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
        gateway.Refusals(Refusal.TunnelIdleTimeout).ShouldBe(1);
        gateway.Refusals(Refusal.PingTimeout).ShouldBe(0);
    }

    [Fact]
    public async Task Half_a_frame_at_the_end_of_a_direction_passes_too()
    {
        await using var origin = WebSocketPeer.Start(static async peer => (await peer.Wire.ReadToEndAsync()).ShouldBe("\u008a\u0088abc"));
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "websocket: { ping: 1h }");
        using var wire = await gateway.ConnectAsync();
        (await wire.AskAsync(TunnelClient.Ask)).Status.ShouldBe(101);
        await wire.SendAsync("\u008a\u0088abc");
        wire.FinishSending();
        (await wire.ReadToEndAsync()).ShouldBe("");
        await TestGateway.EventuallyAsync(() => gateway.Active == 0);
    }

    [Fact]
    public async Task A_protocol_that_is_not_websocket_is_never_looked_into()
    {
        await using var origin = Origin.Start(static async (wire, _) =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: mine\r\n\r\n");
            while (true) await wire.SendAsync(await wire.ReadUntilAsync("\n"));
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: "forward: { cluster: origin, upgrade: [mine] }, websocket: { ping: 50ms, pong: 50ms }");
        using var client = await gateway.ConnectAsync();
        (await client.AskAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: mine\r\n\r\n")).Status.ShouldBe(101);
        await Task.Delay(250);
        await client.SendAsync("here\n");
        (await client.ReadUntilAsync("\n")).ShouldBe("here\n");
    }

    // Until the tunnel ends.
    private static async Task AnswerPingsAsync(TunnelClient client)
    {
        while (true)
        {
            var ping = await client.ReadAsync();
            ping.First.ShouldBe(Frame.Ping);
            await client.SendAsync(Frame.Pong, ping.Payload);
        }
    }

    // The gateway may ask in between.
    private static async Task ReadAsync(TunnelClient client, Frame expected, string token)
    {
        var frame = await client.ReadAsync();
        while (frame == new Frame(Frame.Ping, token, false)) frame = await client.ReadAsync();
        frame.ShouldBe(expected);
    }
}
