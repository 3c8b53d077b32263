using System.Net;
using Weir.Config.Records;
using Weir.Proxy.Routes;

namespace Weir.Proxy.Tests.Routes;

public class ExplanationTests
{
    [Fact]
    public void EveryCandidateSaysWhyItLost()
    {
        var table = new Table(
            Table.Route("elsewhere", "/a", "b.example"),
            Table.Route("path", "/b"),
            Table.Route("post", "/a", methods: "POST PUT"),
            new RouteSource("header", new MatchConfig { Path = ["/a"], Headers = Table.Values(("x-a", Table.Exact("1"))) }),
            new RouteSource("query", new MatchConfig { Path = ["/a"], Query = Table.Values(("q", Table.Exact("1")), ("p", new ValueMatchConfig { Present = false })) }),
            new RouteSource("client", new MatchConfig { Path = ["/a"], Client = ["10.0.0.0/8", "::1"] }),
            Table.Route("low", "/a"),
            Table.Route("won", "/a", priority: 1),
            Table.Route("template", "/{x}", "*.example *"),
            Table.Route("late", "/a"));
        using var request = new Request("GET", "a.example", "/a?q=2&p") { Client = IPAddress.Parse("192.0.2.1") };
        var explanation = table.Routes.Explain(request.Input);
        explanation.Outcome.ShouldBe(RouteOutcome.Matched);
        explanation.Route.ShouldBe("template");
        explanation.Candidates.Select(c => $"{c.Route} {c.Host} {c.Path}: {c.Verdict} {c.Reason}".TrimEnd()).ShouldBe([
            "template *.example /{x}: Won",
            "post * /a: Method method GET not in [POST, PUT]",
            "query * /a: Query query q is not \"1\"; query p present",
            "header * /a: Header header x-a missing",
            "client * /a: Client client not in [10.0.0.0/8, ::1]",
            "won * /a: LessSpecific less specific than template: host",
            "low * /a: LessSpecific less specific than template: host",
            "late * /a: LessSpecific less specific than template: host",
            "template * /{x}: LessSpecific less specific than template: host",
            "path * /b: Path path",
            "elsewhere b.example /a: Host host",
        ]);
    }

    [Fact]
    public void WhatDecidedIsNamed()
    {
        Reason(Table.Route("won", "/a"), Table.Route("lost", "/*")).ShouldBe("less specific than won: path");
        Reason(Table.Route("won", "/a", methods: "GET"), Table.Route("lost", "/a")).ShouldBe("less specific than won: no methods listed");
        Reason(new RouteSource("won", new MatchConfig { Headers = Table.Values(("x", new ValueMatchConfig { Present = false })) }), Table.Route("lost"))
            .ShouldBe("less specific than won: fewer conditions");
        Reason(Table.Route("won", "/a", priority: 2), Table.Route("lost", "/a", priority: 1)).ShouldBe("lower priority than won");
        Reason(Table.Route("won", "/a"), Table.Route("lost", "/a")).ShouldBe("listed after won");
    }

    [Fact]
    public void ARefusedMethodNamesThoseThatWork()
    {
        var table = new Table(Table.Route("a", "/a", methods: "GET") with { AutomaticOptions = true });
        using var put = new Request("PUT", "h", "/a");
        table.Routes.Explain(put.Input).Allow.ShouldBe("GET, HEAD, OPTIONS");
        using var options = new Request("OPTIONS", "h", "/a");
        table.Routes.Explain(options.Input).Outcome.ShouldBe(RouteOutcome.AutomaticOptions);
    }

    private static string Reason(params RouteSource[] routes)
    {
        using var request = new Request("GET", "h", "/a");
        return new Table(routes).Routes.Explain(request.Input).Candidates.Single(c => c.Route == "lost").Reason;
    }
}
