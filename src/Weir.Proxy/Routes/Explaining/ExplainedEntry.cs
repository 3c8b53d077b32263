using System.Text;
using Weir.Proxy.Routes.Conditions;
using Weir.Proxy.Routes.Patterns;

namespace Weir.Proxy.Routes.Explaining;

/// <summary>One entry held against one request by the text of its patterns, without the indexes that the matcher uses.</summary>
internal sealed class ExplainedEntry
{
    private readonly SegmentKind[] _segments;

    public ExplainedEntry(RouteTable table, in RouteEntry entry, PathPatternParser parser, in MatchInput input)
    {
        Entry = entry;
        Source = table.Sources[entry.Route];
        Host = HostPattern.Any;
        if (Source.Match.Host.Count > 0) HostPattern.TryParse(Source.Match.Host[entry.HostPosition], out Host, out _);
        if (Source.Match.Path.Count == 0) parser.Pattern.SetAny();
        else parser.Read(Source.Match.Path[entry.PathPosition]);

        Path = parser.Pattern.ToString();
        Kind = parser.Pattern.Kind;
        _segments = [.. parser.Pattern.Segments.Select(s => s.Kind)];
        HostFits = Host.Takes(Encoding.Latin1.GetString(input.Host));
        PathFits = Kind == PathKind.Regex
            ? table.Regexes[entry.Regex].Regex.IsMatch(Encoding.Latin1.GetString(input.Path))
            : parser.Pattern.Takes(input.Path);
        MethodFits = (entry.Methods & table.Methods.Of(input.Method, input.MethodText)) != 0;
        for (var i = 0; i < entry.Conditions; i++)
        {
            var condition = table.Conditions[entry.FirstCondition + i];
            if (!table.Conditions.Holds(condition, input)) Failed.Add(condition);
        }
    }

    public HostPattern Host;

    public RouteEntry Entry { get; }

    public RouteSource Source { get; }

    public string Path { get; }

    public PathKind Kind { get; }

    public bool HostFits { get; }

    public bool PathFits { get; }

    public bool MethodFits { get; }

    public List<Condition> Failed { get; } = [];

    public bool Fits => HostFits && PathFits && MethodFits && Failed.Count == 0;

    /// <summary>Everything but the method.</summary>
    public bool OnlyMethodMissing => HostFits && PathFits && !MethodFits && Failed.Count == 0;

    /// <summary>Same host and path as far as precedence goes.</summary>
    public bool IsBeside(ExplainedEntry other) => CompareHosts(this, other) == 0 && ComparePaths(this, other) == 0;

    /// <summary>The order of precedence between entries whose host and path fit one request.</summary>
    public static int Compare(ExplainedEntry x, ExplainedEntry y)
    {
        var order = CompareHosts(x, y);
        if (order == 0) order = ComparePaths(x, y);
        return order != 0 ? order : RouteEntry.Compare(x.Entry, y.Entry);
    }

    public static int CompareHosts(ExplainedEntry x, ExplainedEntry y)
        => x.Host.Kind != y.Host.Kind ? x.Host.Kind.CompareTo(y.Host.Kind) : y.Host.Text.Length.CompareTo(x.Host.Text.Length);

    public static int ComparePaths(ExplainedEntry x, ExplainedEntry y)
    {
        if (x.Kind != y.Kind) return Rank(x.Kind).CompareTo(Rank(y.Kind));
        for (var i = 0; i < Math.Min(x._segments.Length, y._segments.Length); i++)
            if (x._segments[i] != y._segments[i]) return x._segments[i].CompareTo(y._segments[i]);

        // One ends where the other has a rest that took nothing.
        return x._segments.Length.CompareTo(y._segments.Length);
    }

    private static int Rank(PathKind kind) => kind switch { PathKind.Literal => 0, PathKind.Regex => 1, _ => 2 };
}
