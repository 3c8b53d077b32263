using Weir.Load.Measure;

namespace Weir.Load.Report;

/// <summary>What a scenario found: a row for each entrant, ratios between them, bars.</summary>
internal sealed record ScenarioResult(string Name, string Title, string Setting, IReadOnlyList<Column> Columns, IReadOnlyList<Row> Rows)
{
    public IReadOnlyList<Ratio> Ratios { get; init; } = [];

    public IReadOnlyList<Bar> Bars { get; init; } = [];

    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Samples that do not count.</summary>
    public int Invalid { get; init; }
}

/// <summary>A column of a scenario's table: the key of its values, its heading, and how they are written.</summary>
internal sealed record Column(string Key, string Heading, string Format);

internal sealed record Row(string Entrant, IReadOnlyDictionary<string, double> Values)
{
    public IReadOnlyList<Sample> Samples { get; init; } = [];
}

/// <summary>The subject's CPU time per request as a part of another's, round by round.</summary>
internal sealed record Ratio(string Subject, string Other, Spread Spread, IReadOnlyList<double> Rounds)
{
    /// <summary>Only rounds count in which the samples of both are valid.</summary>
    public static IReadOnlyList<Ratio> AllOf(string subject, Dictionary<string, List<Sample>> samples)
    {
        if (!samples.TryGetValue(subject, out List<Sample>? own))
            return [];
        var ratios = new List<Ratio>();
        foreach ((string other, List<Sample> theirs) in samples.Where(s => s.Key != subject))
        {
            double[] rounds = [.. own.Join(theirs, s => s.Round, s => s.Round, (a, b) => (a, b))
                .Where(p => p.a.Invalid is null && p.b.Invalid is null)
                .Select(p => p.a.Cpu / p.b.Cpu)];
            if (Spread.Of(rounds) is { } spread)
                ratios.Add(new Ratio(subject, other, spread, rounds));
        }

        return ratios;
    }
}
