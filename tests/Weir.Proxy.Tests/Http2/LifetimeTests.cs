using System.Security.Cryptography;
using System.Text;
using Weir.Http;
using Weir.Proxy.Tests.Fixture;
using static Weir.Proxy.Tests.Http2.Http2Gateway;
using static Weir.Proxy.Tests.Http2.Http2Wire;

namespace Weir.Proxy.Tests.Http2;

/// <summary>How connections end: by the client at every stage, by time, by number, by a reload, by a stop.</summary>
public sealed class LifetimeTests
{
    private static readonly byte[] Settled = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, 0)];

    private static readonly Dictionary<string, (byte[] Sent, int Active)> Stages = new()
    {
        ["half a preface"] = ("PRI * HTTP/2.0\r\n\r\nSM"u8.ToArray(), 0),
        ["a preface"] = ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray(), 0),
        ["settings"] = (Settled, 0),
        ["half a header of a frame"] = ([.. Settled, .. Head(1, true, Ask("/open"))[..5]], 0),
        ["half of HEADERS"] = ([.. Settled, .. Head(1, true, Ask("/open"))[..20]], 0),
        ["half a block"] = ([.. Settled, .. Frame(Headers, 0, 1, Http2Wire.Block(Ask("/open")))], 1),
        ["a request"] = ([.. Settled, .. Head(1, true, Ask("/open"))], 1),
        ["half a body"] = ([.. Settled, .. Head(1, false, Ask("/open", "POST", ("content-length", "10"))), .. Body(1, 5, false)], 1),
        ["half a frame of a body"] = ([.. Settled, .. Head(1, false, Ask("/open", "POST")), .. Body(1, 500, false)[..100]], 1),
        ["a policy"] = ([.. Settled, .. Head(1, true, Ask("/held"))], 1),
        ["many requests"] = ([.. Settled, .. Enumerable.Range(0, 50).SelectMany(static i => Head((2 * i) + 1, i % 2 == 0, Ask(i % 3 == 0 ? "/held" : "/open", "POST")))], 50),
        ["half of trailers"] = ([.. Settled, .. Head(1, false, Ask("/open", "POST")), .. Frame(Headers, 1, 1, Http2Wire.Block(("x", "y")))], 1),
        ["GOAWAY"] = ([.. Settled, .. Head(1, true, Ask("/open")), .. Frame(GoAway, 0, 0, new byte[8])], 1),
        ["no window"] = ([.. Settled, .. Setting(4, 0), .. Head(1, true, Ask("/")), .. Head(3, true, Ask("/origin"))], 2),
    };

    public static TheoryData<string, bool> Ends
    {
        get
        {
            var cases = new TheoryData<string, bool>();
            foreach (var stage in Stages.Keys)
            {
                cases.Add(stage, false);
                cases.Add(stage, true);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task A_client_that_vanishes_leaves_nothing(string stage, bool withReset)
    {
        await using var site = await StartAsync();
        var (sent, active) = Stages[stage];
        using (var wire = await ConnectAsync(site.Gateway, handshake: false))
        {
            await wire.SendRawAsync(sent);
            await TestGateway.EventuallyAsync(() => site.Gateway.Active == active && site.Gateway.Gateway.OpenListeners.Single().Open == 1, "what it began");
            if (withReset) wire.Cut();
        }

        await site.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData("reset of the stream")]
    [InlineData("end")]
    [InlineData("reset")]
    [InlineData("fault")]
    [InlineData("end of the stream")]
    public async Task A_tunnel_ends_with_its_client(string how)
    {
        await using var origin = Origin.Start(static async (wire, _) =>
        {
            var key = (await wire.ReadUntilAsync("\r\n\r\n")).Split("Sec-WebSocket-Key: ", StringSplitOptions.None)[1].Split("\r\n")[0];
#pragma warning disable CA5350 // RFC 6455 names it.
            var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
            await wire.SendAsync($"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\nhello");
            await wire.ReadToEndAsync();
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using (var wire = await ConnectAsync(gateway))
        {
            await wire.HeadersAsync(1, false, (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":path", "/"), (":authority", "a"));
            while (wire.Seen[Data] == 0) await wire.ReadFrameAsync();
            await wire.SendRawAsync(Body(1, 1000, false));
            if (how == "reset of the stream") await wire.ResetAsync(1);
            else if (how == "end of the stream") await wire.SendRawAsync(Body(1, 0, true));
            else if (how == "reset") wire.Cut();
            else if (how == "fault") await wire.SendRawAsync(Frame(Ping, 0, 1, new byte[8]));
            if (how.EndsWith("stream", StringComparison.Ordinal))
            {
                await TestGateway.EventuallyAsync(() => gateway.Active == 0, "the end of the tunnel");
                await wire.SendAsync(Ping, 0, 0, new byte[8]);
                while (wire.Pongs == 0) await wire.ReadFrameAsync();
            }
        }

        await ShouldBeQuietAsync(gateway);
    }

    [Fact]
    public async Task A_client_that_ends_its_side_is_gone()
    {
        await using var site = await StartAsync();
        using (var wire = await ConnectAsync(site.Gateway))
        {
            await wire.HeadersAsync(1, endStream: true, Ask("/open"));
            await TestGateway.EventuallyAsync(() => site.Gateway.Active == 1);
            // It could no more say what it has room for.
            wire.FinishSending();
            await wire.ReadEndAsync();
        }

        site.Gateway.Refusals(Refusal.ClientGone).ShouldBe(1);
        await site.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_client_that_says_goodbye_is_answered_and_the_connection_ends()
    {
        var go = new TaskCompletionSource();
        await using var origin = Origin.Held(go.Task);
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var wire = await ConnectAsync(gateway);
        await wire.SendRawAsync([.. Head(1, true, Ask("/")), .. Frame(GoAway, 0, 0, new byte[8])]);
        await TestGateway.EventuallyAsync(() => gateway.Active == 1);
        go.SetResult();
        (await wire.ReadAnswerAsync(1)).Body.ShouldBe("ok");
        await wire.ReadEndAsync();
        await ShouldBeQuietAsync(gateway);
    }

    [Fact]
    public async Task A_connection_has_its_number_of_requests()
    {
        await using var site = await StartAsync("limits: { requests-per-connection: 3 }");
        using (var wire = await ConnectAsync(site.Gateway))
        {
            (await GetAsync(wire, 1)).ShouldBe("200");
            (await GetAsync(wire, 3)).ShouldBe("200");
            wire.Seen[GoAway].ShouldBe(0);
            // Two at once: the second is on its way when the client is told, and is served.
            await wire.SendRawAsync([.. Head(5, true, Ask("/origin")), .. Head(7, true, Ask("/origin"))]);
            (await wire.ReadGoAwayAsync()).ShouldBe((int.MaxValue, 0u, ""));
            (await wire.ReadAnswerAsync(5)).Status.ShouldBe("200");
            (await wire.ReadAnswerAsync(7)).Status.ShouldBe("200");
            (await wire.ReadGoAwayAsync()).ShouldBe((7, 0u, ""));
            await wire.ReadEndAsync();
        }

        await site.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(14)]
    public async Task A_frame_that_does_not_end_in_time_ends_the_connection(int length)
    {
        await using var site = await StartAsync("timeouts: { header: 300ms }");
        using (var wire = await ConnectAsync(site.Gateway))
        {
            (await GetAsync(wire, 1)).ShouldBe("200");
            byte[] frame = length == 0 ? Frame(Headers, 1, 3, 0x82) : Head(3, true, Ask("/"))[..length];
            await wire.SendRawAsync(frame);
            (await wire.ReadGoAwayAsync()).ShouldBe((length == 0 ? 3 : 1, 0u, "header-timeout"));
            await wire.ReadEndAsync();
        }

        site.Gateway.Refusals(Refusal.HeaderTimeout).ShouldBe(1);
        await site.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_block_in_drops_does_not_extend_its_time()
    {
        await using var site = await StartAsync("timeouts: { header: 500ms }");
        using (var wire = await ConnectAsync(site.Gateway))
        {
            await wire.SendAsync(Headers, 1, 1, 0x82);
            var end = wire.ReadGoAwayAsync();
            for (var i = 0; i < 12 && !end.IsCompleted; i++)
            {
                await Task.WhenAny(end, Task.Delay(100));
                if (!end.IsCompleted) await wire.SendAsync(Continuation, 0, 1, 0x84);
            }

            (await end).Text.ShouldBe("header-timeout");
        }

        await site.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_preface_that_does_not_end_in_time_ends_the_connection()
    {
        await using var site = await StartAsync("timeouts: { header: 200ms }");
        using (var client = await site.Gateway.ConnectAsync())
        {
            await client.SendAsync("PRI * HTTP/2.0\r\n\r\nSM");
            await client.ReadToEndAsync();
        }

        site.Gateway.Refusals(Refusal.HeaderTimeout).ShouldBe(1);
        await site.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_connection_without_requests_ends_in_good_order_whatever_else_comes()
    {
        await using var site = await StartAsync("timeouts: { keep-alive: 500ms }");
        using (var wire = await ConnectAsync(site.Gateway))
        {
            (await GetAsync(wire, 1, "/origin")).ShouldBe("200");
            var end = wire.ReadGoAwayAsync();
            for (var i = 0; i < 20 && !end.IsCompleted; i++)
            {
                await Task.WhenAny(end, Task.Delay(100));
                if (!end.IsCompleted) await wire.SendAsync(Ping, 0, 0, new byte[8]);
            }

            (await end).ShouldBe((1, 0u, "keep-alive-timeout"));
        }

        site.Gateway.Refusals(Refusal.KeepAliveTimeout).ShouldBe(1);
        await site.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_connection_over_the_limit_has_a_second_to_ask()
    {
        await using var site = await StartAsync("limits: { connections: 1 }");
        using (var served = await ConnectAsync(site.Gateway))
        {
            (await GetAsync(served, 1)).ShouldBe("200");
            using (var told = await ConnectAsync(site.Gateway))
            {
                await told.HeadersAsync(1, true, Ask("/origin"));
                (await told.ReadAnswerAsync(1)).Status.ShouldBe("503");
                await told.ReadEndAsync();
            }

            site.Gateway.Refusals(Refusal.TooManyConnections).ShouldBe(1);
            using (var silent = await ConnectAsync(site.Gateway))
            {
                // RFC 9113 §6.8: it is told the end as any other, and does not keep its place for the minute of an idle one.
                (await silent.ReadGoAwayAsync()).Text.ShouldBe("keep-alive-timeout");
                await silent.ReadEndAsync();
            }

            await TestGateway.EventuallyAsync(() => site.Gateway.Refusals(Refusal.TooManyConnections) == 2, "the one that said nothing is counted");
            (await GetAsync(served, 3)).ShouldBe("200");
        }

        await site.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_request_under_way_is_no_idle_connection()
    {
        var go = new TaskCompletionSource();
        await using var origin = Origin.Held(go.Task);
        await using var gateway = await TestGateway.ForwardingAsync(origin, "timeouts: { keep-alive: 100ms, header: 100ms }");
        using var wire = await ConnectAsync(gateway);
        await wire.HeadersAsync(1, true, Ask("/"));
        await Task.Delay(400);
        go.SetResult();
        (await wire.ReadAnswerAsync(1)).Status.ShouldBe("200");
        (await wire.ReadGoAwayAsync()).Text.ShouldBe("keep-alive-timeout");
    }

    [Fact]
    public async Task A_stream_without_window_has_its_time_and_others_go_on()
    {
        await using var site = await StartAsync("timeouts: { write: 300ms }");
        using (var wire = await ConnectAsync(site.Gateway, window: 0))
        {
            await wire.HeadersAsync(1, true, Ask("/origin"));
            (await wire.ReadResetAsync(1)).ShouldBe(2u);
            site.Gateway.Refusals(Refusal.ClientTooSlow).ShouldBe(1);
            await wire.HeadersAsync(3, true, Ask("/origin"));
            await wire.WindowUpdateAsync(3, 100);
            (await wire.ReadAnswerAsync(3)).Body.ShouldBe("ok");
        }

        await site.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_connection_that_takes_nothing_has_its_time()
    {
        await using var origin = Origin.Start(static async (wire, _) =>
        {
            while (true)
            {
                await wire.ReadRequestAsync();
                await wire.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n{new string('x', 1_000_000)}");
            }
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, "timeouts: { write: 300ms }");
        using (var client = await gateway.ConnectAsync(receiveBuffer: 4096))
        {
            await client.SendAsync(new ReadOnlyMemory<byte>([.. Settled, .. Setting(4, int.MaxValue), .. Window(0, 1 << 30), .. Enumerable.Range(0, 20).SelectMany(static i => Head((2 * i) + 1, true, Ask("/")))]));
            await TestGateway.EventuallyAsync(() => gateway.Gateway.OpenListeners.Single().Open == 0, "the end of the connection");
            await client.ReadToResetAsync();
        }

        gateway.Refusals(Refusal.ClientTooSlow).ShouldBeGreaterThan(0);
        await ShouldBeQuietAsync(gateway);
    }

    [Theory]
    [InlineData("timeouts: { body-idle: 200ms }", "408")]
    [InlineData("timeouts: { first-byte: 300ms }", "504")]
    [InlineData("timeouts: { total: 300ms }", "504")]
    public async Task The_times_of_a_route_hold(string route, string status)
    {
        await using var origin = Origin.Start(static async (wire, _) =>
        {
            while (true) await wire.ReadRequestAsync();
        });
        await using var gateway = await TestGateway.ForwardingAsync(origin, route: route);
        using (var wire = await ConnectAsync(gateway))
        {
            await wire.HeadersAsync(1, endStream: status != "408", Ask("/", status == "408" ? "POST" : "GET"));
            (await wire.ReadAnswerAsync(1)).Status.ShouldBe(status);
            if (status == "408") (await wire.ReadResetAsync(1)).ShouldBe(0u);
            wire.Seen[GoAway].ShouldBe(0);
        }

        await ShouldBeQuietAsync(gateway);
    }

    [Fact]
    public async Task A_reload_gives_new_connections_new_limits_and_leaves_the_old_alone()
    {
        await using var site = await StartAsync("limits: { streams: 10 }");
        using (var old = await ConnectAsync(site.Gateway))
        {
            await old.HeadersAsync(1, false, Ask("/open", "POST"));
            await TestGateway.EventuallyAsync(() => site.Gateway.Active == 1);
            (await site.Gateway.ApplyAsync(Configuration(site.Origin.Url, "limits: { streams: 20, stream-window: 100KiB }"))).IsApplied.ShouldBeTrue();
            using var wire = await ConnectAsync(site.Gateway);
            old.PeerSettings[3].ShouldBe(10u);
            wire.PeerSettings[3].ShouldBe(20u);
            wire.PeerSettings[4].ShouldBe(100u * 1024);
            for (var id = 3; id <= 19; id += 2) await old.HeadersAsync(id, false, Ask("/open", "POST"));
            await old.HeadersAsync(21, true, Ask("/"));
            (await old.ReadResetAsync(21)).ShouldBe(7u);
        }

        await site.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_listener_that_a_reload_removes_serves_what_it_began(int loops)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, loops: loops);
        using var idle = await ConnectAsync(gateway);
        using var busy = await ConnectAsync(gateway);
        await busy.HeadersAsync(1, false, Ask("/", "POST", ("content-length", "3")));
        await TestGateway.EventuallyAsync(() => gateway.Active == 1);
        (await gateway.ApplyAsync(TestGateway.Forwarding(origin.Url).Replace("web: {", "other: {", StringComparison.Ordinal))).IsApplied.ShouldBeTrue();
        (await idle.ReadGoAwayAsync()).Code.ShouldBe(0u);
        await idle.ReadEndAsync();
        (await busy.ReadGoAwayAsync()).ShouldBe((int.MaxValue, 0u, ""));
        await busy.DataAsync(1, "abc", endStream: true);
        (await busy.ReadAnswerAsync(1)).Status.ShouldBe("200");
        await busy.ReadEndAsync();
        await ShouldBeQuietAsync(gateway);
    }

    [Fact]
    public async Task What_comes_after_the_last_stream_is_ignored_while_the_others_are_served()
    {
        var go = new TaskCompletionSource();
        await using var origin = Origin.Held(go.Task);
        await using var gateway = await TestGateway.ForwardingAsync(origin);
        using var wire = await ConnectAsync(gateway);
        await wire.HeadersAsync(1, false, Ask("/", "POST"));
        await TestGateway.EventuallyAsync(() => gateway.Active == 1);
        var draining = gateway.Gateway.DrainAsync(TimeSpan.FromSeconds(20));
        (await wire.ReadGoAwayAsync()).LastStream.ShouldBe(int.MaxValue);
        (await wire.ReadGoAwayAsync()).LastStream.ShouldBe(1);
        // A request with all that belongs to one, and the rest of the one that is served.
        await wire.SendRawAsync([.. Head(3, false, Ask("/", "POST")), .. Body(3, 5, false), .. Window(3, 100), .. Head(3, true, ("x", "y")), .. Head(5, true, Ask("/")), .. Frame(RstStream, 0, 5, 0, 0, 0, 8)]);
        await wire.DataAsync(1, "abc", endStream: true);
        go.SetResult();
        (await wire.ReadAnswerAsync(1)).Body.ShouldBe("ok");
        await wire.ReadEndAsync();
        (await draining).ShouldBe(0);
        wire.Seen[GoAway].ShouldBe(2);
        origin.Connections.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_stop_that_takes_too_long_cuts_what_is_left()
    {
        await using var site = await StartAsync();
        using var wire = await ConnectAsync(site.Gateway);
        await wire.HeadersAsync(1, true, Ask("/open"));
        await wire.HeadersAsync(3, false, Ask("/open", "POST"));
        await wire.SendAsync(Headers, 0, 5, 0x82);
        await TestGateway.EventuallyAsync(() => site.Gateway.Active == 3);
        await site.Gateway.Gateway.DrainAsync(TimeSpan.FromMilliseconds(300));
        (await wire.ReadAnswerAsync(1)).Status.ShouldBe("503");
        (await wire.ReadAnswerAsync(3)).Status.ShouldBe("503");
    }
}
