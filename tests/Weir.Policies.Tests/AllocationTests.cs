using Weir.Policies.Tests.Yaml;
using Weir.Sdk.Policies;
using Weir.Sdk.Testing;

namespace Weir.Policies.Tests;

public class AllocationTests
{
    private static bool Optimised => !typeof(Policy).Assembly.GetCustomAttributes(false).OfType<System.Diagnostics.DebuggableAttribute>().Any(a => a.IsJITOptimizerDisabled);

    [Theory]
    [InlineData("delay: 5s")]
    [InlineData("security-headers")]
    [InlineData("deprecation: { since: 2026-01-31, sunset: 2026-12-31, link: \"https://a.example/\" }")]
    [InlineData("fault: { delay: { share: 50%, time: 5s }, abort: { share: 0 }, seed: 1 }")]
    [InlineData("remove-internal-fields: X-Debug-*")]
    [InlineData("""headers: { request: { remove: X-*, set: { X-C: "${client.ip}", X-D: prod } }, response: { set: { Age: "${now}" } } }""")]
    [InlineData("rewrite: { strip-prefix: /api, add-prefix: /v2, host: \"${request.header.x-tenant}.internal\" }")]
    [InlineData("rewrite: { path: \"/q/${request.query.q}\", query: { remove: q*, set: { a: \"${request.method}\" } } }")]
    [InlineData("rewrite: { regex: { pattern: \"^/none\", replace: / } }")]
    public async Task APolicyAllocatesNothing(string yaml)
    {
        if (!Optimised) return;
        var policy = PolicyReader.ReadOne(yaml);
        PolicyRun? run = null;

        // More than once, so that pools are filled and code is compiled.
        for (var i = 0; i < 50; i++)
        {
            using var x = new TestExchange("GET", "https://shop.example/api/x?q=a+b&page=2").Field("X-Tenant", "acme").Field("X-Debug", "1")
                .Respond(200, ("Server", "origin"), ("X-Debug-Id", "5"), ("Content-Type", "text/html"));
            run = await PolicyHarness.RunAsync(policy, x);
            run.Verdict.Kind.ShouldBe(VerdictKind.Continue);
        }

        run!.Phases.ShouldNotBeEmpty();
        run.AllocatedBytes.ShouldBe(0);
    }

    [Fact]
    public async Task ADelaySuspendsForItsTime()
    {
        using var x = new TestExchange();
        var run = await PolicyHarness.RunAsync(PolicyReader.ReadOne("delay: 5s"), x);
        run[PolicyPhases.Request]!.Delayed.ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void PhasesThatAPolicyHasNoUseForAreNotEntered()
    {
        PolicyReader.ReadOne("headers: { response: { set: { X-A: b } } }").Phases.ShouldBe(PolicyPhases.Response);
        PolicyReader.ReadOne("headers: { request: { set: { X-A: b } } }").Phases.ShouldBe(PolicyPhases.Request);
        PolicyReader.ReadOne("delay: 0s").Phases.ShouldBe(PolicyPhases.None);
    }
}
