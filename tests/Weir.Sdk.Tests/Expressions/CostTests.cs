using System.Diagnostics;
using Weir.Sdk.Expressions;
using Weir.Sdk.Testing;
using Xunit.Abstractions;

namespace Weir.Sdk.Tests.Expressions;

public class CostTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("""request.method == "GET" && request.path starts-with "/v1/" && request.header.x-tenant == "acme" """)]
    [InlineData("""lower(request.header.x-tenant) == "acme" && request.query.name != "x y" && request.target ends-with "z" """)]
    [InlineData("""client.ip in ["192.168.0.0/16", "10.0.0.0/8"] && request.cookie.session == "abc" """)]
    [InlineData("""request.path matches "^/v[0-9]+/[a-z]+$" """)]
    [InlineData("""route.name == "orders" && int(request.query.id, -1) > 3 && response.status in [200, 204]""")]
    public void AConditionAllocatesNothing(string text)
    {
        using var x = Sample();
        var condition = ExpressionTesting.Compile(text);
        Measure(() => condition.Evaluate(x), text).ShouldBe(0);
    }

    [Theory]
    [InlineData("https://${request.host}${request.target}")]
    [InlineData("${client.ip}, ${lower(request.header.x-tenant)}: ${response.status} at ${now}")]
    [InlineData("constant")]
    public void ATemplateAllocatesNothing(string text)
    {
        using var x = Sample();
        Template.TryCompile(text, ExpressionPhase.Response, out var template, out _).ShouldBeTrue();
        Measure(
            () =>
            {
                var sink = new ByteSink(stackalloc byte[256]);
                var done = template!.TryWrite(x, ref sink);
                sink.Dispose();
                return done;
            },
            text).ShouldBe(0);
    }

    [Fact]
    public void LongTemplatesUsePooledRoom()
    {
        using var x = new TestExchange().Field("X-Long", new string('A', 20_000));
        Template.TryCompile("${lower(request.header.x-long)}", out var template, out _).ShouldBeTrue();
        Measure(
            () =>
            {
                var sink = new ByteSink(stackalloc byte[16]);
                var done = template!.TryWrite(x, ref sink);
                sink.Dispose();
                return done;
            },
            "long").ShouldBe(0);
    }

    private static TestExchange Sample() => new TestExchange("GET", "https://shop.example/v1/orders?id=7&name=J%C3%BCrgen+z")
        .Field("Accept", "text/html").Field("User-Agent", "Mozilla/5.0").Field("Accept-Encoding", "gzip").Field("X-Tenant", "Acme")
        .Field("Cookie", "theme=dark; session=abc").Client("10.1.2.3").Names(route: "orders").Respond(200);

    private long Measure(Func<bool> evaluate, string name)
    {
        for (var i = 0; i < 40_000; i++) evaluate();
        const int Rounds = 20_000;
        var before = GC.GetAllocatedBytesForCurrentThread();
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < Rounds; i++) evaluate();
        var elapsed = Stopwatch.GetElapsedTime(start);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        output.WriteLine($"{elapsed.TotalNanoseconds / Rounds,8:F1} ns  {name}");
        return allocated / Rounds;
    }
}
