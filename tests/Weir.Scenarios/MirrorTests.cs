using System.Text.Json;
using Weir.Scenarios.Fixture;

namespace Weir.Scenarios;

/// <summary>A mirror as an operator sees it.</summary>
public class MirrorTests
{
    [Fact]
    public async Task CopiesAreCountedLoggedAndCompared()
    {
        using var old = Origin.Start("old");
        using var now = Origin.Start("new");
        await using var weir = await WeirProcess.StartAsync($$"""
            version: 1
            workers: 1
            listeners: { web: { address: "127.0.0.1:0" } }
            routes: { shop: { forward: { cluster: old, mirror: { cluster: new, compare: {} } } } }
            clusters:
              old: { endpoints: ["http://127.0.0.1:{{old.Port}}"] }
              new: { endpoints: ["http://127.0.0.1:{{now.Port}}"] }
            """);
        (await weir.GetTextAsync("/")).ShouldContain("old");
        (await weir.WaitForErrorAsync("answers otherwise")).ShouldMatch("the mirror of route shop in cluster new answers otherwise: body of [0-9]+ bytes, mirror [0-9]+; request [0-9a-f-]{36}; ");
        using var copy = JsonDocument.Parse(await weir.WaitForOutputAsync("\"weir.mirror\":true"));
        var request = weir.Output.Select(static l => JsonDocument.Parse(l).RootElement).Single(static r => !r.TryGetProperty("weir.mirror", out _));
        copy.RootElement.GetProperty("weir.parent_id").GetString().ShouldBe(request.GetProperty("weir.request_id").GetString());
        copy.RootElement.GetProperty("weir.mirror_differs").GetString().ShouldBe("body");
        copy.RootElement.GetProperty("weir.cluster").GetString().ShouldBe("new");
        using var control = weir.Control();
        var metrics = await control.GetStringAsync("/metrics");
        metrics.ShouldContain("weir_mirrored_total{http_route=\"shop\",cluster=\"new\",outcome=\"answered\"} 1\n");
        metrics.ShouldContain("weir_mirrored_answers_total{http_route=\"shop\",cluster=\"new\",status_class=\"2xx\"} 1\n");
        metrics.ShouldContain("weir_mirror_comparisons_total{http_route=\"shop\",cluster=\"new\",result=\"different\"} 1\n");
        metrics.ShouldContain("weir_mirror_differences_total{http_route=\"shop\",cluster=\"new\",part=\"body\"} 1\n");
        metrics.ShouldContain("weir_requests_total{http_route=\"shop\",status_class=\"2xx\"} 1\n");
    }
}
