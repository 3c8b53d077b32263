using Weir.Http;
using Weir.Policies.Tests.Yaml;
using Weir.Sdk.Testing;

namespace Weir.Policies.Tests;

/// <summary>What does not fit or must not get through is refused by name, never dropped in silence.</summary>
public class LimitTests
{
    [Fact]
    public async Task ARequestWithoutRoomIsRefusedAs431()
    {
        using var x = new TestExchange().Field("X-Long", new string('a', 60_000)).Field("X-Longer", new string('a', 60_000));
        await Refused(x, """headers: { request: { set: { X-A: "${request.header.x-long}" } } }""", 431, Refusal.HeaderTooLarge);
    }

    [Fact]
    public async Task AResponseWithoutRoomIsRefusedAs500()
    {
        using var x = new TestExchange().Respond(200, ("X-Long", new string('a', 60_000)), ("X-Longer", new string('a', 60_000)));
        await Refused(x, """headers: { response: { set: { X-A: "${response.header.x-long}" } } }""", 500, Refusal.HeaderTooLarge);
    }

    [Fact]
    public async Task TooManyFieldsAreRefusedAs431()
    {
        using var x = new TestExchange();
        x.Request.Fields.MaxCount = 1;
        x.Field("X-A", "1");
        await Refused(x, "headers: { request: { add: { X-B: c } } }", 431, Refusal.TooManyFields);
    }

    [Fact]
    public async Task AValueLongerThanATemplateMayBecomeIsRefused()
    {
        using var x = new TestExchange().Field("X-Long", new string('a', 50_000));
        await Refused(x, """headers: { request: { set: { X-A: "${request.header.x-long}${request.header.x-long}" } } }""", 431, Refusal.HeaderTooLarge);
    }

    [Theory]
    [InlineData("%0A")]
    [InlineData("%0d%0aX-Admin:1")]
    [InlineData("a%00b")]
    [InlineData("%7f")]
    public async Task NoControlByteGetsIntoAField(string value)
    {
        using var x = new TestExchange("GET", "http://h/?q=" + value);
        await Refused(x, """headers: { request: { set: { X-A: "a${request.query.q}b" } } }""", 400, Refusal.BadFieldValue);
        using var y = new TestExchange("GET", "http://h/?q=" + value);
        await Refused(y, """headers: { response: { set: { X-A: "a${request.query.q}b" } } }""", 500, Refusal.BadFieldValue);
    }

    [Fact]
    public async Task APathOverTheBoundIsRefusedAs414()
    {
        using var x = new TestExchange().Field("X-Long", new string('a', 17_000));
        await Refused(x, """rewrite: { path: "/${request.header.x-long}" }""", 414, Refusal.RequestLineTooLong);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("%2e%2E")]
    [InlineData("a/../b")]
    [InlineData(".")]
    [InlineData("x/.%2e")]
    public async Task ADotSegmentInAValueDoesNotLeaveTheTemplatesPath(string value)
    {
        using var x = new TestExchange().Field("X-Path", value);
        await Refused(x, """rewrite: { path: "/safe/${request.header.x-path}" }""", 400, Refusal.PathEscapesRoot);
    }

    [Theory]
    [InlineData("a b?c#d", "/safe/a%20b%3Fc%23d")]
    [InlineData("/x", "/safe/x")]
    [InlineData("%41%2f%7e", "/safe/A%2F~")]
    [InlineData("a\\..\\b", "/safe/a%5C..%5Cb")]
    [InlineData("é", "/safe/%C3%A9")]
    public async Task OtherBytesOfAValueAreEncoded(string value, string path)
    {
        using var x = new TestExchange().Field("X-Path", value);
        await PolicyHarness.RunAsync(PolicyReader.ReadOne("""rewrite: { path: "/safe/${request.header.x-path}" }"""), x);
        System.Text.Encoding.UTF8.GetString(x.Request.PathSpan).ShouldBe(path);
    }

    [Theory]
    [InlineData("100%")]
    [InlineData("%zz")]
    [InlineData("a%00b")]
    [InlineData("%")]
    public async Task AnEncodingThatIsNoneIsRefused(string value)
    {
        using var x = new TestExchange().Field("X-Path", value);
        await Refused(x, """rewrite: { path: "/safe/${request.header.x-path}" }""", 400, Refusal.BadPathEncoding);
    }

    [Theory]
    [InlineData("a.example/x")]
    [InlineData("user@a.example")]
    [InlineData("a.example:0")]
    [InlineData("a.example:99999")]
    [InlineData("a.example:8x")]
    [InlineData("[::1")]
    [InlineData("[fe80::1%251]")]
    [InlineData("a b")]
    public async Task AHostThatIsNoneIsRefused(string host)
    {
        using var x = new TestExchange().Field("X-Host", host);
        await Refused(x, """rewrite: { host: "${request.header.x-host}" }""", 400, Refusal.BadHost);
    }

    [Theory]
    [InlineData("A.Example:8080", "a.example:8080", "a.example")]
    [InlineData("[::1]:80", "[::1]:80", "[::1]")]
    [InlineData("10.0.0.1", "10.0.0.1", "10.0.0.1")]
    [InlineData("", "test.example", "test.example")]
    public async Task AHostIsTakenApart(string host, string authority, string name)
    {
        using var x = new TestExchange().Field("X-Host", host);
        await PolicyHarness.RunAsync(PolicyReader.ReadOne("""rewrite: { host: "${request.header.x-host}" }"""), x);
        System.Text.Encoding.UTF8.GetString(x.Request.AuthoritySpan).ShouldBe(authority);
        System.Text.Encoding.UTF8.GetString(x.Request.HostSpan).ShouldBe(name);
    }

    private static async Task Refused(TestExchange x, string yaml, int status, Refusal refusal)
    {
        var run = await PolicyHarness.RunAsync(PolicyReader.ReadOne(yaml), x);
        (run.Verdict.ReplyWith?.Status, run.Refusal).ShouldBe((status, refusal));
    }
}
