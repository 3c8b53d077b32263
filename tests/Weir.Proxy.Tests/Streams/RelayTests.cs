using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Weir.Http;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Streams;

/// <summary>TCP connections are passed on as they are: every byte, both ways, with their ends.</summary>
public sealed class RelayTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(20_000_000)]
    public async Task Bytes_pass_both_ways_at_once(int size)
    {
        await using var origin = new TcpOrigin(static socket => TcpOrigin.EchoAsync(socket));
        await using var gateway = await StartAsync(origin.Url);
        var bytes = RandomNumberGenerator.GetBytes(size);
        using var client = await ConnectAsync(gateway);
        var sending = Task.Run(async () =>
        {
            await SendAsync(client, bytes);
            client.Shutdown(SocketShutdown.Send);
        });
        (await ReadToEndAsync(client)).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        await sending;
        await IsOverAsync(gateway);
        var loops = gateway.Gateway.Loops;
        loops.Sum(static l => l.Loop.Buffers.Leased).ShouldBe(0);
        loops.Sum(static l => l.Loop.Pipes.Leased).ShouldBe(0);
    }

    [Fact]
    public async Task The_end_of_one_direction_leaves_the_other_open()
    {
        await using var origin = new TcpOrigin(static async socket =>
        {
            (await TcpOrigin.ReadToEndAsync(socket)).Length.ShouldBe(5);
            for (var i = 0; i < 3; i++)
            {
                await Task.Delay(50);
                await socket.SendAsync("late "u8.ToArray());
            }
        });
        await using var gateway = await StartAsync(origin.Url);
        using var client = await ConnectAsync(gateway);
        await SendAsync(client, "hello"u8.ToArray());
        client.Shutdown(SocketShutdown.Send);
        (await ReadToEndAsync(client)).ShouldBe("late late late "u8.ToArray());
    }

    [Fact]
    public async Task A_server_that_speaks_first_is_heard()
    {
        await using var origin = new TcpOrigin(static async socket =>
        {
            await socket.SendAsync("220 ready\r\n"u8.ToArray());
            await TcpOrigin.EchoAsync(socket);
        });
        await using var gateway = await StartAsync(origin.Url);
        using var client = await ConnectAsync(gateway);
        var buffer = new byte[100];
        (await client.ReceiveAsync(buffer)).ShouldBe(11);
        client.Shutdown(SocketShutdown.Send);
        (await ReadToEndAsync(client)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_client_that_does_not_read_stops_the_origin_and_is_no_weight()
    {
        var sent = 0L;
        await using var origin = new TcpOrigin(async socket =>
        {
            var chunk = new byte[64 * 1024];
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            try
            {
                while (sent < 200_000_000) sent += await socket.SendAsync(chunk, patience.Token);
            }
            catch (OperationCanceledException)
            {
                // It was held back.
            }
        });
        await using var gateway = await StartAsync(origin.Url);
        using var client = await ConnectAsync(gateway);
        await TestGateway.EventuallyAsync(() => origin.Ended == 1, "origin");
        sent.ShouldBeLessThan(50_000_000);
        // The last piece was cut off in the middle.
        (await ReadToEndAsync(client)).LongLength.ShouldBeInRange(sent, sent + (64 * 1024));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reset_is_passed_on_as_one(bool byClient)
    {
        var seen = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = new TcpOrigin(async socket =>
        {
            var buffer = new byte[10];
            await socket.ReceiveAsync(buffer);
            if (!byClient)
            {
                socket.Close(0);
                return;
            }

            try
            {
                await socket.ReceiveAsync(buffer);
                seen.SetResult(false);
            }
            catch (SocketException)
            {
                seen.SetResult(true);
            }
        });
        await using var gateway = await StartAsync(origin.Url);
        using var client = await ConnectAsync(gateway);
        await SendAsync(client, "x"u8.ToArray());
        if (byClient)
        {
            await TestGateway.EventuallyAsync(() => gateway.Active == 1);
            await Task.Delay(100);
            client.Close(0);
            (await seen.Task.WaitAsync(TimeSpan.FromSeconds(10))).ShouldBeTrue();
        }
        else
        {
            await Should.ThrowAsync<SocketException>(async () => await client.ReceiveAsync(new byte[10]));
        }

        await IsOverAsync(gateway);
    }

    [Fact]
    public async Task Silence_ends_a_connection_and_bytes_of_either_direction_keep_it()
    {
        await using var origin = new TcpOrigin(static async socket =>
        {
            for (var i = 0; i < 6; i++)
            {
                await Task.Delay(300);
                await socket.SendAsync("."u8.ToArray());
            }

            await TcpOrigin.ReadToEndAsync(socket);
        });
        await using var gateway = await StartAsync(origin.Url, "timeouts: { stream-idle: 1s }");
        using var client = await ConnectAsync(gateway);
        (await ReadToEndAsync(client)).ShouldBe("......"u8.ToArray());
        gateway.Refusals(Refusal.StreamIdleTimeout).ShouldBe(1);
        await IsOverAsync(gateway);
    }

    [Fact]
    public async Task An_endpoint_that_refuses_is_passed_over_and_without_any_the_client_is_reset()
    {
        await using var origin = new TcpOrigin(static socket => TcpOrigin.EchoAsync(socket));
        await using var gateway = await StartAsync($"{Refusing()}\", \"{origin.Url}");
        for (var i = 0; i < 10; i++)
        {
            using var client = await ConnectAsync(gateway);
            await SendAsync(client, "hello"u8.ToArray());
            client.Shutdown(SocketShutdown.Send);
            (await ReadToEndAsync(client)).ShouldBe("hello"u8.ToArray());
        }

        await using var none = await StartAsync(Refusing());
        // The reset may be there before the client's own connect is.
        await Should.ThrowAsync<SocketException>(async () =>
        {
            using var refused = await ConnectAsync(none);
            await refused.ReceiveAsync(new byte[10]);
        });
        none.Refusals(Refusal.ConnectFailed).ShouldBe(1);
    }

    [Fact]
    public async Task Connections_are_shared_out_and_counted_over_loops()
    {
        await using var first = new TcpOrigin(static socket => TcpOrigin.EchoAsync(socket));
        await using var second = new TcpOrigin(static socket => TcpOrigin.EchoAsync(socket));
        await using var gateway = await StartAsync($"{first.Url}\", \"{second.Url}", cluster: "balancer: least-requests", loops: 4);
        var clients = new List<Socket>();
        for (var i = 0; i < 40; i++)
        {
            clients.Add(await ConnectAsync(gateway));
            await TestGateway.EventuallyAsync(() => first.Accepted + second.Accepted == i + 1);
        }

        first.Accepted.ShouldBe(20);
        second.Accepted.ShouldBe(20);
        gateway.UpstreamConnections.ShouldBe(40);
        foreach (var client in clients) client.Dispose();
        await IsOverAsync(gateway);
    }

    [Fact]
    public async Task A_limit_makes_connections_wait_their_turn()
    {
        await using var origin = new TcpOrigin(static socket => TcpOrigin.EchoAsync(socket));
        await using var gateway = await StartAsync(origin.Url, cluster: "pool: { connections: 1 }", loops: 2);
        using var first = await ConnectAsync(gateway);
        await SendAsync(first, "a"u8.ToArray());
        (await first.ReceiveAsync(new byte[1])).ShouldBe(1);
        using var second = await ConnectAsync(gateway);
        await SendAsync(second, "b"u8.ToArray());
        var waiting = second.ReceiveAsync(new byte[1]);
        await Task.Delay(200);
        waiting.IsCompleted.ShouldBeFalse();
        first.Dispose();
        (await waiting.WaitAsync(TimeSpan.FromSeconds(10))).ShouldBe(1);
        origin.Accepted.ShouldBe(2);
    }

    [Fact]
    public async Task A_reload_leaves_connections_alone_and_takes_new_ones_elsewhere()
    {
        await using var first = new TcpOrigin(static socket => TcpOrigin.EchoAsync(socket));
        await using var second = new TcpOrigin(static socket => TcpOrigin.EchoAsync(socket));
        await using var gateway = await StartAsync(first.Url);
        using var old = await ConnectAsync(gateway);
        await SendAsync(old, "a"u8.ToArray());
        (await old.ReceiveAsync(new byte[1])).ShouldBe(1);
        (await gateway.ApplyAsync(Yaml(second.Url, "", ""))).IsApplied.ShouldBeTrue();
        using var fresh = await ConnectAsync(gateway);
        await SendAsync(fresh, "b"u8.ToArray());
        (await fresh.ReceiveAsync(new byte[1])).ShouldBe(1);
        second.Accepted.ShouldBe(1);
        await SendAsync(old, "c"u8.ToArray());
        (await old.ReceiveAsync(new byte[1])).ShouldBe(1);
    }

    [Theory]
    [InlineData("listeners: { db: { address: \"127.0.0.1:0\", protocol: tcp } }", "no-forward")]
    [InlineData("listeners: { db: { address: \"127.0.0.1:0\", protocol: tcp, forward: c, routes: [] } }", "http-only")]
    [InlineData("listeners: { db: { address: \"127.0.0.1:0\", forward: c } }", "tcp-only")]
    [InlineData("listeners: { db: { address: \"127.0.0.1:0\", protocol: tcp, forward: d } }", "dangling-name")]
    [InlineData("listeners: { db: { address: \"127.0.0.1:0\", protocol: tcp, streams: [{ forward: c }] } }", "no-match")]
    [InlineData("listeners: { db: { address: \"127.0.0.1:0\", protocol: tcp, streams: [{ sni: \"a b\", forward: c }] } }", "bad-host")]
    [InlineData("listeners: { db: { address: \"127.0.0.1:0\", protocol: tcp, forward: h } }", "tcp://host:port")]
    [InlineData("listeners: { db: { address: \"127.0.0.1:0\" } }\nroutes: { r: { forward: c } }", "http:// or https://")]
    [InlineData("listeners: { db: { address: \"127.0.0.1:0\", protocol: tcp, forward: u } }\nroutes: { r: { forward: u } }", "two-uses")]
    public async Task What_cannot_be_meant_is_refused(string yaml, string said)
    {
        await using var gateway = await TestGateway.StartAsync("version: 1\nlisteners: { web: \"127.0.0.1:0\" }\nroutes: { r: { respond: 200 } }");
        var result = await gateway.ApplyAsync($"version: 1\n{yaml}\nclusters: {{ c: {{ endpoints: [\"tcp://127.0.0.1:1\"] }}, h: {{ endpoints: [\"http://127.0.0.1:1\"] }}, u: {{ endpoints: [\"unix:/tmp/none\"] }} }}");
        result.IsApplied.ShouldBeFalse();
        string.Join('\n', result.Diagnostics.Select(static d => d.Text)).ShouldContain(said);
    }

    private static string Refusing() => Origin.Refusing().Replace("http:", "tcp:", StringComparison.Ordinal);

    private static async Task IsOverAsync(TestGateway gateway)
    {
        await TestGateway.EventuallyAsync(() => gateway.Active == 0 && gateway.UpstreamConnections == 0, "connections");
        await TestGateway.EventuallyAsync(() => gateway.Gateway.OpenListeners.Single().Open == 0);
    }

    private static async Task<Socket> ConnectAsync(TestGateway gateway)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPEndPoint.Parse(gateway.Address("db")));
        return socket;
    }

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[await socket.SendAsync(bytes)..];
    }

    private static Task<byte[]> ReadToEndAsync(Socket socket) => TcpOrigin.ReadToEndAsync(socket).WaitAsync(TimeSpan.FromSeconds(30));

    private static Task<TestGateway> StartAsync(string urls, string listener = "", string cluster = "", int loops = 1) => TestGateway.StartAsync(Yaml(urls, listener, cluster), loops);

    private static string Yaml(string urls, string listener, string cluster) => $$"""
        version: 1
        listeners: { db: { address: "127.0.0.1:0", protocol: tcp, forward: origin{{(listener.Length == 0 ? "" : ", " + listener)}} } }
        clusters: { origin: { endpoints: ["{{urls}}"]{{(cluster.Length == 0 ? "" : ", " + cluster)}} } }
        """;
}
