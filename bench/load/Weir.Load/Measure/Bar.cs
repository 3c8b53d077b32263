using System.Text.Json.Serialization;

namespace Weir.Load.Measure;

[JsonConverter(typeof(JsonStringEnumConverter<Verdict>))]
internal enum Verdict { Holds, Fails, Undecided, NotJudged }

/// <summary>A bar, what was measured against it, and the verdict.</summary>
internal sealed record Bar(string What, double Value, double Limit, double? Aim, Verdict Verdict)
{
    private const double Noise = 0.05;
    private const int FewestRounds = 5;

    /// <summary>Within 5 % of the bar, and with the middle half of the rounds on both sides of it, nothing is decided.</summary>
    public static Bar OfRatio(string what, Spread ratio, double limit, double? aim)
    {
        Verdict verdict;
        if (ratio.Count < FewestRounds)
            verdict = Verdict.NotJudged;
        else if (Math.Abs(ratio.Median - limit) <= limit * Noise && ratio.Q1 <= limit && ratio.Q3 > limit)
            verdict = Verdict.Undecided;
        else
            verdict = ratio.Median <= limit ? Verdict.Holds : Verdict.Fails;
        return new Bar(what, ratio.Median, limit, aim, verdict);
    }

    /// <summary>For what noise cannot touch, or hardly.</summary>
    public static Bar OfValue(string what, double value, double limit) =>
        new(what, value, limit, null, value <= limit ? Verdict.Holds : Verdict.Fails);
}
