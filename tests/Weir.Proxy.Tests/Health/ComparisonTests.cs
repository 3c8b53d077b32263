using Weir.Proxy.Health;
using Weir.Proxy.Model;

namespace Weir.Proxy.Tests.Health;

/// <summary>Which endpoints do worse than the others.</summary>
public sealed class ComparisonTests
{
    private static readonly OutlierPlan Plan = new(5, 30, 3, 100, 10_000, 30_000, 300_000, 50);

    [Theory]
    [InlineData("0 0 0 40", "3: 40 % of 100 attempts failed")]
    [InlineData("0 0 0 30", "")]
    // All fail alike: there is no outlier.
    [InlineData("60 60 60 60", "")]
    [InlineData("60 60 60 100", "3: 100 % of 100 attempts failed")]
    // Bad ones do not move what they are compared with, as they would a mean; the worst comes first.
    [InlineData("0 0 0 0 0 80 90", "6: 90 % of 100 attempts failed|5: 80 % of 100 attempts failed")]
    // Of two nobody can say which is the outlier.
    [InlineData("0 100", "")]
    public void By_success(string faults, string found)
        => Found([.. faults.Split(' ').Select(static f => new EndpointRecord(100, int.Parse(f), 0, 0))], Plan).ShouldBe(found);

    [Fact]
    public void What_had_too_few_attempts_is_not_compared()
    {
        var few = new EndpointRecord(99, 99, 0, 0);
        var good = new EndpointRecord(100, 0, 0, 0);
        Found([good, good, good, few], Plan).ShouldBe("");
        // And with it there are not enough to compare with.
        Found([good, few, few, new EndpointRecord(100, 100, 0, 0)], Plan).ShouldBe("");
    }

    [Theory]
    [InlineData("10 10 10 31", "3: 31 ms to the first byte, the others 10 ms")]
    [InlineData("10 10 10 29", "")]
    // Three times nearly nothing is nearly nothing.
    [InlineData("0.1 0.1 0.1 4", "")]
    public void By_latency(string milliseconds, string found)
        => Found([.. milliseconds.Split(' ').Select(static m => new EndpointRecord(200, 0, 200, 200 * 1000 * double.Parse(m, System.Globalization.CultureInfo.InvariantCulture)))], Plan).ShouldBe(found);

    // Attempts and milliseconds of the last of three: a balancer that avoids what is slow does not hide it.
    [Theory]
    [InlineData(30, 300, "2: 300 ms to the first byte, the others 3 ms")]
    [InlineData(10, 300, "2: 300 ms to the first byte, the others 3 ms")]
    [InlineData(9, 300, "")]
    // What it took is less than 100 attempts take elsewhere: that may have been one of them.
    [InlineData(10, 29, "")]
    [InlineData(12, 29, "2: 29 ms to the first byte, the others 3 ms")]
    public void One_that_is_given_little_because_it_is_slow(int attempts, int milliseconds, string found)
    {
        var usual = new EndpointRecord(1000, 0, 1000, 3_000_000);
        Found([usual, usual, new EndpointRecord(attempts, 0, attempts, attempts * 1000.0 * milliseconds)], Plan).ShouldBe(found);
    }

    [Fact]
    public void A_rule_that_is_off_finds_nothing()
    {
        var records = Enumerable.Range(0, 4).Select(static i => new EndpointRecord(100, i == 3 ? 100 : 0, 100, i == 3 ? 1e9 : 0)).ToArray();
        Found(records, Plan with { SuccessRate = 0, Latency = 0 }).ShouldBe("");
        // One that is bad both ways is found once.
        Found(records, Plan).ShouldBe("3: 100 % of 100 attempts failed");
    }

    private static string Found(EndpointRecord[] records, OutlierPlan plan) => string.Join('|', OutlierComparison.Find(records, plan).Select(static f => $"{f.Position}: {f.Reason}"));
}
