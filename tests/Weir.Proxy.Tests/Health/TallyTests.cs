using Weir.Proxy.Health;

namespace Weir.Proxy.Tests.Health;

/// <summary>When a probe's answers turn its verdict.</summary>
public sealed class TallyTests
{
    [Theory]
    // The very first answer decides, whatever the endpoint counted as before.
    [InlineData(true, "-", "-")]
    [InlineData(true, "+---", "+++-")]
    [InlineData(false, "+", "+")]
    [InlineData(false, "-++", "--+")]
    // So many in a row: one of the other kind begins the count anew.
    [InlineData(true, "+--+--+---", "+++++++++-")]
    [InlineData(true, "---+-+-++", "--------+")]
    // Flapping turns nothing.
    [InlineData(true, "+-+-+-+-+-", "++++++++++")]
    public void Verdicts_turn_after_so_many_in_a_row(bool begins, string answers, string verdicts)
    {
        var tally = new ProbeTally(healthy: 2, unhealthy: 3, begins, isKnown: false);
        var turns = 0;
        var said = string.Concat(answers.Select(a =>
        {
            var before = tally.IsHealthy;
            tally.Take(a == '+').ShouldBe(tally.IsHealthy != before);
            if (tally.IsHealthy != before) turns++;
            return tally.IsHealthy ? '+' : '-';
        }));
        said.ShouldBe(verdicts);
        turns.ShouldBe(verdicts.Prepend(begins ? '+' : '-').Zip(verdicts).Count(static p => p.First != p.Second));
    }
}
