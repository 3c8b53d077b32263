using System.Net;
using Weir.Config.Records;
using Weir.Proxy.Routes;

namespace Weir.Proxy.Tests.Routes;

public class ConditionTests
{
    [Fact]
    public void MoreConditionsWin()
    {
        var table = new Table(
            new RouteSource("plain", new MatchConfig()),
            new RouteSource("one", new MatchConfig { Headers = Table.Values(("X-A", Table.Exact("1"))) }),
            new RouteSource("two", new MatchConfig { Headers = Table.Values(("x-a", Table.Exact("1"))), Query = Table.Values(("q", Table.Exact("2"))) }));
        table.Match("/").ShouldBe("plain");
        table.Match("/", fields: "x-A: 1").ShouldBe("one");
        table.Match("/?q=2", fields: "x-a: 1").ShouldBe("two");
        table.Match("/?q=2", fields: "x-a: 2").ShouldBe("plain");
    }

    [Fact]
    public void ListedMethodsWinOverMoreConditions()
    {
        var table = new Table(
            new RouteSource("header", new MatchConfig { Headers = Table.Values(("x-a", Table.Exact("1"))) }),
            new RouteSource("method", new MatchConfig { Methods = ["GET"] }));
        table.Match("/", fields: "x-a: 1").ShouldBe("method");
        table.Match("/", "POST", fields: "x-a: 1").ShouldBe("header");
    }

    [Fact]
    public void PriorityDecidesWhatRemains()
    {
        new Table(Table.Route("low", "/a"), Table.Route("high", "/{x}", priority: 9)).Match("/a").ShouldBe("low");
        new Table(Table.Route("low", "/a"), Table.Route("high", "/a", priority: 1)).Match("/a").ShouldBe("high");
    }

    [Fact]
    public void FailedConditionsGoBackToLessSpecificPathAndHost()
    {
        var table = new Table(
            new RouteSource("exact", new MatchConfig { Host = ["h"], Path = ["/a/b"], Headers = Table.Values(("x-a", Table.Exact("1"))) }),
            Table.Route("template", "/a/{x}", "h", "POST"),
            Table.Route("any", "/**"));
        table.Match("/a/b", fields: "x-a: 1").ShouldBe("exact");
        table.Match("/a/b", "POST").ShouldBe("template");
        table.Match("/a/b").ShouldBe("any");
    }

    [Fact]
    public void OneOfRepeatedFieldsOrParametersIsEnough()
    {
        Header(Table.Exact("2"), "x-a: 1", "x-a: 2").ShouldBeTrue();
        Query(Table.Exact("2"), "/?q=1&q=2").ShouldBeTrue();
        Query(new ValueMatchConfig { Present = false }, "/?p=1&q=2").ShouldBeFalse();
    }

    [Fact]
    public void HeaderTestsReadTheValueByteByByte()
    {
        Header(Table.Exact("Ab"), "x-a: ab").ShouldBeFalse();
        Header(Table.Exact("é"), "x-a: é").ShouldBeTrue();
        Header(Table.Exact(""), "x-a:").ShouldBeTrue();
        Header(new ValueMatchConfig { Prefix = "ab" }, "x-a: abc").ShouldBeTrue();
        Header(new ValueMatchConfig { Prefix = "ab" }, "x-a: a").ShouldBeFalse();
        Header(new ValueMatchConfig { Regex = "^é+$" }, "x-a: éé").ShouldBeTrue();
        Header(new ValueMatchConfig { Regex = "b" }, "x-a: abc").ShouldBeTrue();
        Header(new ValueMatchConfig { Present = true }, "x-b: 1").ShouldBeFalse();
        Header(new ValueMatchConfig { Present = false }, "x-b: 1").ShouldBeTrue();
    }

    [Fact]
    public void QueryNamesAndValuesAreDecoded()
    {
        Query(Table.Exact("a b"), "/?%71=a+b").ShouldBeTrue();
        Query(Table.Exact("a b"), "/?q=%61%20b").ShouldBeTrue();
        Query(Table.Exact("é"), "/?q=%C3%A9").ShouldBeTrue();
        Query(Table.Exact("100%"), "/?q=100%").ShouldBeTrue();
        Query(Table.Exact("a=b"), "/?q=a=b").ShouldBeTrue();
        Query(Table.Exact(""), "/?q").ShouldBeTrue();
        Query(Table.Exact("1"), "/?Q=1").ShouldBeFalse();
        Query(new ValueMatchConfig { Prefix = "a b" }, "/?q=a%20bc").ShouldBeTrue();
        Query(new ValueMatchConfig { Regex = "^a b$" }, "/?q=a+b").ShouldBeTrue();
        Query(new ValueMatchConfig { Regex = "^x{600}$" }, "/?q=%78" + new string('x', 599)).ShouldBeTrue();
        Query(new ValueMatchConfig { Present = true }, "/?&&q&").ShouldBeTrue();
        Query(new ValueMatchConfig { Present = false }, "/?").ShouldBeTrue();
    }

    [Fact]
    public void ClientIsAnAddressOrBlockOfEitherFamily()
    {
        Client("10.0.0.0/8", "10.1.2.3").ShouldBeTrue();
        Client("10.0.0.0/8", "11.0.0.1").ShouldBeFalse();
        Client("10.0.0.0/8", "::ffff:10.1.2.3").ShouldBeTrue();
        Client("192.0.2.7", "192.0.2.7").ShouldBeTrue();
        Client("2001:db8::/32", "2001:db8:1::1").ShouldBeTrue();
        Client("0.0.0.0/0", "2001:db8::1").ShouldBeFalse();
        Client("::/0", "10.0.0.1").ShouldBeFalse();
        Client("::/0", "2001:db8::1").ShouldBeTrue();
        Client("0.0.0.0/0", "10.0.0.1").ShouldBeTrue();
        Client("10.0.0.0/8", null).ShouldBeFalse();
    }

    private static bool Header(ValueMatchConfig value, params string[] fields)
        => new Table(new RouteSource("r", new MatchConfig { Headers = Table.Values(("X-A", value)) })).Match("/", fields: fields) == "r";

    private static bool Query(ValueMatchConfig value, string target)
        => new Table(new RouteSource("r", new MatchConfig { Query = Table.Values(("q", value)) })).Match(target) == "r";

    private static bool Client(string block, string? address)
    {
        using var request = new Request("GET", "h", "/") { Client = address is null ? null : IPAddress.Parse(address) };
        return new Table(new RouteSource("r", new MatchConfig { Client = [block] })).Match(request) == "r";
    }
}
