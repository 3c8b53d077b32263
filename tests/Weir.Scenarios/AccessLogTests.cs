using System.Text.Json;
using Weir.Scenarios.Fixture;

namespace Weir.Scenarios;

public class AccessLogTests
{
    private static string Config(string log) => $$"""
        version: 1
        workers: 2
        listeners:
          web: { address: "127.0.0.1:0" }
        routes:
          hello: { match: { path: /hello }, respond: { body: hi } }
        telemetry: { access-log: {{log}} }
        """;

    [Fact]
    public async Task StandardOutputHasOneJsonObjectForEachExchange()
    {
        await using var weir = await WeirProcess.StartAsync(Config("json"));
        await weir.GetTextAsync("/hello?a=b");
        using var json = JsonDocument.Parse(await weir.WaitForOutputAsync("url.path"));
        json.RootElement.GetProperty("url.query").GetString().ShouldBe("a=b");
        json.RootElement.GetProperty("http.route").GetString().ShouldBe("hello");
        json.RootElement.GetProperty("http.response.status_code").GetInt32().ShouldBe(200);
    }

    [Fact]
    public async Task ARenamedFileIsOpenedAnewOnUsr1()
    {
        await using var weir = await WeirProcess.StartAsync(Config("{ format: common, to: \"{folder}/access.log\" }"));
        var path = Path.Combine(Path.GetDirectoryName(weir.ConfigPath)!, "access.log");
        await weir.GetTextAsync("/hello");
        await WaitForLinesAsync(path, 1);
        File.Move(path, path + ".1");
        weir.Signal(WeirProcess.SigUsr1);
        await weir.WaitForErrorAsync("logs are opened anew");
        await weir.GetTextAsync("/hello");
        await WaitForLinesAsync(path, 1);
        File.ReadAllLines(path + ".1").Length.ShouldBe(1);
    }

    [Fact]
    public async Task WhatIsInTheRingsIsWrittenAtTheStop()
    {
        await using var weir = await WeirProcess.StartAsync(Config("{ format: common, to: \"{folder}/access.log\" }"));
        for (var i = 0; i < 50; i++) await weir.GetTextAsync("/hello");
        weir.Signal(WeirProcess.SigTerm);
        await weir.WaitForExitAsync();
        File.ReadAllLines(Path.Combine(Path.GetDirectoryName(weir.ConfigPath)!, "access.log")).Length.ShouldBe(50);
    }

    [Fact]
    public async Task APlaceThatIsNotThereIsSaidBeforeTheFirstRequest()
    {
        await using var weir = await WeirProcess.StartAsync(Config("{ format: common, to: \"{folder}/none/access.log\" }"));
        await weir.WaitForErrorAsync("none/access.log cannot be written");
        (await weir.GetTextAsync("/hello")).ShouldBe("hi");
        weir.Errors.Count(static l => l.Contains("cannot be written")).ShouldBe(1);
    }

    [Fact]
    public async Task AFullDiskStopsNothing()
    {
        await using var weir = await WeirProcess.StartAsync(Config("{ format: common, to: /dev/full }"));
        await weir.GetTextAsync("/hello");
        await weir.WaitForErrorAsync("/dev/full cannot be written");
        await weir.GetTextAsync("/hello");
        using var control = weir.Control();
        (await control.GetStringAsync("/metrics")).ShouldMatch("weir_log_write_failures_total [1-9]");
    }

    [Fact]
    public async Task ATemplateIsTakenUpByAReload()
    {
        await using var weir = await WeirProcess.StartAsync(Config("off"));
        await weir.GetTextAsync("/hello");
        weir.Rewrite(Config("'${http.request.method} ${url.path} ${http.response.status_code}'"));
        await weir.WaitForErrorAsync("configuration 2");
        await weir.GetTextAsync("/hello");
        (await weir.WaitForOutputAsync("GET")).ShouldBe("GET /hello 200");
        weir.Output.Count.ShouldBe(1);
    }

    private static async Task WaitForLinesAsync(string path, int lines)
    {
        for (var i = 0; i < 1000; i++)
        {
            if (File.Exists(path) && File.ReadAllLines(path).Length >= lines) return;
            await Task.Delay(10);
        }

        throw new InvalidOperationException($"{path} did not get {lines} lines");
    }
}
