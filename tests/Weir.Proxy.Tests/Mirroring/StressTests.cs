using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.Http2;
using static Weir.Proxy.Tests.Mirroring.MirrorSite;

namespace Weir.Proxy.Tests.Mirroring;

/// <summary>Everything at once: clients that leave, mirrors that fail in every way, reloads. The origin's answers are right, and nothing is left over.</summary>
public sealed class StressTests
{
    private const int Clients = 16, Requests = 25;

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public async Task Nothing_is_left_of_many(int loops, bool isHttp2)
    {
        var random = new Random(7);
        await using var origin = Origin.Answering(static r => $"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n{r.Body.Length:000000}");
        await using var shadow = Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                var act = 0;
                lock (random) act = random.Next(12);
                if (act == 0) return;
                if (act == 1) await Task.Delay(200);
                await wire.ReadUntilAsync("\r\n\r\n");
                if (act == 2) wire.Reset();
                if (act == 3) await wire.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\nhalf");
                if (act is 2 or 3) return;
                // What is left of a body is taken for nonsense by the next look, which ends the connection.
                await wire.SendAsync($"HTTP/1.1 {(act < 8 ? 200 : 500)} Any\r\nContent-Length: 6\r\n\r\n000000");
            }
        }, records: false);
        const string Mirror = "window: 32KiB, timeout: 50ms, concurrency: 20, compare: {}";
        await using var site = await StartAsync(origin.Url, shadow.Url, Mirror, loops: loops);
        var clients = Task.WhenAll(Enumerable.Range(0, Clients).Select(i => isHttp2 ? AskOverHttp2Async(site.Gateway) : AskAsync(site.Gateway, new Random(i))));
        for (var version = 0; !clients.IsCompleted; version++)
        {
            (await site.Gateway.ApplyAsync(Yaml(origin.Url, shadow.Url, $"{Mirror}, share: {(version % 5 == 4 ? 50 : 100)}%"))).IsApplied.ShouldBeTrue();
            await Task.Delay(10);
        }

        await clients;
        await site.ShouldBeQuietAsync();
        site.State.PerLoop.Sum(static c => c.Outcomes.Sum()).ShouldBeGreaterThan(Clients * Requests / 2);
        site.Count(MirrorOutcome.Answered).ShouldBeGreaterThan(0);
        site.Gateway.Gateway.Current!.Clusters["shadow"].Endpoints[0].State.Active.ShouldBe(0);
    }

    private static async Task AskAsync(TestGateway gateway, Random random)
    {
        for (var i = 0; i < Requests; i++)
        {
            using var client = await gateway.ConnectAsync();
            var length = random.Next(3) switch { 0 => 0, 1 => random.Next(100), _ => random.Next(100_000) };
            await client.SendAsync($"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
            if (length > 0)
            {
                await client.SendAsync(new string('x', length / 2));
                if (random.Next(4) == 0)
                {
                    client.Reset();
                    continue;
                }

                await client.SendAsync(new string('x', length - (length / 2)));
            }

            (await client.ReadResponseAsync("PUT")).Body.ShouldBe($"{length:000000}");
        }
    }

    private static async Task AskOverHttp2Async(TestGateway gateway)
    {
        using var wire = await Http2Wire.ConnectAsync(gateway);
        for (var i = 0; i < Requests; i++)
        {
            var stream = (2 * i) + 1;
            await wire.HeadersAsync(stream, endStream: false, Http2Gateway.Ask("/", "PUT"));
            await wire.DataAsync(stream, new string('x', 1000), endStream: false);
            if (i % 5 == 4)
            {
                await wire.ResetAsync(stream);
                continue;
            }

            await wire.DataAsync(stream, new string('x', 500), endStream: true);
            (await wire.ReadAnswerAsync(stream)).Body.ShouldBe("001500");
        }
    }
}
