using System.Buffers;
using System.Globalization;
using System.Text;

namespace Weir.Telemetry;

/// <summary>Prometheus' text format 0.0.4. Label values are escaped; names come from the program. Not thread-safe.</summary>
internal sealed class MetricWriter(IBufferWriter<byte> output)
{
    private string _name = "";

    /// <summary>Begins a family; its samples follow.</summary>
    public void Begin(MetricFamily family)
    {
        _name = family.Name;
        Text($"# HELP {family.Name} {Escape(family.Help, quotes: false)}\n# TYPE {family.Name} {family.Kind.ToString().ToLowerInvariant()}\n");
    }

    public void Sample(double value, params ReadOnlySpan<(string Name, string Value)> labels) => Line("", value, labels);

    /// <summary>A histogram from counts of single buckets, the last without a bound.</summary>
    public void Histogram(ReadOnlySpan<double> bounds, ReadOnlySpan<long> counts, double sum, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var total = 0L;
        for (var i = 0; i < counts.Length; i++)
        {
            total += counts[i];
            Line("_bucket", total, [.. labels, ("le", i < bounds.Length ? Number(bounds[i]) : "+Inf")]);
        }

        Line("_sum", sum, labels);
        Line("_count", total, labels);
    }

    private void Line(string suffix, double value, ReadOnlySpan<(string Name, string Value)> labels)
    {
        Text(_name);
        Text(suffix);
        for (var i = 0; i < labels.Length; i++)
        {
            Text(i == 0 ? "{" : ",");
            Text(labels[i].Name);
            Text("=\"");
            Text(Escape(labels[i].Value, quotes: true));
            Text("\"");
        }

        Text(labels.Length > 0 ? "} " : " ");
        Text(Number(value));
        Text("\n");
    }

    private static string Number(double value)
        => double.IsPositiveInfinity(value) ? "+Inf" : value.ToString(Math.Abs(value) < 1e15 && value == Math.Floor(value) ? "0" : "R", CultureInfo.InvariantCulture);

    private static string Escape(string text, bool quotes)
    {
        if (!text.AsSpan().ContainsAny('\\', '\n', '"')) return text;
        text = text.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal);
        return quotes ? text.Replace("\"", "\\\"", StringComparison.Ordinal) : text;
    }

    private void Text(string text) => Encoding.UTF8.GetBytes(text, output);
}
