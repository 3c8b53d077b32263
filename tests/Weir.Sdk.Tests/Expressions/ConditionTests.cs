using Weir.Sdk.Testing;

namespace Weir.Sdk.Tests.Expressions;

public class ConditionTests
{
    private static TestExchange Sample() => new TestExchange("GET", "https://Shop.Example:8443/v1/orders?id=7&name=J%C3%BCrgen+B&empty=&flag&id=8")
        .Field("X-Tenant", "Acme").Field("Accept", "text/html").Field("Content-Length", "42").Field("X-Empty", "")
        .Field("Cookie", "a=1; session=abc").Field("Cookie", "late=2").Client("10.1.2.3").Peer("192.0.2.9").Parameter("id", "7")
        .Names("web", "orders", "blue").Respond(404, ("Server", "origin"), ("X-A", "1"));

    [Theory]
    [InlineData("""request.method == "GET" """)]
    [InlineData("""request.method != 'POST'""")]
    [InlineData("""request.path starts-with "/v1/" && request.path ends-with "orders" """)]
    [InlineData("""request.host == "shop.example" && request.authority == "Shop.Example:8443" """)]
    [InlineData("""request.scheme == "https" && request.version == "1.1" """)]
    [InlineData("""request.target == "/v1/orders?id=7&name=J%C3%BCrgen+B&empty=&flag&id=8" """)]
    [InlineData("""request.query contains "empty" """)]
    [InlineData("""request.query.id == "7" """)]
    [InlineData("""request.query.name == "Jürgen B" """)]
    [InlineData("""exists(request.query.empty) && request.query.empty == "" && exists(request.query.flag)""")]
    [InlineData("""!exists(request.query.other)""")]
    [InlineData("""request.header.x-tenant == "Acme" && request.header["X-TENANT"] == "Acme" """)]
    [InlineData("""lower(request.header.x-tenant) == "acme" && upper(lower(request.header.x-tenant)) == 'ACME'""")]
    [InlineData("""request.header.accept contains "html" """)]
    [InlineData("""int(request.header.content-length) > 41 && int(request.header.accept) == 0 && int(request.header.nope, -1) == -1""")]
    [InlineData("""len(request.header.x-tenant) == 4""")]
    [InlineData("""request.cookie.session == "abc" && request.cookie.late == "2" && !exists(request.cookie.sess)""")]
    [InlineData("""params.id == request.query.id""")]
    [InlineData("""client.ip in "10.0.0.0/8" && !(client.ip in ["10.2.0.0/16", "::/1"]) && client.ip == "10.1.2.3" """)]
    [InlineData("""peer.ip != client.ip && client.port == 50000""")]
    [InlineData("""listener.name == "web" && route.name == "orders" && cluster.name in ["green", "blue"]""")]
    [InlineData("""response.status >= 400 && response.status in [404, 410] && response.header.server == "origin" """)]
    [InlineData("""now == 1700000000""")]
    [InlineData("""request.path matches "^/v[0-9]+/" && !(request.path matches r"^/v\d\d/")""")]
    [InlineData("""(request.header.x-none ?? request.header.x-empty ?? "z") == "" && default(request.header.x-none, "d") == "d" """)]
    [InlineData("""true || request.method == "never" """)]
    [InlineData("""exists(request.header.accept) == true && (1 < 2) != (2 < 1)""")]
    public void HoldsForTheSample(string text)
    {
        using var x = Sample();
        x.Holds(text).ShouldBeTrue();
        x.Holds($"!({text})").ShouldBeFalse();
    }

    [Fact]
    public void MissingHeaderIsEmptyAndDoesNotExist()
    {
        using var x = Sample();
        x.Holds("""request.header.x-none == "" && !exists(request.header.x-none)""").ShouldBeTrue();
        x.Holds("""request.header.x-empty == "" && exists(request.header.x-empty)""").ShouldBeTrue();
    }

    [Fact]
    public void AndBindsTighterThanOr()
    {
        using var x = Sample();
        x.Holds("true || true && false").ShouldBeTrue();
        x.Holds("(true || true) && false").ShouldBeFalse();
    }

    [Fact]
    public void MappedClientAddressesAreIpv4()
    {
        using var x = Sample().Client("::ffff:10.1.2.3");
        x.Holds("""client.ip in "10.1.0.0/16" """).ShouldBeTrue();
        x.Render("${client.ip}").ShouldBe("10.1.2.3");
    }

    [Fact]
    public void CaseChangesLeaveOtherBytesAlone()
    {
        using var x = new TestExchange().Field("X-A", "ÄbC-é-ZZZZZZZZZZZZZZZZZZZZZZ");
        x.Render("${lower(request.header.x-a)}").ShouldBe("Äbc-é-zzzzzzzzzzzzzzzzzzzzzz");
        x.Render("${upper(request.header.x-a)}").ShouldBe("ÄBC-é-ZZZZZZZZZZZZZZZZZZZZZZ");
    }

    [Fact]
    public void TextIsComparedByteByByte()
    {
        using var x = Sample();
        x.Holds("""request.method == "get" """).ShouldBeFalse();
        x.Holds("""request.query.name contains "\xC3\xBC" """).ShouldBeTrue();
    }
}
