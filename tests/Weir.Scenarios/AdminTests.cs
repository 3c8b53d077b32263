using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Weir.Scenarios.Fixture;

namespace Weir.Scenarios;

public class AdminTests
{
    private static string Config(int origin, string admin) => $$"""
        version: 1
        workers: 2
        listeners:
          web: { address: "127.0.0.1:0" }
        routes:
          orders: { match: { path: "/orders/**" }, forward: orders }
        clusters:
          orders: { endpoints: ["http://127.0.0.1:{{origin}}"] }
        telemetry: { access-log: off }
        admin: {{admin}}
        """;

    [Fact]
    public async Task WithoutATokenTheApiIsOnTheControlSocketOnly()
    {
        using var origin = Origin.Start();
        await using var weir = await WeirProcess.StartAsync(Config(origin.Port, "\"127.0.0.1:0\""));
        var admin = new Uri($"http://127.0.0.1:{await weir.AdminPortAsync()}");
        (await weir.Client.GetAsync(new Uri(admin, "/v1/status"))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await weir.Client.GetAsync(new Uri(admin, "/metrics"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var nothing = await weir.Client.GetAsync(new Uri(admin, "/nothing"));
        nothing.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await nothing.Content.ReadAsStringAsync()).ShouldContain("There is nothing here.");
        using var posted = await weir.Client.PostAsync(new Uri(admin, "/metrics"), null);
        posted.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        (await posted.Content.ReadAsStringAsync()).ShouldContain("use GET");
        using var control = weir.Control();
        (await control.GetAsync("/v1/status")).StatusCode.ShouldBe(HttpStatusCode.OK);
        File.GetUnixFileMode(weir.ControlSocket).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task TheTokenOpensTheApiAndIsNeverShown()
    {
        using var origin = Origin.Start();
        await using var weir = await WeirProcess.StartAsync(Config(origin.Port, "{ address: \"127.0.0.1:0\", token: sesame }"));
        var config = new Uri($"http://127.0.0.1:{await weir.AdminPortAsync()}/v1/config");
        var refused = await weir.Client.GetAsync(config);
        refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        refused.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer");
        weir.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "sesame");
        var shown = await weir.Client.GetStringAsync(config);
        shown.ShouldNotContain("sesame");
        shown.ShouldContain("\"shutdown-timeout\": \"30s\"");
        (await weir.Client.GetStringAsync(new Uri(config + "?format=yaml"))).ShouldContain("shutdown-timeout: 30s");
    }

    [Fact]
    public async Task CountsOfRoutesAndEndpointsAreShown()
    {
        using var origin = Origin.Start();
        await using var weir = await WeirProcess.StartAsync(Config(origin.Port, "\"127.0.0.1:0\""));
        for (var i = 0; i < 3; i++) await weir.GetTextAsync("/orders/7");
        (await weir.GetAsync("/elsewhere")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var control = weir.Control();

        var route = (await Json(control, "/v1/routes"))[0];
        route.GetProperty("requests").GetInt64().ShouldBe(3);
        route.GetProperty("byStatus").GetProperty("2xx").GetInt64().ShouldBe(3);
        var endpoint = (await Json(control, "/v1/clusters"))[0].GetProperty("endpoints")[0];
        endpoint.GetProperty("attempts").GetInt64().ShouldBe(3);
        endpoint.GetProperty("state").GetString().ShouldBe("healthy");
        endpoint.GetProperty("addresses")[0].GetString().ShouldBe($"127.0.0.1:{origin.Port}");
        var status = await Json(control, "/v1/status");
        status.GetProperty("requests").GetInt64().ShouldBe(4);
        status.GetProperty("state").GetString().ShouldBe("ready");

        var metrics = await control.GetStringAsync("/metrics");
        metrics.ShouldContain("weir_requests_total{http_route=\"orders\",status_class=\"2xx\"} 3\n");
        metrics.ShouldContain("http_server_request_duration_seconds_count{http_route=\"orders\"} 3\n");
        metrics.ShouldContain("weir_refusals_total{reason=\"no-route\"} 1\n");
        metrics.ShouldContain("weir_attempts_total{cluster=\"orders\",outcome=\"answered\"} 3\n");
        metrics.ShouldContain("weir_config_version 1\n");
    }

    [Fact]
    public async Task AnEndpointThatIsNotThereIsCountedAsSuch()
    {
        int port;
        using (var gone = Origin.Start()) port = gone.Port;
        await using var weir = await WeirProcess.StartAsync(Config(port, "\"127.0.0.1:0\""));
        (await weir.GetAsync("/orders/7")).StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        using var control = weir.Control();
        var metrics = await control.GetStringAsync("/metrics");
        metrics.ShouldMatch("weir_attempts_total{cluster=\"orders\",outcome=\"connect-failed\"} [1-9]");
        metrics.ShouldContain("weir_attempts_total{cluster=\"orders\",outcome=\"failed\"} 0\n");
        metrics.ShouldContain("weir_refusals_total{reason=\"connect-failed\"} 1\n");
    }

    [Fact]
    public async Task ReadinessFailsFirstWhenItDrains()
    {
        using var origin = Origin.Start();
        await using var weir = await WeirProcess.StartAsync(Config(origin.Port, "\"127.0.0.1:0\"") + "\nshutdown-timeout: 20s\n");
        var admin = new Uri($"http://127.0.0.1:{await weir.AdminPortAsync()}");
        (await weir.Client.GetStringAsync(new Uri(admin, "/readyz?verbose"))).ShouldContain("[+]listeners ok: 1 open");
        (await weir.Client.GetStringAsync(new Uri(admin, "/startupz"))).ShouldBe("ok\n");

        // A request that has begun holds the drain open.
        using var held = new System.Net.Sockets.TcpClient("127.0.0.1", weir.Port());
        await held.GetStream().WriteAsync("GET /orders HTTP/1.1\r\nHost: x\r\n"u8.ToArray());
        await Task.Delay(100);
        using var control = weir.Control();
        (await control.PostAsync("/v1/drain", null)).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        await weir.WaitForErrorAsync("draining");
        using var ready = await weir.Client.GetAsync(new Uri(admin, "/readyz?verbose"));
        ready.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await ready.Content.ReadAsStringAsync()).ShouldContain("[-]not-draining failed: draining");
        (await weir.Client.GetStringAsync(new Uri(admin, "/livez"))).ShouldBe("ok\n");
        held.Close();
        (await weir.WaitForExitAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task CommandsTalkToTheRunningProgram()
    {
        using var origin = Origin.Start();
        await using var weir = await WeirProcess.StartAsync(Config(origin.Port, "\"127.0.0.1:0\""));
        await weir.GetTextAsync("/orders/1");
        await using var status = WeirProcess.Command("status", "-c", weir.ConfigPath);
        (await status.WaitForExitAsync()).ShouldBe(0);
        status.Output.ShouldContain(static l => l.Contains(": ready, up "));
        status.Output.ShouldContain(l => l.StartsWith("orders ") && l.Contains($"http://127.0.0.1:{origin.Port}"));
        await using var reload = WeirProcess.Command("reload", "--socket", weir.ControlSocket);
        (await reload.WaitForExitAsync()).ShouldBe(0);
        reload.Output.ShouldContain("nothing changed: configuration 1 stays in force");
        await using var drain = WeirProcess.Command("drain", "--all", "--socket", weir.ControlSocket);
        (await drain.WaitForExitAsync()).ShouldBe(0);
        (await weir.WaitForExitAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task CommandsReachTheWeirOfTheirConfigurationAndNoOther()
    {
        using var origin = Origin.Start();
        await using var weir = await WeirProcess.StartAsync(Config(origin.Port, "\"127.0.0.1:0\""));
        var other = weir.ConfigPath + ".other";
        await File.WriteAllTextAsync(other, $"version: 1\ncontrol: {{ socket: \"{weir.ControlSocket}\" }}\nlisteners: {{ web: \"127.0.0.1:0\" }}\n");
        await using var drain = WeirProcess.Command("drain", "--all", "-c", other);
        (await drain.WaitForExitAsync()).ShouldBe(2);
        drain.Errors.ShouldContain(l => l.Contains($"no-control: the weir that answers runs {weir.ConfigPath}, not {other}"));

        weir.Rewrite(Config(origin.Port, "\"127.0.0.1:0\"") + "\nshutdown-timeot: 3s\n");
        await using var reload = WeirProcess.Command("reload", "-c", weir.ConfigPath);
        (await reload.WaitForExitAsync()).ShouldBe(1);
        reload.Errors.ShouldContain(static l => l.Contains("did you mean 'shutdown-timeout'?"));
        await weir.GetTextAsync("/orders/1");
    }

    private static async Task<JsonElement> Json(HttpClient client, string path)
    {
        using var json = JsonDocument.Parse(await client.GetStringAsync(path));
        return json.RootElement.Clone();
    }
}
