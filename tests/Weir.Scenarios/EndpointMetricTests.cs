using Weir.Scenarios.Fixture;

namespace Weir.Scenarios;

/// <summary>Which endpoint is bad: what metrics say of each.</summary>
public class EndpointMetricTests
{
    [Fact]
    public async Task EachEndpointIsCountedUpToABound()
    {
        using var one = Origin.Start("one");
        var good = $"http://127.0.0.1:{one.Port}";
        string Config(int bound) => $$"""
            version: 1
            workers: 1
            listeners: { web: { address: "127.0.0.1:0" } }
            routes:
              all: { forward: c }
              far: { match: { path: /far }, forward: { cluster: far, subset: { zone: far } }, fallback: { respond: 503 } }
            clusters:
              c: { balancer: round-robin, slow-start: 0s, endpoints: ["{{good}}", "http://127.0.0.1:1"], health: { outliers: false } }
              far:
                panic-threshold: 60%
                endpoints: [{ url: "http://127.0.0.1:1", labels: { zone: far } }, { url: "{{good}}" }]
                health: { outliers: { consecutive: 1, max-ejected: 100%, ejection: 60s } }
            telemetry: { access-log: off, endpoint-metrics: {{bound}} }
            """;
        await using var weir = await WeirProcess.StartAsync(Config(2));
        for (var i = 0; i < 4; i++) (await weir.GetTextAsync("/")).ShouldContain("one");
        using (var refused = await weir.GetAsync("/far")) ((int)refused.StatusCode).ShouldBe(503);
        using var control = weir.Control();
        var metrics = await UntilAsync(control, "weir_cluster_panic{cluster=\"far\"} 1\n");
        metrics.ShouldContain($"weir_endpoint_attempts_total{{cluster=\"c\",endpoint=\"{good}\",outcome=\"answered\"}} 4\n");
        metrics.ShouldMatch("weir_endpoint_attempts_total{cluster=\"c\",endpoint=\"http://127.0.0.1:1\",outcome=\"connect-failed\"} [1-4]\n");
        metrics.ShouldMatch("weir_endpoint_faults_total{cluster=\"c\",endpoint=\"http://127.0.0.1:1\"} [1-4]\n");
        metrics.ShouldContain($"weir_endpoint_connections{{cluster=\"c\",endpoint=\"{good}\"}} 1\n");
        metrics.ShouldContain($"weir_endpoint_state{{cluster=\"c\",endpoint=\"{good}\",state=\"healthy\"}} 1\n");
        metrics.ShouldContain("weir_endpoint_state{cluster=\"far\",endpoint=\"http://127.0.0.1:1\",state=\"ejected\"} 1\n");
        metrics.ShouldContain("weir_attempts_total{cluster=\"c\",outcome=\"cancelled\"} 0\n");
        metrics.ShouldContain("weir_cluster_endpoints_not_shown{cluster=\"c\"} 0\n");
        metrics.ShouldContain("weir_cluster_panic{cluster=\"c\"} 0\n");
        metrics.ShouldMatch("weir_fallbacks_total{http_route=\"far\",reason=\"connect-failed\"} 1\n");

        weir.Rewrite(Config(1));
        await weir.WaitForErrorAsync("reloaded in");
        metrics = await control.GetStringAsync("/metrics");
        metrics.ShouldContain("weir_cluster_endpoints_not_shown{cluster=\"c\"} 2\n");
        metrics.ShouldNotContain("endpoint=\"");
        metrics.ShouldContain("weir_attempts_total{cluster=\"c\",outcome=\"answered\"} 4\n");
    }

    private static async Task<string> UntilAsync(HttpClient control, string text)
    {
        for (var i = 0; ; i++)
        {
            var metrics = await control.GetStringAsync("/metrics");
            if (metrics.Contains(text, StringComparison.Ordinal)) return metrics;
            if (i == 1000) throw new TimeoutException(text);
            await Task.Delay(10);
        }
    }
}
