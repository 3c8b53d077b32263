using Weir.Proxy.Routes;
using Weir.Proxy.Routes.Explaining;

namespace Weir.Proxy.Tests.Routes;

/// <summary>The matcher, the explanation and the documented rules say the same about random tables and requests.</summary>
public class AgreementTests
{
    [Fact]
    public void MatchAndExplanationFollowTheDocumentedRules()
    {
        var outcomes = new Dictionary<RouteOutcome, int>();
        for (var seed = 0; seed < 400; seed++)
        {
            var random = new RandomTables(seed);
            var routes = random.Routes(1 + (seed % 40));
            var table = new Table(routes);
            table.Problems.All.ShouldBeEmpty();
            var reference = new ReferenceMatcher(routes);
            for (var i = 0; i < 100; i++)
            {
                using var request = random.Request();
                var expected = reference.Match(request);
                table.Match(request).ShouldBe(expected, $"seed {seed}: {request}");

                var explanation = table.Routes.Explain(request.Input);
                outcomes[explanation.Outcome] = outcomes.GetValueOrDefault(explanation.Outcome) + 1;
                Text(explanation).ShouldBe(expected, $"explained, seed {seed}: {request}");
            }
        }

        // Each outcome was met often enough to mean something.
        outcomes.Count.ShouldBe(4);
        outcomes.Values.Min().ShouldBeGreaterThan(100);
    }

    private static string Text(RouteExplanation explanation) => explanation.Outcome switch
    {
        RouteOutcome.NoRoute => "",
        RouteOutcome.Matched => explanation.Candidates.Single(c => c.Verdict == CandidateVerdict.Won).Route,
        RouteOutcome.MethodNotAllowed => "!" + explanation.Allow,
        _ => "+" + explanation.Allow,
    };
}
