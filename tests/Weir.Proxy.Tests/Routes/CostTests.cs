using System.Diagnostics;
using Weir.Config.Records;
using Weir.Proxy.Routes;
using Weir.Sdk.Configuration;
using Xunit.Abstractions;

namespace Weir.Proxy.Tests.Routes;

/// <summary>Not beside other tests, which would take their time.</summary>
[CollectionDefinition("cost", DisableParallelization = true)]
public class CostCollection;

/// <summary>
/// Budgets with room for noise: bench/Weir.Benchmarks has the numbers. Each takes the best of several rounds, since neighbours on
/// the machine can only make a round slower.
/// </summary>
[Collection("cost")]
public class CostTests(ITestOutputHelper output)
{
    [Fact]
    public void AMatchAmongTenThousandRoutesTakesMicrosecondsAndAllocatesNothing()
        => Measure("mixed", LargeTables.Mixed(), LargeTables.Requests(1000), 5000);

    [Fact]
    public void TenThousandTenantsOnOnePathAreNotTriedOneByOne()
        => Measure("tenants", LargeTables.Tenants(), [.. Enumerable.Range(0, 1000).Select(i => new Request("GET", "h", "/api/x", $"x-tenant: tenant-{i * 9}"))], 5000);

    [Fact]
    public void TenThousandHostsAreOneLookUp()
        => Measure("hosts", LargeTables.Hosts(), [.. Enumerable.Range(0, 1000).Select(i => new Request("GET", $"www.site-{i * 9}.example", "/"))], 5000);

    [Fact]
    public void RegexesAllocateNothingUnlessTheirGroupsAreNamed()
        => Measure(
            "regexes",
            [.. Enumerable.Range(0, 20).Select(i => Table.Route($"r{i}", $"~ ^/r{i}/[a-z]+$"))],
            [.. Enumerable.Range(0, 1000).Select(i => new Request("GET", "h", $"/r{i % 20}/abc"))],
            50_000);

    [Fact]
    public void TenThousandRoutesAreBuiltAndCheckedInTime()
    {
        foreach (var (name, routes) in new[] { ("mixed", LargeTables.Mixed()), ("tenants", LargeTables.Tenants()), ("hosts", LargeTables.Hosts()) })
        {
            var problems = new Problems();
            var (build, check, bytes) = (double.MaxValue, double.MaxValue, long.MaxValue);
            for (var i = 0; i < 5; i++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                var start = Stopwatch.GetTimestamp();
                var table = RouteTable.Build(routes, problems);
                build = Math.Min(build, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                bytes = Math.Min(bytes, GC.GetAllocatedBytesForCurrentThread() - before);
                start = Stopwatch.GetTimestamp();
                table.Check(problems);
                check = Math.Min(check, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            output.WriteLine($"{name}: build {build:F1} ms, {bytes / 1024} KiB; check {check:F1} ms");
            problems.All.ShouldBeEmpty();
            build.ShouldBeLessThan(750);
            check.ShouldBeLessThan(2000);
            bytes.ShouldBeLessThan(16 << 20);
        }
    }

    [Fact]
    public void TenThousandEqualRoutesAreRefusedInTime()
    {
        var problems = new Problems();
        var table = RouteTable.Build([.. Enumerable.Range(0, LargeTables.Count).Select(i => Table.Route($"r{i}", "/a/{x}"))], problems);
        var start = Stopwatch.GetTimestamp();
        table.Check(problems);
        Stopwatch.GetElapsedTime(start).TotalSeconds.ShouldBeLessThan(10);
        problems.All.Count(p => p.Severity == ProblemSeverity.Error).ShouldBe(LargeTables.Count - 1);
    }

    [Fact]
    public void ManyRegexesOfDifferentBeginningsAreCheckedInTime()
    {
        var problems = new Problems();
        var start = Stopwatch.GetTimestamp();
        var table = RouteTable.Build([.. Enumerable.Range(0, 1000).Select(i => Table.Route($"r{i}", $"~ ^/r{i:D4}/[a-z]+$"))], problems);
        var first = Stopwatch.GetElapsedTime(start);
        start = Stopwatch.GetTimestamp();
        table = RouteTable.Build(table.Sources, problems, table);
        var again = Stopwatch.GetElapsedTime(start);
        output.WriteLine($"build {first.TotalMilliseconds:F0} ms, again {again.TotalMilliseconds:F0} ms");
        again.ShouldBeLessThan(first / 3);
        start = Stopwatch.GetTimestamp();
        table.Check(problems);
        output.WriteLine($"check {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms");
        Stopwatch.GetElapsedTime(start).TotalSeconds.ShouldBeLessThan(10);
        problems.All.ShouldBeEmpty();
    }

    [Fact]
    public void PrefixesThatCannotBePartedAreCheckedInTime()
    {
        var problems = new Problems();
        var table = RouteTable.Build([.. Enumerable.Range(0, LargeTables.Count).Select(i => new RouteSource($"r{i}", new MatchConfig
        {
            Headers = Table.Values(("x-a", new ValueMatchConfig { Prefix = $"{i:D5}-" })),
        }))], problems);
        var start = Stopwatch.GetTimestamp();
        table.Check(problems);
        Stopwatch.GetElapsedTime(start).TotalSeconds.ShouldBeLessThan(10);
        problems.All.ShouldAllBe(p => p.Code == "overlaps-not-all-checked");
    }

    private void Measure(string name, RouteSource[] routes, Request[] requests, double nanosecondsAtMost)
    {
        var table = new Table(routes);
        table.Problems.All.ShouldBeEmpty();
        var best = double.MaxValue;
        var allocated = long.MaxValue;
        for (var round = 0; round < 30; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var start = Stopwatch.GetTimestamp();
            var matched = 0;
            foreach (var request in requests)
            {
                var captures = default(RouteCaptures);
                if (table.Routes.Match(request.Input, ref captures).Outcome == RouteOutcome.Matched) matched++;
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / requests.Length);
            allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - before);
            matched.ShouldBe(requests.Length);
        }

        output.WriteLine($"{name}: {best:F0} ns, {allocated} bytes per {requests.Length} matches");
        best.ShouldBeLessThan(nanosecondsAtMost);
        allocated.ShouldBe(0);
    }
}
