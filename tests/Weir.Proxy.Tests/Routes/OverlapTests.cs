using Weir.Config.Records;
using Weir.Proxy.Routes;
using Weir.Sdk.Configuration;

namespace Weir.Proxy.Tests.Routes;

public class OverlapTests
{
    [Fact]
    public void SamePatternUnderOtherNamesIsRefusedWithAnExample()
    {
        var problem = Check(Table.Route("a", "/users/{id}", "api.example.com"), Table.Route("b", "/users/{name}", "api.example.com")).ShouldHaveSingleItem();
        problem.Code.ShouldBe("overlapping-routes");
        problem.Path.ShouldBe("routes.b.match");
        problem.Message.ShouldBe("The routes \"a\" and \"b\" both take GET http://api.example.com/users/x, and neither is more specific.");
    }

    [Fact]
    public void TheExampleCarriesWhatTheConditionsAskFor()
    {
        var problem = Check(
            new RouteSource("a", new MatchConfig { Headers = Table.Values(("x-a", new ValueMatchConfig { Prefix = "ab" })), Client = ["10.0.0.0/8"] }),
            new RouteSource("b", new MatchConfig { Query = Table.Values(("q", new ValueMatchConfig { Regex = "^[0-9]{3}$" })), Client = ["10.2.0.0/16"] })).ShouldHaveSingleItem();
        problem.Message.ShouldContain("both take GET http://www.example.com/x?q=111 (x-a: ab, from 10.2.0.0)");
    }

    [Theory]
    [InlineData("/a", "/a/")]
    [InlineData("/a", "/{x}")]
    [InlineData("/{x}/a", "/{x}/b")]
    [InlineData("/{x}/b", "/a/**")]
    [InlineData("/a/**", "/a")]
    [InlineData("~ ^/a$", "/a")]
    [InlineData("~ ^/a/", "~ ^/b/")]
    [InlineData("~ ^/[a-c]+$", "~ ^/[d-f]+$")]
    public void DifferentPathsAreDecided(string first, string second) => Check(Table.Route("a", first), Table.Route("b", second)).ShouldBeEmpty();

    [Theory]
    [InlineData("~ ^/a/[a-z]+$", "~ ^/a/x$")]
    [InlineData("~ ^/v[0-9]+/(users|orders)$", "~ orders$")]
    [InlineData("~ ^/(?<a>\\d+)$", "~ ^/\\d*$")]
    public void RegexesThatMeetAreRefused(string first, string second)
        => Check(Table.Route("a", first), Table.Route("b", second)).ShouldHaveSingleItem().Code.ShouldBe("overlapping-routes");

    [Fact]
    public void PriorityMethodsAndConditionsDecide()
    {
        Check(Table.Route("a", "/a"), Table.Route("b", "/a", methods: "GET")).ShouldBeEmpty();
        Check(Table.Route("a", "/a", methods: "POST"), Table.Route("b", "/a", methods: "GET")).ShouldBeEmpty();
        Check(Header("a", Table.Exact("1")), Header("b", Table.Exact("2"))).ShouldBeEmpty();
        Check(Header("a", Table.Exact("1")), Table.Route("b")).ShouldBeEmpty();
        Check(Header("a", new ValueMatchConfig { Present = true }), Header("b", new ValueMatchConfig { Present = false })).ShouldBeEmpty();
        Check(Header("a", new ValueMatchConfig { Prefix = "a" }), Header("b", new ValueMatchConfig { Prefix = "b" })).ShouldBeEmpty();
    }

    [Fact]
    public void AutomaticHeadIsNotAnOverlap()
        => Check(Table.Route("a", "/a", methods: "GET"), Table.Route("b", "/a", methods: "HEAD")).ShouldBeEmpty();

    [Fact]
    public void AnOverlapThatAThirdRouteAlwaysTakesIsNone()
        => Check(Table.Route("a", "/a", methods: "GET PUT"), Table.Route("b", "/a", methods: "GET POST"), Table.Route("c", "/a", methods: "GET", priority: 1))
            .ShouldBeEmpty();

    [Fact]
    public void ACoveredRouteIsReportedAsDead()
    {
        Dead(Table.Route("a", "/a", priority: 1), Table.Route("b", "/a"));
        Dead(Table.Route("a", "/a", methods: "GET", priority: 1), Table.Route("c", "/a", methods: "PUT", priority: 1), Table.Route("b", "/a", methods: "PUT GET"));
        Dead(Header("a", new ValueMatchConfig { Present = true }) with { Priority = 1 }, Header("b", Table.Exact("x")));
    }

    [Fact]
    public void ARouteWithAPlaceOfItsOwnIsNotDead()
    {
        Check(Table.Route("a", "/a", priority: 1), Table.Route("b", "/a /b")).ShouldBeEmpty();
        Check(Header("a", Table.Exact("1")) with { Priority = 1 }, Header("b", Table.Exact("2"))).ShouldBeEmpty();
        Check(Table.Route("a", "/a", methods: "GET", priority: 1), Table.Route("b", "/a", methods: "GET PUT")).ShouldBeEmpty();
    }

    /// <summary>Whatever small random tables hold: an overlap is refused exactly when some request of a small world is undecided.</summary>
    [Fact]
    public void EveryUndecidedRequestOfASmallWorldIsFound()
    {
        var refused = 0;
        for (var seed = 0; seed < 400; seed++)
        {
            var random = new RandomTables(seed) { WithRegexes = false };
            var routes = random.Routes(2 + (seed % 8));
            var problems = Check(routes).Where(p => p.Severity == ProblemSeverity.Error).ToList();
            var reference = new ReferenceMatcher(routes);
            refused += problems.Count > 0 ? 1 : 0;
            foreach (var problem in problems) problem.Code.ShouldBe("overlapping-routes");
            for (var i = 0; i < 400; i++)
            {
                using var request = random.Request();
                if (RepeatsAName(request)) continue;
                var best = reference.Winners(request);
                if (best.Count == 0) continue;
                var undecided = best.TakeWhile(f => f.Rank == best[0].Rank).Select(f => f.Route).Distinct().ToList();
                if (undecided.Count > 1)
                    problems.ShouldNotBeEmpty($"seed {seed}: {request} fits {string.Join(" and ", undecided.Select(r => routes[r].Name))}");
            }
        }

        refused.ShouldBeInRange(30, 350);
    }

    private static bool RepeatsAName(Request request)
    {
        var names = new HashSet<string>();
        for (var i = 0; i < request.Fields.Count; i++)
            if (!names.Add(System.Text.Encoding.ASCII.GetString(request.Fields.Name(i)).ToUpperInvariant())) return true;
        return request.Target.Split('?').Skip(1).SelectMany(q => q.Split('&')).Select(p => Uri.UnescapeDataString(p.Split('=')[0])).GroupBy(n => n).Any(g => g.Count() > 1);
    }

    private static void Dead(params RouteSource[] routes)
    {
        var problem = Check(routes).ShouldHaveSingleItem();
        problem.Severity.ShouldBe(ProblemSeverity.Warning);
        problem.Code.ShouldBe("dead-route");
        problem.Path.ShouldBe("routes.b.match");
    }

    private static RouteSource Header(string name, ValueMatchConfig value) => new(name, new MatchConfig { Headers = Table.Values(("x-a", value)) });

    private static List<ConfigProblem> Check(params RouteSource[] routes)
    {
        var table = new Table(routes);
        table.Problems.All.ShouldBeEmpty();
        table.Routes.Check(table.Problems);
        return table.Problems.All;
    }
}
