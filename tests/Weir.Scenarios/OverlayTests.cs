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

    private static async Task<int> RunAsync(params string[] args)
    {
        await using var command = WeirProcess.Command(args);
        return await command.WaitForExitAsync();
    }
}
