using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Weir.Telemetry;

namespace Weir.Tests.Telemetry;

public class MetricTests
{
    [Fact]
    public void NamesAreValidAndUnique()
    {
        MetricCatalog.All.Select(static f => f.Name).ShouldBeUnique();
        foreach (var family in MetricCatalog.All) family.Name.ShouldMatch("^[a-z][a-z0-9_]*$");
    }

    [Fact]
    public void CountersEndInTotalAndOthersDoNot()
    {
        foreach (var family in MetricCatalog.All) family.Name.EndsWith("_total", StringComparison.Ordinal).ShouldBe(family.Kind == MetricKind.Counter, family.Name);
    }

    [Fact]
    public void TheDocumentListsEveryMetricAndNoOther()
    {
        var listed = Regex.Matches(Repository.Read("docs/metrics.md"), "^\\| `([a-z0-9_]+)` \\| (\\w+) \\|", RegexOptions.Multiline)
            .Select(static m => (m.Groups[1].Value, m.Groups[2].Value)).ToList();
        listed.ShouldBe(MetricCatalog.All.Select(static f => (f.Name, f.Kind.ToString().ToLowerInvariant())), ignoreOrder: true);
    }

    // An alert on a name that there is not never fires.
    [Fact]
    public void QuestionsAndAlertsOfTheDocumentAskForMetricsThereAre()
    {
        var text = Repository.Read("docs/metrics.md");
        var names = Regex.Matches(text[text.IndexOf("## Questions", StringComparison.Ordinal)..], "\\b(?:weir|http)_[a-z0-9_]+(?=[\\[{) ])").Select(static m => Regex.Replace(m.Value, "_(bucket|count|sum)$", ""));
        names.Where(static n => n != "http_route").Except(MetricCatalog.All.Select(static f => f.Name)).ShouldBeEmpty();
    }

    [Fact]
    public void LabelValuesAreEscaped()
        => Write(static w => w.Sample(1, ("a", "x\"y\\z\nw"))).ShouldBe("m{a=\"x\\\"y\\\\z\\nw\"} 1\n");

    [Theory]
    [InlineData(0, "0")]
    [InlineData(12345678901, "12345678901")]
    [InlineData(0.25, "0.25")]
    [InlineData(1e-7, "1E-07")]
    public void NumbersAreWrittenWithoutACulture(double value, string text) => Write(w => w.Sample(value)).ShouldBe($"m {text}\n");

    [Fact]
    public void BucketsOfAHistogramAddUp()
        => Write(static w => w.Histogram([0.5, 1], [1, 2, 3], 4.5, ("r", "x"))).ShouldBe("""
            m_bucket{r="x",le="0.5"} 1
            m_bucket{r="x",le="1"} 3
            m_bucket{r="x",le="+Inf"} 6
            m_sum{r="x"} 4.5
            m_count{r="x"} 6

            """);

    private static string Write(Action<MetricWriter> write)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new MetricWriter(output);
        writer.Begin(new MetricFamily("m", MetricKind.Gauge, "Help.", static (_, _) => { }));
        write(writer);
        return Encoding.UTF8.GetString(output.WrittenSpan).Replace("# HELP m Help.\n# TYPE m gauge\n", "", StringComparison.Ordinal);
    }
}
