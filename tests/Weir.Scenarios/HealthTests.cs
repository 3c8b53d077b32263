using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Weir.Scenarios.Fixture;
using Weir.Tests;

namespace Weir.Scenarios;

/// <summary>Origins that die, hang and come back under load, and operators who take them out.</summary>
public sealed class HealthTests
{
    private const int SigKill = 9, SigContinue = 18, SigStop = 19;

    [Fact]
    public async Task A_cluster_survives_an_origin_that_is_killed_and_one_that_hangs()
    {
        var ports = Enumerable.Range(0, 3).Select(static _ => FreePort.Find()).ToArray();
        var origins = await Task.WhenAll(ports.Select(OriginAsync));
        try
        {
            await using var weir = await WeirProcess.StartAsync($$"""
                version: 1
                workers: 2
                listeners: { web: "127.0.0.1:0" }
                routes: { all: { forward: c, timeouts: { first-byte: 500ms } } }
                clusters:
                  c:
                    endpoints: [{{string.Join(", ", ports.Select(static p => $"\"http://127.0.0.1:{p}\""))}}]
                    slow-start: 500ms
                    connect-timeout: 500ms
                    health: { probe: { path: /, interval: 200ms, timeout: 200ms }, outliers: { ejection: 500ms } }
                """);
            await using var load = new SteadyLoad(weir);
            await load.PassAsync(200);

            origins[0].Signal(SigKill);
            await weir.WaitForErrorAsync($"http://127.0.0.1:{ports[0]} of c is unhealthy: connection refused");
            await load.PassAsync(300);
            // Those that were on their way to it.
            load.Failed.ShouldBeLessThanOrEqualTo(SteadyLoad.Clients * 2, string.Join('\n', load.Failures));
            await load.ExpectNoFailureAsync(500);

            await origins[0].DisposeAsync();
            origins[0] = await OriginAsync(ports[0]);
            await weir.WaitForErrorAsync($"http://127.0.0.1:{ports[0]} of c is healthy: its probe passes");
            await load.ExpectNoFailureAsync(500);

            origins[1].Signal(SigStop);
            await weir.WaitForErrorAsync($"http://127.0.0.1:{ports[1]} of c is unhealthy: timed out");
            // Those that are on their way to it, until their time is over.
            await ExpectAsync(weir, e => e[1].GetProperty("active").GetInt32() == 0);
            await load.ExpectNoFailureAsync(500);
            origins[1].Signal(SigContinue);
            await weir.WaitForErrorAsync($"http://127.0.0.1:{ports[1]} of c is healthy: its probe passes");
            await load.ExpectNoFailureAsync(500);

            using var control = weir.Control();
            var metrics = await control.GetStringAsync("/metrics");
            metrics.ShouldMatch("weir_probes_total{cluster=\"c\",outcome=\"failed\"} [1-9]");
            metrics.ShouldMatch("weir_cluster_endpoints{cluster=\"c\",state=\"healthy\"} [1-3]");
            metrics.ShouldContain("weir_endpoint_ejections_total{cluster=\"c\"} ");
        }
        finally
        {
            foreach (var origin in origins) await origin.DisposeAsync();
        }
    }

    [Fact]
    public async Task What_an_operator_changes_holds_over_reload_and_restart()
    {
        using var state = new TemporaryFolder();
        using var one = Origin.Start("one");
        using var two = Origin.Start("two");
        var urls = new[] { one, two }.Select(static o => $"http://127.0.0.1:{o.Port}").ToArray();
        var config = $$"""
            version: 1
            state: "{{state["state"]}}"
            listeners: { web: "127.0.0.1:0" }
            routes: { all: { forward: c } }
            clusters: { c: { endpoints: ["{{urls[0]}}", "{{urls[1]}}"] } }
            """;
        await using (var weir = await WeirProcess.StartAsync(config))
        {
            (await SayAsync(weir, 1, "drain", "http://127.0.0.1:1")).ShouldContain(static l => l.Contains("no cluster has an endpoint 'http://127.0.0.1:1'"));
            (await SayAsync(weir, 2, "drain", "--undo")).ShouldContain(static l => l.Contains("either endpoints (10.0.0.2:8080), or one of --zone, --label and --priority"));
            (await SayAsync(weir, 0, "drain", urls[0])).ShouldContain(l => l.StartsWith($"  drain {urls[0]} of c, since "));
            (await SayAsync(weir, 0, "weight", urls[1][7..], "7", "--cluster", "c", "--for", "1h")).ShouldContain(l => l.StartsWith($"  weight 7 for {urls[1]} of c, since ") && l.Contains(", until "));
            await ExpectAsync(weir, urls);
            weir.Rewrite(config.Replace("{ endpoints", "{ connect-timeout: 4s, endpoints", StringComparison.Ordinal));
            await weir.WaitForErrorAsync("configuration 2");
            await ExpectAsync(weir, urls);
            (await SayAsync(weir, 0, "print")).ShouldContain(l => l.StartsWith($"#   drain {urls[0]} of c, since "));
            (await SayAsync(weir, 0, "explain", "GET", "/x", "--live")).ShouldContain(l => l.Trim() == $"{urls[0]}  draining, left out: weir drain");
        }

        await using var again = await WeirProcess.StartAsync(config);
        await ExpectAsync(again, urls);
        // What is named and is not there stays for when it is there again.
        again.Rewrite(config.Replace($"\"{urls[0]}\", ", "", StringComparison.Ordinal));
        await again.WaitForErrorAsync("configuration 2");
        (await SayAsync(again, 0, "status")).ShouldContain(l => l.StartsWith($"changed at run time: drain {urls[0]} of c, since ") && l.EndsWith(", not in force: the cluster does not have it now"));
        again.Rewrite(config);
        await again.WaitForErrorAsync("configuration 3");
        await ExpectAsync(again, urls);
        (await SayAsync(again, 0, "drain", urls[0], "--for", "1s")).ShouldContain(l => l.StartsWith($"  drain {urls[0]} of c, since ") && l.Contains(", until "));
        await again.WaitForErrorAsync($"changed at run time no more (its time is over): drain {urls[0]} of c, since ");
        (await SayAsync(again, 0, "weight", urls[1], "--undo")).ShouldContain("in force: what the file says");
        (await SayAsync(again, 0, "status")).ShouldNotContain(static l => l.Contains("draining"));
        (await SayAsync(again, 0, "print")).ShouldNotContain(static l => l.StartsWith('#'));
    }

