using System.Globalization;
using Weir.Config.Binding;
using Weir.Config.Records;

namespace Weir.Running.Overlays;

/// <summary>Weights of a split's arms as people ask for them and as they are told: as shares of the whole.</summary>
internal static class SplitShares
{
    // A share is exact to a slot, and there are so many.
    private const int Whole = 10_000;

    /// <summary>
    /// The weights that arms get by what was typed: a weight, or with a per cent sign a share of the whole; then the others share what is left in the proportions that
    /// they have. Null with the reason when that cannot be.
    /// </summary>
    public static IReadOnlyDictionary<string, int>? Weights(SplitConfig split, IReadOnlyDictionary<string, string> asked, out string problem)
    {
        var weights = new Dictionary<string, int>(StringComparer.Ordinal);
        var shares = new Dictionary<string, int>(StringComparer.Ordinal);
        problem = "";
        foreach (var (arm, text) in asked)
        {
            if (text.EndsWith('%') && Units.TryPercent(text, out var percent) is null && Math.Round(percent.Value * 100) is <= Whole and var share && Math.Abs(share - percent.Value * 100) < 1e-6) shares[arm] = (int)share;
            else if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var weight)) weights[arm] = weight;
            else problem = $"'{text}' is not a weight: a whole number, in proportion to those of the other arms, or a share of the whole up to 100%, in hundredths of a per cent at the most: 34.55%";
        }

        if (problem.Length > 0) return null;
        return shares.Count == 0 ? weights : Shared(split, weights, shares, out problem);
    }

    /// <summary>Arms with their parts of the whole.</summary>
    public static IReadOnlyList<(string Arm, int Weight, double Percent)> Of(SplitConfig split)
    {
        var sum = split.Arms.Values.Sum(static a => (long)a.Weight);
        return [.. split.Arms.Select(a => (a.Key, a.Value.Weight, sum == 0 ? 0 : 100.0 * a.Value.Weight / sum))];
    }

    private static Dictionary<string, int>? Shared(SplitConfig split, Dictionary<string, int> weights, Dictionary<string, int> shares, out string problem)
    {
        var others = split.Arms.Where(a => !shares.ContainsKey(a.Key)).ToDictionary(static a => a.Key, a => (long)weights.GetValueOrDefault(a.Key, a.Value.Weight), StringComparer.Ordinal);
        var (left, sum) = (Whole - shares.Values.Sum(), others.Values.Sum());
        problem = left < 0 ? "the shares make more than 100%" : left > 0 && sum == 0 ? "the shares make less than 100%, and no other arm has a weight" : "";
        if (problem.Length > 0) return null;
        // In whole numbers, so that proportions stay what they are.
        var all = others.ToDictionary(static o => o.Key, o => o.Value * left, StringComparer.Ordinal);
        foreach (var (arm, share) in shares) all[arm] = share * Math.Max(1, sum);
        var divisor = all.Values.Aggregate(0L, Divisor);
        var scale = Math.Max(1, all.Values.Max() / (double)divisor / OverlayState.MostArmWeight);
        return all.ToDictionary(static w => w.Key, w => w.Value == 0 ? 0 : Math.Max(1, (int)Math.Round(w.Value / divisor / scale)), StringComparer.Ordinal);
    }

    private static long Divisor(long a, long b)
    {
        while (b != 0) (a, b) = (b, a % b);
        return a;
    }
}
