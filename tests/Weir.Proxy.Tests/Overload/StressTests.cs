using System.Collections.Concurrent;
using System.Net;
using System.Net.Http;
using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;
using Weir.Proxy.Tests.Retries;

namespace Weir.Proxy.Tests.Overload;

/// <summary>Whatever meets, nothing of it is left: no count, no place, no memory.</summary>
public sealed class StressTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private const string Bad = "HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Nothing_is_left_of_everything_at_once(int seed)
    {
        var random = new Random(seed);
        int Next(int most)
        {
            lock (random) return random.Next(most);
        }

        Origin Any() => Origin.Start(async (wire, _) =>
        {
            while (true)
            {
                var request = await wire.ReadRequestAsync();
                var act = Next(14);
                if (act == 0) { wire.Reset(); return; }
                if (act == 1) return;
                if (act == 2) await Task.Delay(300);
                if (act == 3) await Task.Delay(30);
                if (act == 4) { await wire.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf"); return; }
                if (act == 5) { await wire.SendAsync("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"); await Task.Delay(10); }
                await wire.SendAsync(act is 6 or 7 ? Bad : act == 8 ? "HTTP/1.1 500 No\r\nRetry-After: 0\r\nContent-Length: 2\r\n\r\nno" : Origin.Ok);
            }
        }, records: false);
        var origins = Enumerable.Range(0, 4).Select(_ => Any()).ToList();
        var seen = new HashSet<ClusterState>();
        var states = new HashSet<EndpointState>();
        await using (var gateway = await TestGateway.StartAsync(Config(0), loops: 2))
        {
            using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(7));
            var statuses = new ConcurrentDictionary<string, int>();
            var clients = Enumerable.Range(0, 24).Select(n => Task.Run(async () =>
            {
                string? cookie = null;
                while (!stop.IsCancellationRequested)
                {
                    try
                    {
                        using var client = await gateway.ConnectAsync();
                        for (var i = 0; i < 5; i++)
                        {
                            var kind = Next(8);
                            var cookies = cookie is null ? "" : $"Cookie: {cookie}\r\n";
                            var body = kind == 1 ? new string('b', Next(200_000)) : kind == 2 ? "hello" : "";
                            var head = $"{(kind is 1 or 2 ? "PUT" : kind == 3 ? "POST" : "GET")} /{Next(5)} HTTP/1.1\r\nHost: a\r\n{cookies}{(kind == 3 ? "Content-Type: application/grpc\r\ngrpc-timeout: 20m\r\n" : "")}Content-Length: {body.Length}\r\n\r\n";
                            await client.SendAsync(head + (kind == 4 ? "" : body));
                            if (kind >= 6 && Next(2) == 0)
                            {
                                await Task.Delay(Next(40));
                                client.Reset();
                                break;
                            }

                            var answer = await client.ReadResponseAsync();
                            statuses.AddOrUpdate(answer.Refusal ?? answer.StartLine.Split(' ')[1], 1, static (_, v) => v + 1);
                            cookie = answer.Fields.FirstOrDefault(static f => f.Name.Equals("set-cookie", StringComparison.OrdinalIgnoreCase)).Value?.Split(';')[0] ?? cookie;
                            if (answer.Closes) break;
                        }
                    }
                    catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
                    {
                    }
                }
            })).ToList();
            var version = 0;
            while (!stop.IsCancellationRequested)
            {
                foreach (var cluster in gateway.Gateway.Current!.Clusters.Values)
                {
                    seen.Add(cluster.State);
                    foreach (var endpoint in cluster.Endpoints) states.Add(endpoint.State);
                }

                var result = await gateway.ApplyAsync(Config(++version));
                result.IsApplied.ShouldBeTrue(string.Join('\n', result.Diagnostics.Select(static d => d.Text)));
                await Task.Delay(40);
            }

            await Task.WhenAll(clients);
            foreach (var cluster in gateway.Gateway.Current!.Clusters.Values)
            {
                seen.Add(cluster.State);
                foreach (var endpoint in cluster.Endpoints) states.Add(endpoint.State);
            }

            try
            {
                await TestGateway.EventuallyAsync(() => gateway.Active == 0 && gateway.Gateway.Loops.Sum(static l => l.Mirrors.Count) == 0
                    && seen.All(static s => s.Active == 0 && s.Gate.InFlight == 0 && s.Gate.Waiting == 0 && s.Queue.Count == 0) && states.All(static e => e.Active == 0));
            }
            catch (TimeoutException)
            {
                throw new InvalidOperationException($"active {gateway.Active}, mirrors {gateway.Gateway.Loops.Sum(static l => l.Mirrors.Count)}: " + string.Join("; ", seen.Select(static s => $"{s.Name} {s.Active} {s.Gate.InFlight} {s.Gate.Waiting} {s.Queue.Count}")) + " | " + string.Join("; ", states.Select(static e => $"{e.Url} {e.Active} {e.Connections}")));
            }

            // The connections are those that are idle.
            states.Sum(static e => e.Connections).ShouldBe(gateway.IdleUpstream);
            gateway.Gateway.Loops.Sum(static l => l.Replays.Bytes).ShouldBe(0);
            gateway.Gateway.Loops.Sum(static l => l.Mirrors.Memory.Bytes).ShouldBe(0);
            statuses.GetValueOrDefault("200").ShouldBeGreaterThan(100);
            Console.WriteLine(string.Join(", ", statuses.OrderByDescending(static s => s.Value).Select(static s => $"{s.Key} {s.Value}")) + $", reloads {version}");
        }

        foreach (var origin in origins) await origin.DisposeAsync();

        string Config(int v)
        {
            var (one, two) = (v % 7 == 3 ? "d" : "c", "second");
            var breaker = (v % 4) switch { 0 => "breaker: { requests: 3, queue: 4, queue-timeout: 50ms, errors: { percent: 60%, volume: 10, open: 100ms } }, ", 1 => "breaker: { requests: 8, queue: 4, queue-timeout: 50ms }, ", 2 => "", _ => "breaker: { endpoint-requests: 3, adaptive: {} , errors: 90% }, " };
            var endpoints = string.Join(", ", origins.Take(2 + (v % 3)).Select(static o => $"\"{o.Url}\""));
            return $$"""
                version: 1
                listeners: { web: "127.0.0.1:0" }
                routes:
                  all: { forward: { cluster: {{one}}, mirror: { cluster: third, window: 32KiB, timeout: 50ms, compare: {} } }, timeouts: { total: 400ms }, fallback: { forward: {{two}} }, retry: { attempts: 3, on: [connect-failure, reset, refused-stream, timeout, 5xx], per-try-timeout: 100ms, hedge: 20ms, backoff: { base: 5ms } } }
                  arms: { match: { path: /1 }, timeouts: { total: 400ms }, split: { sticky: { keys: 0123456789abcdef0123456789abcdef }, arms: { x: { forward: {{one}}, weight: 1 }, y: { forward: {{two}}, weight: 1 } } } }
                  vip: { match: { path: /2 }, criticality: critical, forward: {{one}}, timeouts: { total: 300ms } }
                  shed: { match: { path: /3 }, criticality: sheddable, forward: {{one}}, fallback: { respond: 204 }, timeouts: { total: 300ms } }
                clusters:
                  {{one}}: { {{breaker}}sticky: { keys: [0123456789abcdef0123456789abcdef] }, pool: { connections: {{1 + (v % 3)}}, queue: 5, queue-timeout: 60ms }, endpoints: [{{endpoints}}], health: { outliers: { consecutive: 3, ejection: 100ms } } }
                  {{two}}: { endpoints: ["{{origins[3].Url}}"], pool: { connections: 3, queue-timeout: 60ms }, breaker: { requests: 4, queue: 3, queue-timeout: 20ms } }
                  third: { endpoints: ["{{origins[0].Url}}"], pool: { connections: 2 } }
                """;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Nothing_is_left_over_http2(int seed)
    {
        var random = new Random(seed);
        int Next(int most)
        {
            lock (random) return random.Next(most);
        }

        string Act(int _) => Next(12) switch { 0 => "reset", 1 => "close", 2 => "silence", 3 => "refuse", 4 or 5 => "503", 6 => "500 retry-after: 0", _ => "200" };
        var origins = Enumerable.Range(0, 3).Select(_ => FaultyOrigin.Start(true, Act)).ToList();
        var seen = new HashSet<ClusterState>();
        var states = new HashSet<EndpointState>();
        await using (var gateway = await TestGateway.StartAsync(Config(0), loops: 2))
        {
            using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(6));
            var statuses = new ConcurrentDictionary<string, int>();
            var clients = Enumerable.Range(0, 12).Select(n => Task.Run(async () =>
            {
                using var client = new HttpClient(new SocketsHttpHandler { EnableMultipleHttp2Connections = true, UseCookies = true });
                while (!stop.IsCancellationRequested)
                {
                    using var request = new HttpRequestMessage(Next(3) == 0 ? HttpMethod.Put : HttpMethod.Get, $"http://{gateway.Address()}/{Next(4)}") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
                    if (request.Method == HttpMethod.Put) request.Content = new ByteArrayContent(new byte[Next(100_000)]);
                    using var patience = new CancellationTokenSource(Next(4) == 0 ? Next(60) : 5000);
                    try
                    {
                        using var answer = await client.SendAsync(request, patience.Token);
                        statuses.AddOrUpdate($"{(int)answer.StatusCode}", 1, static (_, v) => v + 1);
                    }
                    catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
                    {
                        statuses.AddOrUpdate("cut", 1, static (_, v) => v + 1);
                    }
                }
            })).ToList();
            var version = 0;
            while (!stop.IsCancellationRequested)
            {
                Note();
                (await gateway.ApplyAsync(Config(++version))).IsApplied.ShouldBeTrue();
                await Task.Delay(50);
            }

            await Task.WhenAll(clients);
            Note();
            try
            {
                await TestGateway.EventuallyAsync(() => gateway.Active == 0 && gateway.Gateway.Loops.Sum(static l => l.Mirrors.Count) == 0
                    && seen.All(static s => s.Active == 0 && s.Gate.InFlight == 0 && s.Gate.Waiting == 0 && s.Queue.Count == 0) && states.All(static e => e.Active == 0));
            }
            catch (TimeoutException)
            {
                throw new InvalidOperationException($"active {gateway.Active}: " + string.Join("; ", seen.Select(static s => $"{s.Name} {s.Active} {s.Gate.InFlight} {s.Gate.Waiting} {s.Queue.Count}")) + " | " + string.Join("; ", states.Select(static e => $"{e.Url} {e.Active} {e.Connections}")));
            }

            gateway.Gateway.Loops.Sum(static l => l.Replays.Bytes).ShouldBe(0);
            gateway.Gateway.Loops.Sum(static l => l.Mirrors.Memory.Bytes).ShouldBe(0);
            await Task.Delay(300);
            var leftOver = string.Join("; ", states.Where(static e => e.Removed).Select(static e => $"{e.Url} {e.Connections}").Where(static t => !t.EndsWith(" 0", StringComparison.Ordinal)));
            leftOver.ShouldBe("");
            Console.WriteLine(string.Join(", ", statuses.OrderByDescending(static s => s.Value).Select(static s => $"{s.Key} {s.Value}")) + $", reloads {version}");

            void Note()
            {
                foreach (var cluster in gateway.Gateway.Current!.Clusters.Values)
                {
                    seen.Add(cluster.State);
                    foreach (var endpoint in cluster.Endpoints) states.Add(endpoint.State);
                }
            }
        }

        foreach (var origin in origins) await origin.DisposeAsync();

        string Config(int v)
        {
            var one = v % 7 == 3 ? "d" : "c";
            var breaker = (v % 3) switch { 0 => "breaker: { requests: 6, queue: 6, queue-timeout: 50ms, errors: { percent: 90%, volume: 30, open: 100ms } }, ", 1 => "", _ => "breaker: { endpoint-requests: 3 }, " };
            return $$"""
                version: 1
                listeners: { web: "127.0.0.1:0" }
                routes:
                  all: { forward: { cluster: {{one}}, mirror: { cluster: third, window: 32KiB, timeout: 50ms, compare: {} } }, timeouts: { total: 400ms }, fallback: { forward: second }, retry: { attempts: 3, on: [connect-failure, reset, refused-stream, timeout, 5xx], per-try-timeout: 100ms, hedge: 10ms, backoff: { base: 5ms } } }
                clusters:
                  {{one}}: { {{breaker}}protocol: http2, pool: { connections: {{1 + (v % 2)}}, streams: {{1 + (v % 4)}}, queue: 5, queue-timeout: 60ms }, endpoints: ["{{origins[0].Url}}", "{{origins[1 + (v % 2)].Url}}"], health: { outliers: { consecutive: 3, ejection: 100ms } } }
                  second: { protocol: http2, endpoints: ["{{origins[2].Url}}"], pool: { connections: 3, queue-timeout: 60ms }, breaker: { requests: 4, queue: 3, queue-timeout: 20ms } }
                  third: { protocol: http2, endpoints: ["{{origins[0].Url}}"], pool: { connections: 2 } }
                """;
        }
    }
}
