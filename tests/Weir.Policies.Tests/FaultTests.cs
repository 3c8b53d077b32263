using Weir.Http;
using Weir.Policies.Tests.Yaml;
using Weir.Sdk.Policies;
using Weir.Sdk.Testing;

namespace Weir.Policies.Tests;

/// <summary>Faults meet the shares that were ordered.</summary>
public class FaultTests
{
    [Fact]
    public async Task SharesHoldAndASeedRepeats()
    {
        var first = await DrawAsync("fault: { delay: { share: 20%, time: 2s }, abort: { share: 5%, status: 502 }, seed: 7 }");
        first.Count(static d => d.Delayed).ShouldBeInRange(340, 460);
        first.Count(static d => d.Aborted).ShouldBeInRange(65, 140);
        (await DrawAsync("fault: { delay: { share: 20%, time: 2s }, abort: { share: 5%, status: 502 }, seed: 7 }")).ShouldBe(first);
        (await DrawAsync("fault: { delay: { share: 20%, time: 2s }, abort: { share: 5%, status: 502 }, seed: 8 }")).ShouldNotBe(first);
    }

    [Fact]
    public void NothingIsDoneForNobody() => PolicyReader.ReadOne("fault: { abort: { share: 0 } }").Phases.ShouldBe(PolicyPhases.None);

    private static async Task<List<(bool Delayed, bool Aborted)>> DrawAsync(string yaml)
    {
        var policy = PolicyReader.ReadOne(yaml);
        var draws = new List<(bool, bool)>();
        for (var i = 0; i < 2000; i++)
        {
            using var x = new TestExchange();
            var run = await PolicyHarness.RunAsync(policy, x);
            var isAborted = run.Verdict.Kind == VerdictKind.Reply;
            if (isAborted) run.Verdict.Refusal.ShouldBe(Refusal.FaultInjected);
            draws.Add((run[PolicyPhases.Request]!.Delayed == TimeSpan.FromSeconds(2), isAborted));
        }

        return draws;
    }
}
