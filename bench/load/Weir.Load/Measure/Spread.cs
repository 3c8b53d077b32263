namespace Weir.Load.Measure;

/// <summary>The middle of some values and how far they lie apart. Quartiles are interpolated.</summary>
internal sealed record Spread(int Count, double Median, double Min, double Max, double Q1, double Q3)
{
    public static Spread? Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? null : new Spread(sorted.Length, At(sorted, 0.5), sorted[0], sorted[^1], At(sorted, 0.25), At(sorted, 0.75));
    }

    private static double At(double[] sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((sorted[above] - sorted[below]) * (place - below));
    }
}
