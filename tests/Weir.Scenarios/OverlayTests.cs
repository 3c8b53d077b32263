using System.Net;
using Weir.Scenarios.Fixture;
using Weir.Tests;

namespace Weir.Scenarios;

/// <summary>Changes at run time: one command, in force when it returns, past reloads, broken files and restarts.</summary>
public class OverlayTests
{
    [Fact]
    public async Task TrafficShiftsByOneCommandAndStaysSo()
    {
        using var old = Origin.Start("old");
        using var now = Origin.Start("new");
        using var state = new TemporaryFolder();
        var config = $$"""
            version: 1
            workers: 1
            state: "{{state.Path}}"
            listeners: { web: { address: "127.0.0.1:0" } }
            routes:
              shop: { match: { path: /** }, split: { arms: { stable: { weight: 1, forward: old }, canary: { weight: 0, forward: new } } } }
            clusters:
              old: { endpoints: ["http://127.0.0.1:{{old.Port}}"] }
              new: { endpoints: ["http://127.0.0.1:{{now.Port}}"] }
            telemetry: { access-log: off }
            """;
        await using (var weir = await WeirProcess.StartAsync(config))
        {
            (await weir.GetTextAsync("/")).ShouldContain("old");
            // A file that is being edited must not stand in the way.
            weir.Rewrite("version: 1\nroutes: {");
            await weir.WaitForErrorAsync("stays in force");
            (await RunAsync("split", "shop", "stable=0", "canary=1", "--socket", weir.ControlSocket)).ShouldBe(0);
            (await weir.GetTextAsync("/")).ShouldContain("new");
            (await RunAsync("split", "shop", "canary=0", "stable=0", "--socket", weir.ControlSocket)).ShouldBe(1);
            (await weir.GetTextAsync("/")).ShouldContain("new");
            weir.Rewrite(config + "\nshutdown-timeout: 29s");
            await weir.WaitForErrorAsync("reloaded in", after: 1);
            (await weir.GetTextAsync("/")).ShouldContain("new");
        }

        await using (var weir = await WeirProcess.StartAsync(config))
        {
            (await weir.GetTextAsync("/")).ShouldContain("new");
            using var control = weir.Control();
            (await control.GetStringAsync("/v1/status")).ShouldContain("split shop stable=0 canary=1, since ");
            (await control.GetStringAsync("/metrics")).ShouldContain("weir_runtime_changes{kind=\"split\"} 1\nweir_runtime_changes{kind=\"maintenance\"} 0\n");
            // What cannot be understood of a time must not last for ever.
            using var misspelt = await control.PostAsync("/v1/overlay/maintenance/shop?on=true&sekonds=1", null);
            misspelt.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
            (await misspelt.Content.ReadAsStringAsync()).ShouldContain("did you mean 'seconds'");
            using var neither = await control.PostAsync("/v1/overlay/maintenance/shop?on=off", null);
            neither.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
            using var twice = await control.PostAsync("/v1/overlay/maintenance/shop?on=true&seconds=1&seconds=2", null);
            twice.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
            (await RunAsync("maintenance", "shop", "on", "--for", "2s", "--socket", weir.ControlSocket)).ShouldBe(0);
            using var closed = await weir.GetAsync("/");
            closed.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            closed.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromMinutes(5));
            await weir.WaitForErrorAsync("the end of a change made at run time");
            await weir.WaitForErrorAsync("reloaded in", after: 1);
            (await weir.GetTextAsync("/")).ShouldContain("new");
            (await RunAsync("split", "shop", "--reset", "--for", "2s", "--socket", weir.ControlSocket)).ShouldBe(2);
            (await RunAsync("split", "shop", "--reset", "--socket", weir.ControlSocket)).ShouldBe(0);
            (await weir.GetTextAsync("/")).ShouldContain("old");
        }
    }

    [Fact]
    public async Task SharesAreAskedForAndTold()
    {
        await using var weir = await WeirProcess.StartAsync("""
            version: 1
            workers: 1
            state: "{folder}/state"
            listeners: { web: { address: "127.0.0.1:0" } }
            routes:
              shop: { split: { arms: { stable: { weight: 95, forward: c }, canary: { weight: 5, forward: c } } } }
            clusters: { c: { endpoints: ["http://127.0.0.1:1"] } }
            """);
        (await SayAsync(weir, 0, "split", "shop")).ShouldBe(["shop: stable 95%, canary 5% (weights stable=95 canary=5)", "as the file says"]);
        (await SayAsync(weir, 0, "split", "shop", "canary=50")).ShouldContain("shop: stable 65.5%, canary 34.5% (weights stable=95 canary=50)");
        (await SayAsync(weir, 0, "split", "shop", "canary=50%")).ShouldContain("shop: stable 50%, canary 50% (weights stable=1 canary=1)");
        (await SayAsync(weir, 0, "split", "shop"))[1].ShouldStartWith("changed at run time: split shop ");
        (await SayAsync(weir, 1, "split", "shop", "canary=101%")).ShouldContain(static l => l.Contains("a share of the whole up to 100%"));
        (await SayAsync(weir, 1, "split", "shp")).ShouldContain(static l => l.Contains("did you mean 'shop'?"));
        (await SayAsync(weir, 0, "maintenance", "shop", "on")).ShouldContain(static l => l.StartsWith("  maintenance shop on, since "));
        (await SayAsync(weir, 0, "routes")).ShouldContain(static l => l.Contains("split stable=1 c, canary=1 c (maintenance)"));
        (await SayAsync(weir, 0, "status")).ShouldContain($"state folder {Path.GetDirectoryName(weir.ConfigPath)}/state");
        var reset = await SayAsync(weir, 0, "reset", "--all");
        reset[0].ShouldBe("taken back:");
        reset[1].ShouldStartWith("  split shop ");
        reset[2].ShouldStartWith("  maintenance shop on, since ");
        reset[3].ShouldBe("in force: what the file says");
        (await SayAsync(weir, 0, "split", "shop"))[1].ShouldBe("as the file says");
        await weir.WaitForErrorAsync("changed at run time no more (taken back): maintenance shop on");
    }

    [Fact]
    public async Task AnEvacuatedZoneStaysEmptyWhoeverComes()
    {
        using var one = Origin.Start("one");
        using var two = Origin.Start("two");
        using var state = new TemporaryFolder();
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false });
        var (first, second) = ($"http://127.0.0.1:{one.Port}", $"http://127.0.0.1:{two.Port}");
        var config = $$"""
            version: 1
            workers: 1
            state: "{{state.Path}}"
            listeners: { web: { address: "127.0.0.1:0" } }
            routes:
              shop: { match: { path: /shop }, forward: shop }
              late: { match: { path: /late }, forward: late }
            clusters:
              shop: { sticky: { keys: "0123456789abcdef0123456789abcdef" }, slow-start: 0s, endpoints: [{ url: "{{first}}", zone: dc1 }, { url: "{{second}}", zone: dc2 }] }
              late: { slow-start: 0s, discover: { api: {} } }
            """;
        string cookie;
        await using (var weir = await WeirProcess.StartAsync(config))
        {
            while (true)
            {
                using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{weir.Port()}/shop"));
                cookie = answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
                if ((await answer.Content.ReadAsStringAsync()).Contains("one", StringComparison.Ordinal)) break;
            }

            await PutAsync(weir, $$"""[{ "url": "{{second}}", "zone": "dc2" }]""");
            (await SayAsync(weir, 0, "drain", "--zone", "dc1")).ShouldContain(static l => l.StartsWith("  drain zone=dc1 (all clusters), since "));
            for (var i = 0; i < 5; i++) (await AskAsync(weir, "/shop", null)).ShouldContain("two");
            (await AskAsync(weir, "/shop", cookie)).ShouldContain("one");
            await PutAsync(weir, $$"""[{ "url": "{{first}}", "zone": "dc1" }, { "url": "{{second}}", "zone": "dc2" }]""");
            for (var i = 0; i < 5; i++) (await AskAsync(weir, "/late", null)).ShouldContain("two");
            (await SayAsync(weir, 0, "drain", "--zone", "dc1", "--evict")).ShouldContain($"2 endpoints: {first} of late, {first} of shop");
            (await AskAsync(weir, "/shop", cookie)).ShouldContain("two");
        }

        await using var again = await WeirProcess.StartAsync(config);
        for (var i = 0; i < 5; i++) (await AskAsync(again, "/late", null)).ShouldContain("two");
        (await AskAsync(again, "/shop", cookie)).ShouldContain("two");
        (await SayAsync(again, 0, "status")).ShouldContain(static l => l.StartsWith("changed at run time: drain and evict zone=dc1 (all clusters), since "));
        (await SayAsync(again, 0, "print")).ShouldContain(static l => l.StartsWith("#   drain and evict zone=dc1 (all clusters), since "));
        (await SayAsync(again, 0, "explain", "GET", "/shop", "--live")).ShouldContain(l => l.Trim() == $"{first}  draining, left out: weir drain --evict");
        (await SayAsync(again, 0, "drain", first, "--undo")).ShouldContain("warning: still in force for endpoints among them: drain and evict zone=dc1 (all clusters)");
        // All or nothing.
        (await SayAsync(again, 1, "drain", second, "http://127.0.0.1:1")).ShouldContain(static l => l.Contains("no cluster has an endpoint 'http://127.0.0.1:1'"));
        (await SayAsync(again, 1, "weight", "--zone", "dc3", "5")).ShouldContain(static l => l.Contains("no cluster has an endpoint with zone=dc3, but dc1, dc2"));
        (await SayAsync(again, 1, "drain", "--zone", "dc1", "--cluster", "shop", "--undo")).ShouldContain(static l => l.Contains("leave the cluster out"));
        (await AskAsync(again, "/shop", null)).ShouldContain("two");
        (await SayAsync(again, 0, "drain", "--zone", "dc2", "--cluster", "shop", "--for", "3s")).ShouldContain("warning: no endpoint of shop takes requests now");
        await again.WaitForErrorAsync("changed at run time no more (its time is over): drain zone=dc2 (cluster shop), since ");
        (await AskAsync(again, "/shop", null)).ShouldContain("two");
        (await SayAsync(again, 0, "weight", "--priority", "0", "--cluster", "late", "3")).ShouldContain(static l => l.StartsWith("  weight 3 for priority=0 (cluster late), since "));
        (await SayAsync(again, 0, "drain", "--zone", "dc1", "--undo")).ShouldNotContain(static l => l.Contains("zone=dc1 ("));
        (await AskAsync(again, "/shop", cookie)).ShouldContain("one");

        async Task<string> AskAsync(WeirProcess weir, string path, string? its)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{weir.Port()}{path}"));
            if (its is not null) request.Headers.Add("Cookie", its);
            using var answer = await client.SendAsync(request);
            return await answer.Content.ReadAsStringAsync();
        }

        static async Task PutAsync(WeirProcess weir, string endpoints)
        {
            using var control = weir.Control();
            using var body = new StringContent(endpoints);
            (await control.PutAsync("/v1/clusters/late/endpoints", body)).StatusCode.ShouldBe(HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task ADrainIsWaitedForUntilNothingIsInFlight()
    {
        using var origin = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        origin.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)origin.LocalEndpoint).Port}";
        await using var weir = await WeirProcess.StartAsync($$"""
            version: 1
            workers: 1
            state: "{folder}/state"
            listeners: { web: { address: "127.0.0.1:0" } }
            routes: { all: { forward: c } }
            clusters: { c: { endpoints: ["{{url}}"] } }
            """);
        var held = weir.GetTextAsync("/");
        using var connection = await origin.AcceptTcpClientAsync();
        (await SayAsync(weir, 1, "drain", url, "--wait", "1s")).ShouldContain($"not-empty: 1 in flight at {url} of c");
        var wait = SayAsync(weir, 0, "drain", url, "--wait");
        await connection.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray());
        (await held).ShouldBe("ok");
        (await wait).ShouldContain("warning: no endpoint of c takes requests now");
    }

    private static async Task<IReadOnlyList<string>> SayAsync(WeirProcess weir, int code, params string[] args)
    {
        await using var command = WeirProcess.Command([.. args, "-c", weir.ConfigPath]);
        (await command.WaitForExitAsync()).ShouldBe(code, string.Join('\n', command.Errors));
        return [.. command.Output, .. command.Errors];
    }

    private static async Task<int> RunAsync(params string[] args)
    {
        await using var command = WeirProcess.Command(args);
        return await command.WaitForExitAsync();
    }
}
