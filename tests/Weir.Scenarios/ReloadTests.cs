using System.Net;
using System.Text.Json;
using Weir.Scenarios.Fixture;

namespace Weir.Scenarios;

public class ReloadTests
{
    private static string Saying(string body, string more = "") => $$"""
        version: 1
        workers: 2
        listeners:
          web: { address: "127.0.0.1:0" }
        routes:
          hello: { match: { path: / }, respond: { body: {{body}} } }
        telemetry: { access-log: off }
        {{more}}
        """;

    [Fact]
    public async Task HupTakesUpWhatTheFileSays()
    {
        await using var weir = await WeirProcess.StartAsync(Saying("one"));
        var port = weir.Port();
        weir.Rewrite(Saying("two"));
        weir.Signal(WeirProcess.SigHup);
        await weir.WaitForErrorAsync("configuration 2");
        (await weir.GetTextAsync("/")).ShouldBe("two");
        weir.Port().ShouldBe(port);
        weir.Errors.ShouldContain(static l => l.EndsWith("  routes: 1 changed (hello), 0 kept"));
        weir.Errors.ShouldContain(static l => l.EndsWith("  listening sockets: 1 kept"));
        weir.Errors.ShouldNotContain(static l => l.Contains("policies: "), "there are none");
    }

    [Fact]
    public async Task AChangedFileIsTakenUpByItself()
    {
        await using var weir = await WeirProcess.StartAsync(Saying("one"));
        weir.Rewrite(Saying("two"));
        await weir.WaitForErrorAsync("configuration 2");
        (await weir.GetTextAsync("/")).ShouldBe("two");
    }

    [Fact]
    public async Task ABadFileChangesNothingAndSaysWhy()
    {
        await using var weir = await WeirProcess.StartAsync(Saying("one"));
        weir.Rewrite(Saying("two", "route: {}"));
        weir.Signal(WeirProcess.SigHup);
        await weir.WaitForErrorAsync("reload refused, configuration 1 stays in force");
        weir.Errors.ShouldContain(static l => l.Contains("weir.yaml:8:1: ") && l.Contains("did you mean 'routes'?"));
        (await weir.GetTextAsync("/")).ShouldBe("one");
        weir.Rewrite(Saying("three"));
        await weir.WaitForErrorAsync("configuration 2");
        (await weir.GetTextAsync("/")).ShouldBe("three");
    }

    [Fact]
    public async Task WithoutAChangeTheVersionStays()
    {
        await using var weir = await WeirProcess.StartAsync(Saying("one"));
        weir.Signal(WeirProcess.SigHup);
        await weir.WaitForErrorAsync("nothing changed, configuration 1");
    }

    [Fact]
    public async Task ReloadsOverTheControlChannelSayWhatCameOfThem()
    {
        await using var weir = await WeirProcess.StartAsync(Saying("one"));
        using var control = weir.Control();
        weir.Rewrite(Saying("two"));
        (await Posted(control)).GetProperty("applied").GetBoolean().ShouldBeTrue();
        (await weir.GetTextAsync("/")).ShouldBe("two");
        weir.Rewrite(Saying("three", "version: 1"));
        var refused = await Posted(control, HttpStatusCode.UnprocessableEntity);
        refused.GetProperty("applied").GetBoolean().ShouldBeFalse();
        refused.GetProperty("diagnostics")[0].GetString()!.ShouldContain("weir.yaml:8:1: ");
        (await control.GetStringAsync("/metrics")).ShouldContain("weir_config_last_reload_success 0");
    }

    [Fact]
    public async Task ManyReloadsAtOnceComeOneAfterTheOther()
    {
        await using var weir = await WeirProcess.StartAsync(Saying("one"));
        using var control = weir.Control();
        for (var i = 0; i < 10; i++)
        {
            weir.Rewrite(Saying($"v{i}"));
            weir.Signal(WeirProcess.SigHup);
            _ = control.PostAsync("/v1/reload", null);
        }

        (await Posted(control)).GetProperty("applied").GetBoolean().ShouldBeTrue();
        (await weir.GetTextAsync("/")).ShouldBe("v9");
    }

    [Fact]
    public async Task TheAdminAddressMovesWithAReload()
    {
        await using var weir = await WeirProcess.StartAsync(Saying("one", "admin: \"127.0.0.1:0\""));
        var port = await weir.AdminPortAsync();
        (await weir.Client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/livez"))).ShouldBe("ok\n");
        weir.Rewrite(Saying("one", "admin: \"127.0.0.2:0\""));
        var moved = (await weir.WaitForErrorAsync("admin on 127.0.0.2:")).Split(':')[^1];
        (await weir.Client.GetStringAsync(new Uri($"http://127.0.0.2:{moved}/livez"))).ShouldBe("ok\n");
    }

    private static async Task<JsonElement> Posted(HttpClient control, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var response = await control.PostAsync("/v1/reload", null);
        response.StatusCode.ShouldBe(status);
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return json.RootElement.Clone();
    }
}
