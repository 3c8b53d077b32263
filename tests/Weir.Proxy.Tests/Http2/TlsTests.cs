using System.Net.Security;
using System.Text;
using Weir.Http;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.Tls;
using static Weir.Proxy.Tests.Http2.Http2Gateway;

namespace Weir.Proxy.Tests.Http2;

/// <summary>HTTP/2 over TLS.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly Certificates _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("", "h2", "h2,http/1.1")]
    [InlineData("", "h2", "http/1.1,h2")]
    [InlineData("", "http/1.1", "http/1.1")]
    [InlineData(", http2: false", "http/1.1", "h2,http/1.1")]
    public async Task What_is_spoken_is_chosen_by_alpn(string listener, string chosen, string offered)
    {
        await using var origin = Origin.Answering();
        await using var gateway = await StartAsync(origin, listener);
        using var client = await TlsClient.ConnectAsync(gateway, "a.test", offered: [.. offered.Split(',').Select(static o => new SslApplicationProtocol(o))]);
        client.Stream.NegotiatedApplicationProtocol.ToString().ShouldBe(chosen);
        if (chosen != "h2")
        {
            (await client.AskAsync("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")).ShouldEndWith("ok");
            return;
        }

        using var wire = await Http2Wire.OverAsync(client.Stream);
        (await AskHostAsync(wire, 1, "a.test")).ShouldBe("200");
    }

    [Fact]
    public async Task A_client_that_chose_http2_and_speaks_something_else_is_told()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await StartAsync(origin);
        using (var client = await TlsClient.ConnectAsync(gateway, "a.test", offered: SslApplicationProtocol.Http2))
        {
            await client.SendAsync("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");
            (await client.ReadToEndAsync()).ShouldEndWith("\0\0\0\u0001bad-frame");
        }

        gateway.Refusals(Refusal.BadFrame).ShouldBe(1);
        await ShouldBeQuietAsync(gateway);
    }

    [Fact]
    public async Task A_host_of_another_certificate_is_misdirected_and_others_on_the_connection_are_served()
    {
        await using var origin = Origin.Answering();
        await using var gateway = await TestGateway.ForwardingAsync(origin, $"tls: {{ certificates: [{_files.Make("a", ["a.test"])}, {_files.Make("b", ["b.test"])}] }}");
        using var client = await TlsClient.ConnectAsync(gateway, "a.test", offered: SslApplicationProtocol.Http2);
        using var wire = await Http2Wire.OverAsync(client.Stream);
        (await AskHostAsync(wire, 1, "a.test")).ShouldBe("200");
        (await AskHostAsync(wire, 3, "b.test")).ShouldBe("421");
        (await AskHostAsync(wire, 5, "a.test")).ShouldBe("200");
        gateway.Refusals(Refusal.MisdirectedRequest).ShouldBe(1);
    }

    [Fact]
    public async Task A_body_that_ends_while_its_records_are_on_their_way_ends()
    {
        // The end comes apart from the last bytes, to a client that reads late: it must not be marked on what is encrypted already.
        var go = new SemaphoreSlim(0);
        await using var origin = Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                await wire.ReadRequestAsync();
                await wire.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                for (var i = 0; i < 40; i++) await wire.SendAsync($"10000\r\n{new string((char)('a' + (i % 26)), 65_536)}\r\n");
                await go.WaitAsync();
                await wire.SendAsync("0\r\n\r\n");
            }
        });
        await using var gateway = await StartAsync(origin);
        using (var client = await TlsClient.ConnectAsync(gateway, "a.test", offered: SslApplicationProtocol.Http2))
        using (var wire = await Http2Wire.OverAsync(client.Stream, window: 3_000_000))
        {
            await wire.WindowUpdateAsync(0, 100_000_000);
            for (var id = 1; id <= 21; id += 2)
            {
                await wire.HeadersAsync(id, true, (":method", "GET"), (":scheme", "https"), (":path", "/"), (":authority", "a.test"));
                // Nothing is read for a while: what is sent stands in the kernel, in records and in what waits for both.
                await Task.Delay(id * 3);
                go.Release();
                (await wire.ReadAnswerAsync(id)).Body.Length.ShouldBe(40 * 65_536);
            }
        }

        await ShouldBeQuietAsync(gateway);
    }

    [Fact]
    public async Task Many_bodies_both_ways_arrive_whole()
    {
        await using var origin = Origin.Answering(static request => $"HTTP/1.1 200 OK\r\nContent-Length: {request.Body.Length}\r\n\r\n{request.Body}");
        await using var gateway = await StartAsync(origin, loops: 2);
        var clients = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => TlsClient.ConnectAsync(gateway, "a.test", offered: SslApplicationProtocol.Http2)));
        await Task.WhenAll(clients.Select(async (client, number) =>
        {
            using var wire = await Http2Wire.OverAsync(client.Stream, window: 100_000);
            await wire.WindowUpdateAsync(0, 100_000_000);
            for (var round = 0; round < 10; round++)
            {
                for (var i = 0; i < 8; i++)
                {
                    var id = (16 * round) + (2 * i) + 1;
                    await wire.HeadersAsync(id, false, (":method", "POST"), (":scheme", "https"), (":path", "/"), (":authority", "a.test"));
                    await wire.SendAsync(Http2Wire.Data, 1, id, Text(number, id));
                }

                for (var i = 0; i < 8; i++)
                {
                    var id = (16 * round) + (2 * i) + 1;
                    (await wire.ReadAnswerAsync(id)).Body.ShouldBe(Encoding.ASCII.GetString(Text(number, id)));
                }
            }

            client.Dispose();
        }));
        await ShouldBeQuietAsync(gateway);
    }

    private static byte[] Text(int number, int id) => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat($"{number}.{id} ", 1 + (id * 7 % 1500))));

    private Task<TestGateway> StartAsync(Origin origin, string listener = "", int loops = 1)
        => TestGateway.ForwardingAsync(origin, $"tls: {{ certificates: [{_files.Make("a", ["a.test"])}] }}" + listener, loops: loops);

    private static async Task<string> AskHostAsync(Http2Wire wire, int stream, string host)
    {
        await wire.HeadersAsync(stream, true, (":method", "GET"), (":scheme", "https"), (":path", "/"), (":authority", host));
        return (await wire.ReadAnswerAsync(stream)).Status;
    }
}
