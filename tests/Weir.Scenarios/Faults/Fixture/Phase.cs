using System.Globalization;

namespace Weir.Scenarios.Faults.Fixture;

/// <summary>What was asked in a stretch of time.</summary>
internal sealed class Phase(IEnumerable<Sample> samples)
{
    private readonly double[] _took = [.. samples.Where(static s => !s.Path.StartsWith("/long", StringComparison.Ordinal)).Select(static s => s.Took.TotalMilliseconds).Order()];

    public IReadOnlyList<Sample> Failed { get; } = [.. samples.Where(static s => !s.IsGood)];

    public int Count { get; } = samples.Count();

    public double Percentile(int percent) => _took.Length == 0 ? 0 : _took[Math.Min(_took.Length - 1, _took.Length * percent / 100)];

    public override string ToString() => Percentile(50).ToString("0.0", CultureInfo.InvariantCulture) + " / " + Percentile(99).ToString("0.0", CultureInfo.InvariantCulture);
}
