using Weir.Scenarios.Faults.Fixture;
using Weir.Scenarios.Soak;
using Xunit.Abstractions;

namespace Weir.Scenarios.Faults;

/// <summary>Origins that answer, and not as they should. docs/faults.md has the figures.</summary>
[Collection(nameof(AloneCollection))]
public sealed class AnswerTests(ITestOutputHelper output)
{
    [Fact]
    public async Task One_resets_in_the_middle_of_bodies()
    {
        using var one = new FaultyOrigin();
        using var two = new FaultyOrigin();
        using var three = new FaultyOrigin();
        await using var run = await FaultRun.StartAsync(FaultRun.Endpoints([one.Url, two.Url, three.Url]), "");
        run.Begin();
        one.Temper = Temper.ResetsInTheBody;
        await run.IsOutAsync($"{one.Url} of c is ejected");
        await run.LastAsync(0.7, 8);
        one.Temper = Temper.Serves;
        run.End();
        if (FaultRun.IsLong) await run.IsBackAsync($"{one.Url} of c is back");
        await run.FinishAsync();
        Figures.Record(output, "one resets in the middle of bodies", run);
        // No retry is safe once a part of an answer is with the client: it must see that it did not get all.
        run.All.Failed.Count.ShouldBeInRange(5, 60);
        run.All.Failed.ShouldAllBe(static s => s.Kind == SampleKind.Broken);
        run.Refusals.ShouldBe(new Dictionary<string, long> { ["upstream-body-truncated"] = run.All.Failed.Count });
    }

    [Fact]
    public async Task One_answers_500_to_half()
    {
        using var one = new FaultyOrigin();
        using var two = new FaultyOrigin();
        using var three = new FaultyOrigin();
        await using var run = await FailHalfAsync([one, two, three], "retry: { on: [connect-failure, refused-stream, reset, 500] }");
        run.All.Failed.ShouldBeEmpty();
        run.Retried.ShouldBeGreaterThan(0);
    }

    [SoakFact]
    public async Task One_answers_500_to_half_and_nothing_says_that_this_is_no_answer()
    {
        using var one = new FaultyOrigin();
        using var two = new FaultyOrigin();
        using var three = new FaultyOrigin();
        await using var run = await FailHalfAsync([one, two, three], "");
        run.During.Failed.ShouldAllBe(static s => s.Status == 500 && s.Name == null);
        run.After.Failed.ShouldBeEmpty();
    }

    private async Task<FaultRun> FailHalfAsync(FaultyOrigin[] origins, string cluster)
    {
        var run = await FaultRun.StartAsync(FaultRun.Endpoints(origins.Select(static o => o.Url)), cluster);
        run.Begin();
        origins[0].Temper = Temper.FailsHalf;
        await run.LastAsync(1.2, 8);
        origins[0].Temper = Temper.Serves;
        run.End();
        await run.FinishAsync();
        Figures.Record(output, "one answers 500 to half", run);
        return run;
    }
}
