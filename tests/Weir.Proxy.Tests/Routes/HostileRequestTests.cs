using System.Diagnostics;
using Weir.Config.Records;
using Weir.Proxy.Routes;

namespace Weir.Proxy.Tests.Routes;

/// <summary>What a client sends must not choose how long a match takes.</summary>
[Collection("cost")]
public class HostileRequestTests
{
    [Fact]
    public void ParametersAllTheWayDownAreWalkedOnce()
    {
        // The dead end at the bottom must not multiply with the depth.
        var table = Table.Of([.. Enumerable.Range(1, 60).Select(depth => string.Concat(Enumerable.Range(0, depth).Select(i => i < 16 ? $"/{{p{i}}}" : "/*")) + "/x")]);
        table.Problems.All.ShouldBeEmpty();
        using var request = new Request("GET", "h", string.Concat(Enumerable.Repeat("/a", 61)));
        table.Match(request).ShouldBe("");
        Nanoseconds(table, request).ShouldBeLessThan(100_000);
    }

    [Fact]
    public void EveryCombinationOfLiteralAndParameterIsRefusedAtLoad()
    {
        var problems = Combinations(12).Problems.All;
        problems.ShouldHaveSingleItem().Code.ShouldBe("ambiguous-paths");
        problems[0].Message.ShouldContain("12285");
    }

    [Fact]
    public void TheWorstTableThatIsAcceptedIsStillBounded()
    {
        var table = Combinations(9);
        table.Problems.All.ShouldBeEmpty();
        using var request = new Request("GET", "h", string.Concat(Enumerable.Repeat("/a", 9)) + "/y");
        table.Match(request).ShouldBe("");
        Nanoseconds(table, request).ShouldBeLessThan(1_000_000);
    }

    [Fact]
    public void PrefixesWithinParametersGoBackNoFurtherThanTheTableIsDeep()
    {
        var table = Table.Of("/{a}/**", "/{a}/{b}/**", "/a/{b}/c/**", "/{a}/b/{c}/d");
        using var request = new Request("GET", "h", string.Concat(Enumerable.Repeat("/a", 30_000)));
        table.Match(request).ShouldBe("/{a}/{b}/**");
        Nanoseconds(table, request).ShouldBeLessThan(10_000);
    }

    [Fact]
    public void LongSegmentsAreHashedOnceAtMost()
    {
        var table = Table.Of("/a/{x}/b", "/{x}/b/c", "/{y}/**");
        using var request = new Request("GET", "h", "/" + new string('a', 100_000) + "/" + new string('b', 100_000));
        table.Match(request).ShouldBe("/{y}/**");
        Nanoseconds(table, request).ShouldBeLessThan(300_000);
    }

    [Fact]
    public void LongHostsAreLookedUpByFewEnds()
    {
        var table = new Table(Table.Route("wild", host: "*.example.com"), Table.Route("exact", host: "a.example"));
        using var request = new Request("GET", string.Concat(Enumerable.Repeat("a.", 30_000)) + "b", "/");
        table.Match(request).ShouldBe("");
        Nanoseconds(table, request).ShouldBeLessThan(20_000);
    }

    [Fact]
    public void AQueryIsReadOnlyWhenARouteAsks()
    {
        var query = string.Join('&', Enumerable.Range(0, 50_000).Select(i => $"p{i}=1"));
        using var request = new Request("GET", "h", "/a?" + query);
        Nanoseconds(Table.Of("/a", "/{x}"), request).ShouldBeLessThan(5_000);
        var asking = new Table(new RouteSource("r", new MatchConfig { Path = ["/a"], Query = Table.Values(("p49999", Table.Exact("1"))) }));
        asking.Match(request).ShouldBe("r");
    }

    [Fact]
    public void ARepeatedFieldDoesNotMultiplyWithTheRoutes()
    {
        var table = new Table(LargeTables.Tenants());
        using var request = new Request("GET", "h", "/api/x", [.. Enumerable.Range(0, 900).Select(i => $"x-tenant: none-{i}")]);
        table.Match(request).ShouldBe("");
        Nanoseconds(table, request).ShouldBeLessThan(1_000_000);
    }

    [Fact]
    public void RegexesAreLinear()
    {
        var table = Table.Of("~ ^/(a+)+$", "~ ^/(a|aa)+$");
        using var request = new Request("GET", "h", "/" + new string('a', 20_000) + "!");
        table.Match(request).ShouldBe("");
        Nanoseconds(table, request).ShouldBeLessThan(50_000_000);
    }

    [Fact]
    public void OddPathsMatchNothingByAccident()
    {
        var table = Table.Of("/a/{x}", "/{x}", "/a/{x}/", "~ ^/a/[a-z]$");
        foreach (var path in new[] { "", "a", "a/b", "/", "//", "/a/", "/a//", "*", "\0", "/a/b/c", "http://x/a" })
            table.Match(path).ShouldBe("", path);
    }

    // Every way to write "/a" or "/{x}" over so many levels, then "/z".
    private static Table Combinations(int levels)
    {
        var paths = Enumerable.Range(0, 1 << levels).Select(n => string.Concat(Enumerable.Range(0, levels).Select(i => (n >> i & 1) == 0 ? "/a" : "/*")) + "/z");
        var table = Table.Of([.. paths]);
        table.Routes.Check(table.Problems);
        return table;
    }

    private static double Nanoseconds(Table table, Request request)
    {
        var best = double.MaxValue;
        for (var i = 0; i < 30; i++)
        {
            var captures = default(RouteCaptures);
            var start = Stopwatch.GetTimestamp();
            table.Routes.Match(request.Input, ref captures);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds);
        }

        return best;
    }
}
