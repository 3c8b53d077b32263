using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Weir.Http;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Tls;

/// <summary>What comes in place of a handshake, or breaks one off, is counted, ends its own connection, and nothing else.</summary>
public sealed class HostileHandshakeTests
{
    private const byte HandshakeFailure = 40, CloseNotify = 0, UserCanceled = 90, ProtocolVersion = 70;

    public static TheoryData<string, byte[]> Nonsense => new()
    {
        { "garbage", [.. Enumerable.Range(0, 512).Select(static i => (byte)((i * 37) + 200))] },
        { "zeros", new byte[2000] },
        { "a record over the bound", [.. Hello.Record(Hello.Handshake, new byte[16384 + 257]), .. new byte[4096]] },
        { "a record as long as can be said", [22, 3, 1, 0xFF, 0xFF, .. new byte[0xFFFF]] },
        { "a message as long as can be said", Hello.Record(Hello.Handshake, [1, 0xFF, 0xFF, 0xFF, .. new byte[1000]]) },
        { "application data", Hello.Record(Hello.ApplicationData, new byte[100], 0x0303) },
        { "a change of ciphers", Hello.Record(20, [1], 0x0303) },
        { "a heartbeat", Hello.Record(24, [1, 0x40, 0, .. new byte[16]], 0x0303) },
        { "a server's hello", Hello.Record(Hello.Handshake, [2, 0, 0, 38, 3, 3, .. new byte[32], 0, 0x13, 1, 0]) },
        { "a Finished", Hello.Record(Hello.Handshake, [20, 0, 0, 12, .. new byte[12]]) },
        { "a key update", Hello.Record(Hello.Handshake, [24, 0, 0, 1, 1]) },
        { "records without content", [.. Enumerable.Repeat(Hello.Record(Hello.Handshake, []), 5000).SelectMany(static r => r)] },
        { "alerts without content", [.. Enumerable.Repeat(Hello.Record(Hello.Alert, []), 5000).SelectMany(static r => r)] },
        { "warnings without end", [.. Enumerable.Repeat(Hello.AlertOf(1, UserCanceled), 5000).SelectMany(static r => r)] },
        { "SSL 2", [0x80, 0x1F, 1, 0, 2, 0, 6, 0, 0, 0, 16, 1, 0, 0x80, 7, 0, 0xC0, .. new byte[16]] },
        { "a request of another protocol", "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"u8.ToArray() },
    };

