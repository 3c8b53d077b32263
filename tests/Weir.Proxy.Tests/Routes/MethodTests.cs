using Weir.Config.Records;
using Weir.Proxy.Routes;

namespace Weir.Proxy.Tests.Routes;

public class MethodTests
{
    [Fact]
    public void WrongMethodIsAnsweredWithTheListOfThoseThatWork()
    {
        var table = new Table(Table.Route("read", "/a", methods: "GET"), Table.Route("write", "/{x}", methods: "PUT PURGE"));
        table.Match("/a", "DELETE").ShouldBe("!GET, HEAD, PUT, PURGE");
        table.Match("/b", "GET").ShouldBe("!PUT, PURGE");
        table.Match("/a", "PURGE").ShouldBe("write");
        table.Match("/a/b", "DELETE").ShouldBe("");
    }

    [Fact]
    public void MethodsAreCaseSensitive()
    {
        var table = new Table(Table.Route("r", "/", methods: "GET Purge"));
        table.Match("/", "get").ShouldBe("!GET, HEAD, Purge");
        table.Match("/", "Purge").ShouldBe("r");
        table.Match("/", "PURGE").ShouldBe("!GET, HEAD, Purge");
    }

    [Fact]
    public void OtherConditionsMustHoldBeforeAMethodIsCalledWrong()
    {
        var table = new Table(new RouteSource("r", new MatchConfig { Methods = ["GET"], Headers = Table.Values(("x-a", Table.Exact("1"))) }));
        table.Match("/", "POST").ShouldBe("");
        table.Match("/", "POST", fields: "x-a: 1").ShouldBe("!GET, HEAD");
    }

    [Fact]
    public void GetTakesHeadUnlessARouteOfThePathListsHead()
    {
        new Table(Table.Route("r", "/a", methods: "GET")).Match("/a", "HEAD").ShouldBe("r");

        var table = new Table(Table.Route("get", "/a/{x}", methods: "GET"), Table.Route("head", "/a/{y}", methods: "HEAD"));
        table.Match("/a/1", "HEAD").ShouldBe("head");
        table.Match("/a/1", "GET").ShouldBe("get");
        table.Match("/a/1", "PUT").ShouldBe("!GET, HEAD");
    }

    [Fact]
    public void HeadOnAnotherPathOrHostDoesNotCount()
    {
        var table = new Table(Table.Route("get", "/a", methods: "GET"), Table.Route("head", "/{x}", methods: "HEAD"), Table.Route("host", "/a", "x", "HEAD"));
        table.Match("/a", "HEAD").ShouldBe("get");
        new Table(Table.Route("get", "~ ^/a$", methods: "GET"), Table.Route("head", "~ ^/a", methods: "HEAD")).Match("/a", "HEAD").ShouldBe("get");
    }

    [Fact]
    public void HeadGoesWhereGetGoesBeforeItGoesToARouteForAnyMethod()
        => new Table(Table.Route("any", "/a"), Table.Route("get", "/a", methods: "GET")).Match("/a", "HEAD").ShouldBe("get");

    [Fact]
    public void AutomaticOptionsAnswersWithTheMethodsOfThePath()
    {
        var table = new Table(
            Table.Route("a", "/a", methods: "GET") with { AutomaticOptions = true },
            Table.Route("b", "/a", methods: "PUT"),
            Table.Route("all", "/**"));
        table.Match("/a", "OPTIONS").ShouldBe("+GET, HEAD, PUT, OPTIONS");
        table.Match("/b", "OPTIONS").ShouldBe("all");
    }

    [Fact]
    public void ARouteThatTakesOptionsGoesBeforeAutomaticOptions()
    {
        var table = new Table(
            Table.Route("a", "/a", methods: "GET") with { AutomaticOptions = true }, Table.Route("b", "/a", methods: "OPTIONS"));
        table.Match("/a", "OPTIONS").ShouldBe("b");
    }

    [Fact]
    public void AutomaticOptionsShowsInAllow()
        => new Table(Table.Route("a", "/a", methods: "GET") with { AutomaticOptions = true }).Match("/a", "PUT").ShouldBe("!GET, HEAD, OPTIONS");
}
