using Weir.Scenarios.Faults.Fixture;
using Weir.Scenarios.Fixture;
using Weir.Scenarios.Soak;
using Weir.Tests;
using Xunit.Abstractions;

namespace Weir.Scenarios.Faults;

/// <summary>Origins that are killed, that hang, and that are all gone at once. docs/faults.md has the figures.</summary>
[Collection(nameof(AloneCollection))]
public sealed class GoneTests(ITestOutputHelper output)
{
    private const int SigKill = 9, SigContinue = 18, SigStop = 19;

    [NeedsFact("nginx")]
    public async Task One_is_killed()
    {
        var origins = await OriginProcess.StartAsync(3);
        await using var started = new Stopping(origins);
        await using var run = await FaultRun.StartAsync(FaultRun.Endpoints(origins.Select(static o => o.Url)), "");
        await run.PassThroughAsync(origins[0].Url, origins[0].KillAsync, origins[0].StartAsync);
        Figures.Record(output, "one is killed (`kill -9`)", run);
        run.All.Failed.ShouldBeEmpty();
    }

    [Fact]
    public Task One_is_killed_with_many_requests_on_its_connections() => KillManyAsync("http2");

    [SoakFact]
    public Task One_is_killed_with_a_request_on_each_connection() => KillManyAsync("http1");

    [NeedsFact("nginx")]
    public async Task One_accepts_and_never_answers()
    {
        var origins = await OriginProcess.StartAsync(3);
        await using var started = new Stopping(origins);
        await using var run = await FaultRun.StartAsync(FaultRun.Endpoints(origins.Select(static o => o.Url)), "retry: { on: [connect-failure, refused-stream, reset, timeout], per-try-timeout: 1s }");
        await run.PassThroughAsync(origins[0].Url, origins[0].FreezeAsync, origins[0].ThawAsync);
        Figures.Record(output, "one accepts and never answers", run);
        run.All.Failed.ShouldBeEmpty();
        run.Retried.ShouldBeGreaterThan(0);
    }

    [NeedsFact("nginx")]
    public async Task One_accepts_and_never_answers_and_nothing_is_retried_for_that()
    {
        var origins = await OriginProcess.StartAsync(3);
        await using var started = new Stopping(origins);
        await using var run = await FaultRun.StartAsync(FaultRun.Endpoints(origins.Select(static o => o.Url)), "", "timeouts: { first-byte: 500ms }");
        await run.PassThroughAsync(origins[0].Url, origins[0].FreezeAsync, origins[0].ThawAsync);
        Figures.Record(output, "one accepts and never answers", run);
        // Five in a row, and those that were on their way to it by then.
        run.All.Failed.Select(static s => s.What).Distinct().ShouldBe(["504 upstream-timeout"]);
        run.All.Failed.Count.ShouldBeLessThan(run.During.Count / 2);
        run.All.Failed.ShouldAllBe(static s => s.Took > TimeSpan.FromMilliseconds(450) && s.Took < TimeSpan.FromSeconds(5));
        run.Refusals["upstream-timeout"].ShouldBe(run.All.Failed.Count);
    }

    [SoakFact]
    public async Task One_never_answers_many_requests() => (await FreezeManyAsync()).ShouldBeEmpty();

    [NeedsFact("nginx")]
    public async Task All_are_down_and_come_back()
    {
        var origins = await OriginProcess.StartAsync(3);
        await using var started = new Stopping(origins);
        await using var run = await FaultRun.StartAsync(FaultRun.Endpoints(origins.Select(static o => o.Url)), "");
        run.Begin();
        await Task.WhenAll(origins.Select(static o => o.KillAsync()));
        await run.LastAsync(1, 8);
        await Task.WhenAll(origins.Select(static o => o.StartAsync()));
        run.End();
        await run.FinishAsync();
        Figures.Record(output, "all are killed and come back", run);
        run.After.Failed.ShouldBeEmpty();
        run.During.Failed.ShouldNotBeEmpty();
        run.During.Failed.ShouldAllBe(static s => s.Name == "connect-failed" || s.Name == "upstream-reset" || s.Name == "upstream-closed");
        // At once: three attempts, and two short waits.
        run.During.Failed.ShouldAllBe(static s => s.Took < TimeSpan.FromSeconds(2));
    }

    private async Task KillManyAsync(string protocol)
    {
        var run = await PassManyAsync("one is killed while 40 requests are in flight", $"protocol: {protocol}", SigKill, static async (one, port) =>
        {
            await one.DisposeAsync();
            return await OriginAsync(port);
        });
        run.All.Failed.ShouldBeEmpty();
        run.Retried.ShouldBeGreaterThan(5);
    }

    private async Task<IReadOnlyList<Sample>> FreezeManyAsync()
    {
        var run = await PassManyAsync("one accepts and never answers, 40 requests in flight", "retry: { on: [connect-failure, refused-stream, reset, timeout], per-try-timeout: 1s }", SigStop, static (one, _) =>
        {
            one.Signal(SigContinue);
            return Task.FromResult(one);
        });
        return run.All.Failed;
    }

    // Of origins that take their time, so that many requests are with the one that gets a signal.
    private async Task<FaultRun> PassManyAsync(string fault, string cluster, int signal, Func<WeirProcess, int, Task<WeirProcess>> mend)
    {
        var ports = Enumerable.Range(0, 3).Select(static _ => FreePort.Find()).ToArray();
        var urls = ports.Select(static p => $"http://127.0.0.1:{p}").ToArray();
        var origins = await Task.WhenAll(ports.Select(OriginAsync));
        try
        {
            await using var run = await FaultRun.StartAsync(FaultRun.Endpoints(urls), cluster);
            await run.PassThroughAsync(
                urls[0],
                () =>
                {
                    origins[0].Signal(signal);
                    return Task.CompletedTask;
                },
                async () => origins[0] = await mend(origins[0], ports[0]));
            Figures.Record(output, fault, run);
            return run;
        }
        finally
        {
            foreach (var origin in origins) await origin.DisposeAsync();
        }
    }

    private static Task<WeirProcess> OriginAsync(int port) => WeirProcess.StartAsync($$"""
        version: 1
        workers: 1
        listeners: { web: "127.0.0.1:{{port}}" }
        routes: { all: { respond: { body: "{{Answers.Body}}" }, policies: [{ delay: 200ms }] } }
        telemetry: { access-log: off }
        """);
}
