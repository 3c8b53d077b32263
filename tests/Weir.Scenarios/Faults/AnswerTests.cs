using Weir.Scenarios.Faults.Fixture;
using Weir.Scenarios.Soak;
using Xunit.Abstractions;

namespace Weir.Scenarios.Faults;

/// <summary>Origins that answer, and not as they should. docs/faults.md has the figures.</summary>
[Collection(nameof(AloneCollection))]
public sealed class AnswerTests(ITestOutputHelper output) : IDisposable
{
    private readonly FaultyOrigin[] _origins = [new(), new(), new()];

    public void Dispose()
    {
        foreach (var origin in _origins) origin.Dispose();
    }

    [Fact]
    public async Task One_resets_in_the_middle_of_bodies()
    {
        await using var run = await StartAsync("");
        await run.PassThroughAsync(_origins[0].Url, () => BecomeAsync(Temper.ResetsInTheBody), () => BecomeAsync(Temper.Serves));
        Figures.Record(output, "one resets in the middle of bodies", run);
        // No retry is safe once a part of an answer is with the client: it must see that it did not get all.
        run.All.Failed.Count.ShouldBeInRange(5, 60);
        run.All.Failed.ShouldAllBe(static s => s.Kind == SampleKind.Broken);
        run.Refusals.ShouldBe(new Dictionary<string, long> { ["upstream-body-truncated"] = run.All.Failed.Count });
    }

    [Fact]
    public async Task One_answers_500_to_half()
    {
        var run = await FailHalfAsync("retry: { on: [connect-failure, refused-stream, reset, 500] }");
        run.All.Failed.ShouldBeEmpty();
        run.Retried.ShouldBeGreaterThan(0);
    }

    [SoakFact]
    public async Task One_answers_500_to_half_and_nothing_says_that_this_is_no_answer()
    {
        var run = await FailHalfAsync("");
        run.During.Failed.ShouldAllBe(static s => s.Status == 500 && s.Name == null);
        run.After.Failed.ShouldBeEmpty();
    }

    private async Task<FaultRun> FailHalfAsync(string cluster)
    {
        await using var run = await StartAsync(cluster);
        run.Begin();
        _origins[0].Temper = Temper.FailsHalf;
        await run.LastAsync(1.2, 8);
        _origins[0].Temper = Temper.Serves;
        run.End();
        await run.FinishAsync();
        Figures.Record(output, "one answers 500 to half", run);
        return run;
    }

    private Task<FaultRun> StartAsync(string cluster) => FaultRun.StartAsync(FaultRun.Endpoints(_origins.Select(static o => o.Url)), cluster);

    private Task BecomeAsync(Temper temper)
    {
        _origins[0].Temper = temper;
        return Task.CompletedTask;
    }
}
