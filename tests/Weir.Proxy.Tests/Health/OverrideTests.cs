using Weir.Proxy.Model;
using Weir.Proxy.Tests.Fixture;

namespace Weir.Proxy.Tests.Health;

/// <summary>What operators change of endpoints at run time.</summary>
public sealed class OverrideTests
{
    [Fact]
    public async Task It_holds_over_reloads_until_it_is_undone()
    {
        await using var one = Origin.Answering();
        await using var two = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync(Yaml("", one, two));
        await gateway.Gateway.OverrideAsync([new EndpointOverride(new EndpointTarget("c", one.Url), true, null)]);
        await TestGateway.EventuallyAsync(() => ProbeTests.Set(gateway).Open.Length == 1);
        for (var i = 0; i < 10; i++) (await gateway.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);
        one.Connections.ShouldBeEmpty();

        await gateway.Gateway.OverrideAsync([]);
        await TestGateway.EventuallyAsync(() => ProbeTests.Set(gateway).Open.Length == 2);
        ProbeTests.Set(gateway).ShareOf(ProbeTests.Endpoint(gateway, 0)).ShouldBeLessThan(0.2);

        await gateway.Gateway.OverrideAsync([new EndpointOverride(new EndpointTarget("c", one.Url), true, null)]);
        // Another endpoint in all but its name: the word is for the name.
        (await gateway.ApplyAsync(Yaml("proxy-protocol: v1, ", one, two))).IsApplied.ShouldBeTrue();
        ProbeTests.Set(gateway).Open.Length.ShouldBe(1);
        EndpointConditions.Of(ProbeTests.Endpoint(gateway, 0)).ShouldBe(EndpointCondition.Draining);
        await gateway.Gateway.OverrideAsync([]);
        await TestGateway.EventuallyAsync(() => ProbeTests.Set(gateway).Open.Length == 2);
    }

    [Fact]
    public async Task A_weight_takes_the_place_of_the_configured_one()
    {
        await using var one = Origin.Answering();
        await using var two = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync(Yaml("", one, two));
        await gateway.Gateway.OverrideAsync([new EndpointOverride(new EndpointTarget("c", one.Url), false, 3)]);
        await TestGateway.EventuallyAsync(() => ProbeTests.Set(gateway).Weights is [3, 1]);
        await gateway.Gateway.OverrideAsync([new EndpointOverride(new EndpointTarget("c", one.Url), false, 0)]);
        await TestGateway.EventuallyAsync(() => ProbeTests.Set(gateway).Open.Length == 1);
        await gateway.Gateway.OverrideAsync([]);
        await TestGateway.EventuallyAsync(() => ProbeTests.Set(gateway).Weights is [1, 1]);
    }

    [Fact]
    public async Task Of_several_words_for_an_endpoint_the_last_weight_holds_and_it_drains_by_any()
    {
        await using var one = Origin.Answering();
        await using var two = Origin.Answering();
        await using var gateway = await TestGateway.StartAsync(Yaml("", one, two));
        var (all, own) = (new EndpointTarget(null, "priority=0"), new EndpointTarget("c", one.Url));
        // In force when it is over.
        await gateway.Gateway.OverrideAsync([new EndpointOverride(all, false, 6), new EndpointOverride(own, false, 2)]);
        ProbeTests.Set(gateway).Weights.ShouldBe([1, 3]);
        await gateway.Gateway.OverrideAsync([new EndpointOverride(own, false, 2), new EndpointOverride(all, false, 6)]);
        ProbeTests.Set(gateway).Weights.ShouldBe([1, 1]);
        await gateway.Gateway.OverrideAsync([new EndpointOverride(own, true, null), new EndpointOverride(new EndpointTarget("d", "priority=0"), true, null)]);
        ProbeTests.Set(gateway).Open.Length.ShouldBe(1);
        await gateway.Gateway.OverrideAsync([new EndpointOverride(own, false, 2), new EndpointOverride(all, true, null)]);
        ProbeTests.Set(gateway).Open.ShouldBeEmpty();
    }

    private static string Yaml(string members, Origin one, Origin two) => $$"""
        version: 1
        listeners: { web: "127.0.0.1:0" }
        routes: { all: { forward: c } }
        clusters: { c: { {{members}}endpoints: ["{{one.Url}}", "{{two.Url}}"] } }
        """;
}
