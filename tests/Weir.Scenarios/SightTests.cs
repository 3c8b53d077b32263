using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Weir.Scenarios.Fixture;
using Weir.Tests;

namespace Weir.Scenarios;

/// <summary>What an operator sees of clusters that are not well: in the log, by `weir status` and by `weir explain --live`.</summary>
public sealed class SightTests
{
    [Fact]
    public async Task A_dead_endpoint_that_may_not_be_ejected_is_shown_as_failing()
    {
        var port = FreePort.Find();
        await using var weir = await WeirProcess.StartAsync(Yaml("all: { forward: c }", $"c: {{ endpoints: [\"http://127.0.0.1:{port}\"] }}"));
        for (var i = 0; i < 4; i++) (await weir.GetAsync("/")).StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        await weir.WaitForErrorAsync($"warning http://127.0.0.1:{port} of c is failing: 5 failures in a row, the last: connection refused; not ejected: it is the only one");
        var status = await SayAsync(weir, "status");
        var line = status.Single(l => l.Contains($"http://127.0.0.1:{port} "));
        line.ShouldMatch(@"  failing  .* ([0-9]+) +\1 +config +[0-9]+ failures in a row, the last: connection refused; not ejected: it is the only one$");
        (await SayAsync(weir, "explain", "GET", "/", "--live")).ShouldContain(static l => l.Contains("100%") && l.Contains("failing: ") && l.EndsWith("it is the only one"));
        using var control = weir.Control();
        (await control.GetStringAsync("/metrics")).ShouldContain("weir_cluster_endpoints{cluster=\"c\",state=\"failing\"} 1\n");

        await using var origin = await OriginAsync(port);
        (await weir.GetAsync("/")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await weir.WaitForErrorAsync($"http://127.0.0.1:{port} of c is failing no more: it answers");
        (await SayAsync(weir, "status")).Single(l => l.Contains($"http://127.0.0.1:{port} ")).ShouldContain("  healthy  ");
    }

    [Fact]
    public async Task An_ejection_says_how_the_endpoint_failed_and_when_it_is_back()
    {
        using var good = Origin.Start();
        await using var bad = await OriginAsync(0, "503");
        await using var weir = await WeirProcess.StartAsync(Yaml("all: { forward: c }", $"c: {{ endpoints: [\"http://127.0.0.1:{bad.Port()}\", \"http://127.0.0.1:{good.Port}\"] }}"));
        while (!weir.Errors.Any(static l => l.Contains("is ejected"))) await weir.GetAsync("/");
        weir.Errors.ShouldContain(l => Regex.IsMatch(l, $"http://127.0.0.1:{bad.Port()} of c is ejected: [0-9]+ failures in a row, the last: status 503; for 30 s$"));
        (await SayAsync(weir, "status")).Single(l => l.Contains($":{bad.Port()} ")).ShouldMatch("  ejected  .* ([5-9]) +\\1 .*the last: status 503; back in [0-9]+ s$");
        (await SayAsync(weir, "explain", "GET", "/", "--live")).ShouldContain(l => Regex.IsMatch(l, $":{bad.Port()}  ejected, left out: .*the last: status 503; back in [0-9]+ s$"));
    }

    [Fact]
    public async Task An_open_breaker_is_told_of_everywhere()
    {
        await using var bad = await OriginAsync(0, "503");
        await using var weir = await WeirProcess.StartAsync(Yaml(
            "all: { forward: c, fallback: { respond: { status: 503, body: later } } }",
            $"c: {{ retry: 1, breaker: {{ errors: {{ volume: 10, open: 1m }} }}, pool: {{ cluster-connections: 9 }}, endpoints: [\"http://127.0.0.1:{bad.Port()}\"] }}"));
        for (var i = 0; i < 11; i++) await weir.GetAsync("/");
        await weir.WaitForErrorAsync("warning the breaker of c opens: 100% of 10 attempts failed; half open in 60 s");
        (await SayAsync(weir, "status")).ShouldContain(static l => Regex.IsMatch(l, "^c +power-of-two +open, half open in [0-9]+ s +0 +[0-9]/9 +0$"));
        (await SayAsync(weir, "explain", "GET", "/", "--live"))[0].ShouldMatch(@"^answer    503 breaker-open, half open in [0-9]+ s; then the fallback: respond 503 \(route all\)$");
    }

    [Fact]
    public async Task A_full_cluster_is_told_of_everywhere()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}";
        await using var weir = await WeirProcess.StartAsync(Yaml(
            "queue: { match: { path: /queue }, forward: queue }\n  busy: { match: { path: /busy }, forward: busy }",
            $"queue: {{ breaker: {{ requests: 1, queue: 5, queue-timeout: 20s }}, endpoints: [\"{url}\"] }}\n  busy: {{ breaker: {{ requests: 1 }}, endpoints: [\"{url}\"] }}"));
        using var control = weir.Control();
        var asked = new[] { "/queue", "/queue", "/busy" }.Select(p => weir.GetAsync(p)).ToList();
        await UntilAsync(control, static clusters => clusters[0].GetProperty("requests").GetInt32() == 1 && clusters[1].GetProperty("requests").GetInt32() == 1 && clusters[1].GetProperty("waiting").GetInt32() == 1);
        var status = await SayAsync(weir, "status");
        status.ShouldContain(static l => Regex.IsMatch(l, "^queue +power-of-two +none +1/1 +1 +1$"));
        (await SayAsync(weir, "explain", "GET", "/queue", "--live"))[0].ShouldStartWith($"answer    waits up to 20s, as 1 do: 1 of 1 requests in flight; then {url} of queue: ");
        (await SayAsync(weir, "explain", "GET", "/busy", "--live"))[0].ShouldBe("answer    503 cluster-busy, 1 of 1 requests in flight (route busy)");
        silent.Stop();
    }

    [Fact]
    public async Task A_panic_is_told_of_with_the_reasons_behind_it()
    {
        var port = FreePort.Find();
        await using var weir = await WeirProcess.StartAsync(Yaml("all: { forward: c }", $"c: {{ health: {{ probe: {{ interval: 100ms, unhealthy: 1, healthy: 1 }} }}, endpoints: [\"http://127.0.0.1:{port}\"] }}"));
        await weir.WaitForErrorAsync("warning cluster c panics, health is not looked at: 0 of 1 healthy, panic-threshold 50%");
        (await SayAsync(weir, "status")).Single(l => l.Contains($":{port} ")).ShouldEndWith("  (panic: 0 of 1 healthy) connection refused");
        (await SayAsync(weir, "explain", "GET", "/", "--live")).ShouldContain(static l => l.EndsWith(", unhealthy: (panic: 0 of 1 healthy) connection refused"));
        await using var origin = await OriginAsync(port);
        await weir.WaitForErrorAsync("cluster c panics no more: 1 of 1 healthy");
    }

    [Fact]
    public async Task A_share_of_nothing_has_its_reason_and_json_has_all()
    {
        using var origin = Origin.Start();
        var url = $"http://127.0.0.1:{origin.Port}";
        await using var weir = await WeirProcess.StartAsync("zone: a\n" + Yaml(
            "all: { match: { path: /all }, forward: c }\n  found: { match: { path: /found }, forward: found }",
            $$"""c: { endpoints: [{ url: "{{url}}", zone: a }, { url: "http://127.0.0.2:1", zone: b }, { url: "http://127.0.0.3:1", priority: 1 }, { url: "http://127.0.0.4:1", weight: 0 }, { url: "http://nobody.invalid:1", priority: 2 }] }"""
            + "\n  found: { discover: { file: missing.yaml } }"));
        var status = await SayAsync(weir, "status");
        status.ShouldContain(static l => Regex.IsMatch(l, "^CLUSTER .* PRIORITY +ZONE +SOURCE +WHY$"));
        Why("127.0.0.3:1").ShouldBe("priority 1: those before it carry all");
        Why("127.0.0.4:1").ShouldBe("weight 0");
        Why("nobody.invalid:1").ShouldStartWith("its name is not resolved: ");
        (await SayAsync(weir, "explain", "GET", "/found", "--live"))[0].ShouldMatch(@"^answer    503 no-endpoint: no endpoint of found takes requests, file cannot find them: .+missing.yaml.* \(route found\)$");
        using var json = JsonDocument.Parse(string.Join('\n', await SayAsync(weir, "status", "--json")));
        json.RootElement.GetProperty("state").GetString().ShouldBe("ready");
        json.RootElement.GetProperty("clusters")[0].GetProperty("endpoints").GetArrayLength().ShouldBe(5);

        string Why(string endpoint) => Regex.Split(status.Single(l => l.Contains($"http://{endpoint} ")), " config +")[1];
    }

    private static async Task UntilAsync(HttpClient control, Predicate<JsonElement> holds)
    {
        for (var began = Environment.TickCount64; ; await Task.Delay(10))
        {
            using var json = JsonDocument.Parse(await control.GetStringAsync("/v1/clusters"));
            if (holds(json.RootElement)) return;
            if (Environment.TickCount64 - began > 20_000) throw new TimeoutException(json.RootElement.GetRawText());
        }
    }

    private static async Task<IReadOnlyList<string>> SayAsync(WeirProcess weir, params string[] args)
    {
        await using var command = WeirProcess.Command([.. args, "-c", weir.ConfigPath]);
        (await command.WaitForExitAsync()).ShouldBe(0, string.Join('\n', command.Errors));
        return command.Output;
    }

    private static Task<WeirProcess> OriginAsync(int port, string respond = "{ body: here }") => WeirProcess.StartAsync(Yaml($"all: {{ respond: {respond} }}", null).Replace("127.0.0.1:0", $"127.0.0.1:{port}", StringComparison.Ordinal));

    private static string Yaml(string routes, string? clusters) => $$"""
        version: 1
        workers: 1
        listeners: { web: "127.0.0.1:0" }
        routes:
          {{routes}}
        telemetry: { access-log: off }
        {{(clusters is null ? "" : $"clusters:\n  {clusters}")}}
        """;
}
