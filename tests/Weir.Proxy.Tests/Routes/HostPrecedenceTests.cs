namespace Weir.Proxy.Tests.Routes;

public class HostPrecedenceTests
{
    [Fact]
    public void ExactHostBeatsWildcardBeatsAny()
    {
        var table = new Table(Table.Route("any"), Table.Route("wild", host: "*.example.com"), Table.Route("exact", host: "api.example.com"));
        table.Match("/", host: "api.example.com").ShouldBe("exact");
        table.Match("/", host: "www.example.com").ShouldBe("wild");
        table.Match("/", host: "a.b.example.com").ShouldBe("wild");
        table.Match("/", host: "example.com").ShouldBe("any");
        table.Match("/", host: "badexample.com").ShouldBe("any");
        table.Match("/", host: "").ShouldBe("any");
    }

    [Fact]
    public void LongestWildcardWins()
    {
        var table = new Table(Table.Route("com", host: "*.com"), Table.Route("eu", host: "*.eu.example.com"), Table.Route("example", host: "*.example.com"));
        table.Match("/", host: "a.eu.example.com").ShouldBe("eu");
        table.Match("/", host: "x.y.eu.example.com").ShouldBe("eu");
        table.Match("/", host: "eu.example.com").ShouldBe("example");
        table.Match("/", host: "other.com").ShouldBe("com");
        table.Match("/", host: "com").ShouldBe("");
        table.Match("/", host: ".com").ShouldBe("");
    }

    [Fact]
    public void HostDecidesBeforePath()
    {
        var table = new Table(Table.Route("path", "/exact"), Table.Route("host", "/**", "a.example"));
        table.Match("/exact", host: "a.example").ShouldBe("host");
        table.Match("/exact", host: "b.example").ShouldBe("path");
    }

    [Fact]
    public void LessSpecificHostIsTriedWhenNoPathFits()
    {
        var table = new Table(
            Table.Route("exact", "/a", "x.example.com"), Table.Route("wild", "/b", "*.example.com"), Table.Route("any", "/c"));
        table.Match("/a", host: "x.example.com").ShouldBe("exact");
        table.Match("/b", host: "x.example.com").ShouldBe("wild");
        table.Match("/c", host: "x.example.com").ShouldBe("any");
        table.Match("/d", host: "x.example.com").ShouldBe("");
    }

    [Fact]
    public void HostsAreWrittenInAnyCaseAndWithTrailingDot()
    {
        new Table(Table.Route("r", host: "API.Example.COM.")).Match("/", host: "api.example.com").ShouldBe("r");
        new Table(Table.Route("r", host: "[2001:db8::1]")).Match("/", host: "[2001:db8::1]").ShouldBe("r");
    }

    [Fact]
    public void OneOfSeveralHostsIsEnough()
    {
        var table = new Table(Table.Route("r", "/x", "a.example *.b.example"));
        table.Match("/x", host: "a.example").ShouldBe("r");
        table.Match("/x", host: "c.b.example").ShouldBe("r");
        table.Match("/x", host: "b.example").ShouldBe("");
    }
}
