using Weir.Config.Records;
using Weir.Proxy.Routes;

namespace Weir.Proxy.Tests.Routes;

public class BadPatternTests
{
    [Theory]
    [InlineData("", "The path is empty.")]
    [InlineData("a", "A path starts with '/'.")]
    [InlineData("/a//b", "The path has an empty segment.")]
    [InlineData("/a/../b", "Requests never have \".\" or \"..\" segments: they are resolved first.")]
    [InlineData("/a/%2e%2E/b", "Requests never have \".\" or \"..\" segments: they are resolved first.")]
    [InlineData("/a?b=c", "A path has no query.")]
    [InlineData("/a#b", "A path has no fragment: browsers do not send it.")]
    [InlineData("/a%2", "'%' is followed by two hex digits.")]
    [InlineData("/a%00", "Requests with %00 in their path are refused.")]
    [InlineData("/a b", "U+0020 cannot stand in a path.")]
    [InlineData("/a\\b", "Segments are parted by '/'.")]
    [InlineData("/v{n}", "A parameter is a whole segment.")]
    [InlineData("/*.png", "A parameter is a whole segment.")]
    [InlineData("/**/a", "Nothing can follow \"**\": it takes all the rest.")]
    [InlineData("/{rest**}/a", "Nothing can follow \"**\": it takes all the rest.")]
    [InlineData("/{}", "A parameter's name is letters, digits, '_' and '-'.")]
    [InlineData("/{a}/{a}", "The parameter \"a\" is there twice.")]
    [InlineData("/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}/{j}/{k}/{l}/{m}/{n}/{o}/{p}/{q}", "A path has at most 16 named parameters.")]
    public void BadPathsAreRefusedWithTheirPlace(string path, string message) => Refused("bad-path-pattern", "path[0]", message, new MatchConfig { Path = [path] });

    [Theory]
    [InlineData("~ (", "The regular expression is not valid")]
    [InlineData("~ ^/(a)\\1$", "The regular expression needs backtracking")]
    [InlineData("~ ^/(?=a)", "The regular expression needs backtracking")]
    public void BadRegexesAreRefused(string path, string message) => Refused("bad-regex", "path[0]", message, new MatchConfig { Path = [path] });

    [Theory]
    [InlineData("", "The host is empty.")]
    [InlineData("a.example:80", "The port is not looked at.")]
    [InlineData("https://a.example", "A host has no scheme.")]
    [InlineData("a.example/x", "A host has no path.")]
    [InlineData("api.*.example", "\"*\" stands for whole labels at the start only.")]
    [InlineData("*example.com", "\"*\" stands for whole labels at the start only.")]
    [InlineData("a..b", "The host has an empty label.")]
    [InlineData("a b", "' ' cannot stand in a host.")]
    [InlineData("bücher.example", "Requests name international hosts in ASCII.")]
    [InlineData("2001:db8::1", "An IPv6 address stands in brackets.")]
    [InlineData("[2001:DB8:0::1]", "An IPv6 address is compared as text.")]
    [InlineData("[::1]:80", "The port is not looked at.")]
    public void BadHostsAreRefused(string host, string message) => Refused("bad-host-pattern", "host[0]", message, new MatchConfig { Host = [host] });

    [Theory]
    [InlineData("10.0.0.0/33", "The prefix length is a number from 0 to 32.")]
    [InlineData("10.0.0.1/8", "\"10.0.0.1/8\" has bits set behind its prefix.")]
    [InlineData("10.1", "\"10.1\" is no address or block of addresses.")]
    [InlineData("localhost", "\"localhost\" is no address or block of addresses.")]
    public void BadClientsAreRefused(string client, string message) => Refused("bad-client-pattern", "client[0]", message, new MatchConfig { Client = [client] });

    [Theory]
    [InlineData("get", "Methods are case-sensitive: no client sends \"get\".")]
    [InlineData("*", "\"*\" is no method.")]
    [InlineData("GET POST", "\"GET POST\" is no method.")]
    public void BadMethodsAreRefused(string method, string message) => Refused("bad-method", "methods[0]", message, new MatchConfig { Methods = [method] });

    [Fact]
    public void AValueNeedsExactlyOneTest()
    {
        Refused("bad-value-match", "headers.x-a", "Exactly one", new MatchConfig { Headers = Table.Values(("x-a", new ValueMatchConfig())) });
        Refused("bad-regex", "query.q.regex", "The regular expression", new MatchConfig { Query = Table.Values(("q", new ValueMatchConfig { Regex = "[" })) });
        Refused("bad-header-name", "headers.x a", "\"x a\"", new MatchConfig { Headers = Table.Values(("x a", Table.Exact("1"))) });
    }

    [Fact]
    public void HintsSayWhatToWriteInstead()
    {
        Hint(new MatchConfig { Host = ["bücher.example"] }).ShouldBe("write xn--bcher-kva.example");
        Hint(new MatchConfig { Host = ["a.example:80"] }).ShouldBe("write a.example");
        Hint(new MatchConfig { Path = ["/a b"] }).ShouldBe("write %20");
        Hint(new MatchConfig { Methods = ["get"] }).ShouldBe("write GET");
        Hint(new MatchConfig { Client = ["10.0.0.1/8"] }).ShouldBe("write 10.0.0.0/8");
    }

    [Fact]
    public void PathsAreBroughtIntoTheFormOfRequests()
    {
        Table.Of("/caf\u00e9/%7euser/a%2fb").Match("/caf%C3%A9/~user/a%2Fb").ShouldNotBe("");
        Table.Of("/a:b;c=d,e@f!$&'()+").Match("/a:b;c=d,e@f!$&'()+").ShouldNotBe("");
    }

    [Fact]
    public void ARouteWhoseHostsAreAllBrokenTakesNothing()
    {
        var table = new Table(Table.Route("r", host: "a:80"));
        table.Match("/").ShouldBe("");
    }

    private static string? Hint(MatchConfig match) => new Table(new RouteSource("r", match)).Problems.All.ShouldHaveSingleItem().Hint;

    private static void Refused(string code, string place, string message, MatchConfig match)
    {
        var problem = new Table(new RouteSource("r", match)).Problems.All.ShouldHaveSingleItem();
        problem.Code.ShouldBe(code);
        problem.Path.ShouldBe("routes.r.match." + place);
        problem.Message.ShouldStartWith(message);
    }
}
