using Weir.Sdk.Configuration;

namespace Weir.Config.Tests.Documents;

public sealed class PlaceTests
{
    private const string Text = """
        version: 1
        listeners: { web: ":0" }
        routes:
          a.b:
            match:
              host: plain.example
              path: ["/x", '/y']
              headers: { X.Y: v }
            policies:
              - sample:
                  set: { X-A: "${request.x}", X-B: "a\tb" }
            forward: c
        clusters: { c: { endpoints: ["http://h"] } }
        """;

    [Theory]
    [InlineData("", -1, "1:1")]
    [InlineData("routes.a.b", -1, "4:3")]
    [InlineData("routes.a.b.match", -1, "5:5")]
    [InlineData("routes.a.b.match.host", -1, "6:13")]
    [InlineData("routes.a.b.match.host[0]", 2, "6:15")]
    [InlineData("routes.a.b.match.path[1]", -1, "7:20")]
    [InlineData("routes.a.b.match.path[1]", 1, "7:22")]
    [InlineData("routes.a.b.match.headers.X.Y", 0, "8:23")]
    [InlineData("routes.a.b.policies[0].sample.set.X-A", 2, "11:26")]
    [InlineData("routes.a.b.policies[0].sample.set.X-B", 2, "11:44")]
    [InlineData("routes.a.b.forward.cluster", 0, "12:14")]
    [InlineData("routes.a.b.timeouts.total", -1, "4:3")]
    [InlineData("routes.nope.x", -1, "3:1")]
    public void PathHasThePlaceOfItsNearestAncestor(string path, int column, string place)
    {
        var found = Read.Valid(Text).Locate(new ConfigProblem(ProblemSeverity.Error, path, "code", "message", null, column));
        $"{found.Line}:{found.Column}".ShouldBe(place);
    }

    [Fact]
    public void LaterProblemsAreSortedAmongTheFirst()
    {
        var load = Read.Valid(Text + "\npolicies: { unused: { sample: {} } }\n");
        load.With([new ConfigProblem(ProblemSeverity.Error, "routes.a.b.match", "late", "x")]).Select(d => d.Code).ShouldBe(["late", "unused-policy"]);
    }
}
