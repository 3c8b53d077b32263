namespace Weir.Proxy.Tests.Routes;

public class PathPrecedenceTests
{
    [Fact]
    public void LiteralSegmentBeatsParameter()
    {
        var table = Table.Of("/users/{id}", "/users/me");
        table.Match("/users/me").ShouldBe("/users/me");
        table.Match("/users/42").ShouldBe("/users/{id}");
    }

    [Fact]
    public void ParameterBeatsRest()
    {
        var table = Table.Of("/files/**", "/files/{name}");
        table.Match("/files/a").ShouldBe("/files/{name}");
        table.Match("/files/a/b").ShouldBe("/files/**");
    }

    [Fact]
    public void SegmentsDecideFromLeftToRight()
    {
        var table = Table.Of("/{a}/b", "/a/**");
        table.Match("/a/b").ShouldBe("/a/**");
        table.Match("/x/b").ShouldBe("/{a}/b");
    }

    [Fact]
    public void LongestPrefixWins()
    {
        var table = Table.Of("/**", "/a/**", "/a/b/**");
        table.Match("/a/b/c").ShouldBe("/a/b/**");
        table.Match("/a/c").ShouldBe("/a/**");
        table.Match("/ab").ShouldBe("/**");
    }

    [Fact]
    public void PrefixTakesItsOwnPathBySegment()
    {
        var table = Table.Of("/a/**");
        table.Match("/a").ShouldBe("/a/**");
        table.Match("/a/").ShouldBe("/a/**");
        table.Match("/ab").ShouldBe("");
    }

    [Fact]
    public void TrailingSlashIsAnotherPath()
    {
        var table = Table.Of("/a", "/b/", "/{x}/c/");
        table.Match("/a").ShouldBe("/a");
        table.Match("/a/").ShouldBe("");
        table.Match("/b/").ShouldBe("/b/");
        table.Match("/b").ShouldBe("");
        table.Match("/x/c/").ShouldBe("/{x}/c/");
        table.Match("/x/c").ShouldBe("");
    }

    [Fact]
    public void ParameterTakesNoEmptySegment()
    {
        var table = Table.Of("/users/{id}", "/{a}/x");
        table.Match("/users/").ShouldBe("");
        table.Match("//x").ShouldBe("");
    }

    [Fact]
    public void RegexRanksBehindLiteralAndBeforeTemplates()
    {
        var table = Table.Of("/users/{id}", "~ ^/users/[0-9]+$", "/users/7", "/users/**");
        table.Match("/users/7").ShouldBe("/users/7");
        table.Match("/users/8").ShouldBe("~ ^/users/[0-9]+$");
        table.Match("/users/x").ShouldBe("/users/{id}");
        table.Match("/users/8/9").ShouldBe("/users/**");
    }

    [Fact]
    public void DeadEndsGoBackToTheParameter()
    {
        var table = Table.Of("/a/{x}/c", "/{y}/b/d", "/{y}/**");
        table.Match("/a/b/c").ShouldBe("/a/{x}/c");
        table.Match("/a/b/d").ShouldBe("/{y}/b/d");
        table.Match("/a/b/e").ShouldBe("/{y}/**");
    }

    [Fact]
    public void NoPathTakesEveryPathAndTheAsterisk()
    {
        var table = new Table(Table.Route("any"));
        table.Match("/").ShouldBe("any");
        table.Match("/a/b").ShouldBe("any");
        table.Match("*", "OPTIONS").ShouldBe("any");
        Table.Of("/{x}", "/*").Match("*").ShouldBe("");
    }

    [Fact]
    public void CapturesAreSegmentsByName()
    {
        Table.Of("/users/{id}/orders/{order}").Captures("/users/42/orders/x%20y").ShouldBe("id=42 order=x%20y");
        Table.Of("/files/{rest**}").Captures("/files/a/b").ShouldBe("rest=a/b");
        Table.Of("/files/{rest**}").Captures("/files").ShouldBe("rest=");
        Table.Of("/files/{rest**}").Captures("/files/").ShouldBe("rest=");
        Table.Of("/{a}/*/{c}").Captures("/1/2/3").ShouldBe("a=1 c=3");
        Table.Of("/{a}/**").Captures("/1/2/3").ShouldBe("a=1");
        Table.Of("/a/**").Captures("/a/b").ShouldBe("");
    }

    [Fact]
    public void NamedGroupsAreCaptured()
    {
        Table.Of("~ ^/v(?<major>\\d+)/(x)?(?<rest>.*)$").Captures("/v12/abc").ShouldBe("major=12 rest=abc");
        Table.Of("~ ^/(?<a>x)?(?<b>.*)$").Captures("/y").ShouldBe("a= b=y");
    }

    [Theory]
    [InlineData("~ ^/ab?$", "/a", "/b")]
    [InlineData("~ ^/ab*$", "/a", "/c")]
    [InlineData("~ ^/ab{0,1}$", "/a", "/abb")]
    [InlineData("~ ^/a|^/b", "/b", "/c")]
    [InlineData("~ ^/a[(]|/b", "/b", "/c")]
    [InlineData("~ ^/a\\.b$", "/a.b", "/axb")]
    [InlineData("~ ^/a\\d$", "/a1", "/ad")]
    [InlineData("~ ^(?i)/A$", "/a", "/b")]
    [InlineData("~ (?i)^/A$", "/a", "/b")]
    [InlineData("~ ^(/a|/b)$", "/b", "/c")]
    [InlineData("~ b$", "/ab", "/ba")]
    [InlineData("~^/a$", "/a", "/b")]
    public void APlainBeginningOfARegexExcludesNothingThatItMatches(string path, string taken, string other)
    {
        Table.Of(path).Match(taken).ShouldBe(path);
        Table.Of(path).Match(other).ShouldBe("");
    }

    [Fact]
    public void EachPatternOfARouteHasItsOwnNames()
    {
        var table = new Table(Table.Route("r", "/a/{x} /{y}/b"));
        table.Captures("/a/1").ShouldBe("x=1");
        table.Captures("/2/b").ShouldBe("y=2");
    }
}