    [Theory, MemberData(nameof(Nonsense))]
    public async Task What_is_no_hello_is_refused(string what, byte[] bytes)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TlsGateway.StartAsync(origin);
        using var client = await gateway.Gateway.ConnectAsync();
        await SendAsync(client, bytes);
        await client.ReadToAnyEndAsync();
        await TestGateway.EventuallyAsync(() => gateway.Unmade == 1, what);
        origin.Connections.ShouldBeEmpty();
        await gateway.ShouldBeSoundAsync();
        gateway.Unmade.ShouldBe(1);
    }

    [Theory]
    [InlineData(0x0300, HandshakeFailure)]
    [InlineData(0x0301, ProtocolVersion)]
    [InlineData(0x0302, ProtocolVersion)]
    public async Task Versions_that_are_not_spoken_are_told_so(ushort version, byte alert)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TlsGateway.StartAsync(origin);
        using var client = await gateway.Gateway.ConnectAsync();
        await client.SendAsync(Hello.Old(version));
        Hello.AlertIn(await client.ReadCountAsync(7)).ShouldBe(alert);
        await client.ReadToAnyEndAsync();
        await TestGateway.EventuallyAsync(() => gateway.Gateway.Refusals(Refusal.TlsHandshakeFailed) == 1);
        await gateway.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, true)]
    [InlineData(SslProtocols.Tls13, false)]
    public async Task A_hello_that_breaks_off_anywhere_is_counted_and_leaves_nothing(SslProtocols protocol, bool resets)
    {
        var hello = Hello.Real(protocol);
        await using var origin = Origin.Answering();
        await using var gateway = await TlsGateway.StartAsync(origin);
        var broken = 0;
        for (var length = 0; length < hello.Length; length += length < 16 ? 1 : 13)
        {
            using var client = await gateway.Gateway.ConnectAsync();
            await client.SendAsync(hello.AsMemory(0, length));
            if (resets) client.Reset();
            else client.FinishSending();
            broken++;
        }

        await TestGateway.EventuallyAsync(() => gateway.Unmade == broken);
        gateway.Made.ShouldBe(0);
        await gateway.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_hello_that_never_ends_has_its_time()
    {
        var hello = Hello.Real();
        await using var origin = Origin.Answering();
        await using var gateway = await TlsGateway.StartAsync(origin, "timeouts: { handshake: 400ms }");
        using var client = await gateway.Gateway.ConnectAsync();
        // One byte now and then does not buy more time.
        var sending = Task.Run(async () =>
        {
            foreach (var b in hello.AsMemory(0, hello.Length - 1).ToArray())
            {
                await SendAsync(client, [b]);
                await Task.Delay(20);
            }
        });
        await TestGateway.EventuallyAsync(() => gateway.Gateway.Refusals(Refusal.TlsHandshakeTimeout) == 1);
        await sending;
        await gateway.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_handshake_may_come_byte_by_byte(SslProtocols protocol)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TlsGateway.StartAsync(origin, "timeouts: { handshake: 30s }");
        (await AskAsync(gateway, protocol, ShapedStream.OneByOne)).ShouldEndWith("ok");
        await gateway.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, 1)]
    [InlineData(SslProtocols.Tls12, 7)]
    [InlineData(SslProtocols.Tls13, 1)]
    [InlineData(SslProtocols.Tls13, 50)]
    public async Task A_hello_may_be_cut_into_many_records(SslProtocols protocol, int size)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TlsGateway.StartAsync(origin);
        (await AskAsync(gateway, protocol, (write, bytes) => [write == 0 ? Hello.Split(bytes, size) : bytes])).ShouldEndWith("ok");
        await gateway.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData(2, HandshakeFailure)]
    [InlineData(1, CloseNotify)]
    public async Task An_alert_before_the_hello_ends_it(byte level, byte description) => await ShouldEndAsync(async client => await SendAsync(client, Hello.AlertOf(level, description)), closes: true);

    [Theory]
    [InlineData(SslProtocols.Tls12, 2, HandshakeFailure)]
    [InlineData(SslProtocols.Tls12, 1, CloseNotify)]
    [InlineData(SslProtocols.Tls13, 2, HandshakeFailure)]
    [InlineData(SslProtocols.Tls13, 1, CloseNotify)]
    public async Task An_alert_with_the_hello_ends_it(SslProtocols protocol, byte level, byte description)
        => await ShouldEndAsync(async client => await SendAsync(client, [.. Hello.Real(protocol), .. Hello.AlertOf(level, description)]), closes: true);

    [Theory]
    [InlineData(SslProtocols.Tls12, 2, HandshakeFailure)]
    [InlineData(SslProtocols.Tls12, 1, CloseNotify)]
    [InlineData(SslProtocols.Tls13, 2, HandshakeFailure)]
    [InlineData(SslProtocols.Tls13, 1, CloseNotify)]
    public async Task An_alert_after_the_servers_flight_ends_it(SslProtocols protocol, byte level, byte description)
        => await ShouldEndAsync(
            async client =>
            {
                await client.SendAsync(Hello.Real(protocol));
                (await client.ReadAsync())[0].ShouldBe((char)Hello.Handshake);
                await SendAsync(client, Hello.AlertOf(level, description));
            },
            closes: true);

    [Theory]
    [InlineData(SslProtocols.Tls12, true)]
    [InlineData(SslProtocols.Tls12, false)]
    [InlineData(SslProtocols.Tls13, true)]
    [InlineData(SslProtocols.Tls13, false)]
    public async Task A_client_may_vanish_after_the_servers_flight(SslProtocols protocol, bool resets)
        => await ShouldEndAsync(
            async client =>
            {
                await client.SendAsync(Hello.Real(protocol));
                await client.ReadAsync();
                if (resets) client.Reset();
                else client.FinishSending();
            },
            closes: !resets);

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Any_byte_of_the_second_flight_may_be_wrong(SslProtocols protocol)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TlsGateway.StartAsync(origin);
        var random = new Random(11);
        var failed = 0;
        for (var i = 0; i < 20; i++)
        {
            using var socket = await gateway.OpenAsync();
            await using var stream = Over(socket, (write, bytes) =>
            {
                // Past the record's header, which has bytes that nobody looks at.
                if (write == 1) bytes[^random.Next(1, 30)] ^= (byte)(1 << random.Next(8));
                return [bytes];
            });
            try
            {
                await AuthenticateAsync(stream, protocol);
                await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(TlsGateway.Get));
                (await stream.ReadAsync(new byte[1000])).ShouldBe(0);
                failed++;
            }
            catch (Exception end) when (end is IOException or AuthenticationException)
            {
                failed++;
            }
        }

        failed.ShouldBe(20);
        await TestGateway.EventuallyAsync(() => gateway.Gateway.Refusals(Refusal.TlsHandshakeFailed) == 20);
        origin.Connections.ShouldBeEmpty();
        await gateway.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Nonsense_from_many_at_once_does_not_keep_others_out()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TlsGateway.StartAsync(origin);
        var all = Nonsense.Select(static row => (byte[])row[1]).ToArray();
        await Parallel.ForEachAsync(Enumerable.Range(0, 400), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            if (i % 8 == 0)
            {
                using var good = await TlsClient.ConnectAsync(gateway.Gateway, "a.test");
                (await good.AskAsync(TlsGateway.Get)).ShouldEndWith("ok");
                return;
            }

            using var client = await gateway.Gateway.ConnectAsync();
            await SendAsync(client, all[i % all.Length]);
            await client.ReadToAnyEndAsync();
        });
        await gateway.ShouldBeSoundAsync();
        gateway.Unmade.ShouldBe(350);
    }

    private static async Task ShouldEndAsync(Func<RawConnection, Task> client, bool closes)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TlsGateway.StartAsync(origin);
        using (var wire = await gateway.Gateway.ConnectAsync())
        {
            await client(wire);
            if (closes) await wire.ReadToAnyEndAsync();
        }

        await TestGateway.EventuallyAsync(() => gateway.Unmade == 1);
        gateway.Made.ShouldBe(0);
        origin.Connections.ShouldBeEmpty();
        await gateway.ShouldBeSoundAsync();
    }

    private static async Task<string> AskAsync(TlsGateway gateway, SslProtocols protocol, Func<int, byte[], IEnumerable<byte[]>> shape)
    {
        using var socket = await gateway.OpenAsync();
        await using var stream = Over(socket, shape);
        await AuthenticateAsync(stream, protocol);
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n"u8.ToArray());
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }

#pragma warning disable CA5359 // A certificate of this test.
    private static SslStream Over(Socket socket, Func<int, byte[], IEnumerable<byte[]>> shape) => new(new ShapedStream(socket, shape), false, static (_, _, _, _) => true);
#pragma warning restore CA5359

    private static Task AuthenticateAsync(SslStream stream, SslProtocols protocol)
        => stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "a.test", EnabledSslProtocols = protocol });

    // The other end may have had enough before all is sent.
    private static async Task SendAsync(RawConnection client, byte[] bytes)
    {
        try
        {
            await client.SendAsync(bytes);
        }
        catch (Exception end) when (end is ResetException or SocketException)
        {
            // It had.
        }
    }
}