    private static Task ExpectAsync(WeirProcess weir, string[] urls)
        => ExpectAsync(weir, e => e.EnumerateArray().Select(static e => $"{e.GetProperty("url")} {e.GetProperty("state")} {e.GetProperty("weight")} {e.GetProperty("share")}").SequenceEqual([$"{urls[0]} draining 1 0", $"{urls[1]} healthy 7 100"]));

    private static async Task ExpectAsync(WeirProcess weir, Predicate<JsonElement> endpoints)
    {
        using var control = weir.Control();
        for (var began = Stopwatch.GetTimestamp(); ; await Task.Delay(10))
        {
            using var json = JsonDocument.Parse(await control.GetStringAsync("/v1/clusters"));
            if (endpoints(json.RootElement[0].GetProperty("endpoints"))) return;
            if (Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(10)) throw new TimeoutException(json.RootElement.GetRawText());
        }
    }

    private static async Task<IReadOnlyList<string>> SayAsync(WeirProcess weir, int code, params string[] args)
    {
        await using var command = WeirProcess.Command([.. args, "-c", weir.ConfigPath]);
        (await command.WaitForExitAsync()).ShouldBe(code, string.Join('\n', command.Errors));
        return [.. command.Output, .. command.Errors];
    }

    private static Task<WeirProcess> OriginAsync(int port) => WeirProcess.StartAsync($$"""
        version: 1
        workers: 1
        listeners: { web: "127.0.0.1:{{port}}" }
        routes: { all: { respond: { body: here } } }
        telemetry: { access-log: off }
        """);

    /// <summary>Some clients that ask one after the other, without end.</summary>
    private sealed class SteadyLoad : IAsyncDisposable
    {
        public const int Clients = 4;

        private readonly CancellationTokenSource _stop = new();
        private readonly List<string> _failures = [];
        private readonly Task[] _clients;
        private long _asked;

        public SteadyLoad(WeirProcess weir) => _clients = [.. Enumerable.Range(0, Clients).Select(_ => Task.Run(() => RunAsync(weir)))];

        public IReadOnlyList<string> Failures
        {
            get
            {
                lock (_failures) return [.. _failures];
            }
        }

        public int Failed => Failures.Count;

        public async Task PassAsync(int requests)
        {
            var until = Volatile.Read(ref _asked) + requests;
            for (var began = Stopwatch.GetTimestamp(); Volatile.Read(ref _asked) < until; await Task.Delay(5))
                if (Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(60)) throw new TimeoutException("Nothing passes.");
        }

        public async Task ExpectNoFailureAsync(int requests)
        {
            var before = Failed;
            await PassAsync(requests);
            Failures.Skip(before).ShouldBeEmpty();
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Task.WhenAll(_clients);
            _stop.Dispose();
        }

        private async Task RunAsync(WeirProcess weir)
        {
            while (!_stop.IsCancellationRequested)
            {
                using var response = await weir.GetAsync("/");
                Interlocked.Increment(ref _asked);
                if (response.StatusCode == HttpStatusCode.OK) continue;
                lock (_failures) _failures.Add($"{(int)response.StatusCode} {response.Headers.NonValidated["Proxy-Status"]}");
            }
        }
    }
}
