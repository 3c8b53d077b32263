using System.Diagnostics;
using System.Text;

namespace Weir.Config.Tests;

public sealed class LargeConfigTests
{
    public static string Routes(int count)
    {
        var text = new StringBuilder(Read.Head + "clusters: { c: { endpoints: [\"http://h\"] } }\nroutes:\n");
        for (var i = 0; i < count; i++) text.Append(System.Globalization.CultureInfo.InvariantCulture, $"  route-{i}:\n    match: {{ host: h{i}.example.com, path: /api/v{i}/** }}\n    forward: c\n");
        return text.ToString();
    }

    [Fact]
    public void TenThousandRoutesLoadWithoutQuadraticBehaviour()
    {
        var small = Routes(1000);
        var large = Routes(10_000);
        Read.Valid(small);
        var watch = Stopwatch.StartNew();
        Read.Valid(large).Config!.Routes.Count.ShouldBe(10_000);
        // 0.3 s on an idle machine; the bound is for a busy one.
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(6));
    }

    [Fact]
    public void TenThousandDanglingNamesAreRefusedInTime()
    {
        var text = Routes(10_000).Replace("forward: c", "forward: d", StringComparison.Ordinal);
        var watch = Stopwatch.StartNew();
        Read.Errors(text).Length.ShouldBe(201);
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(8));
    }
}
