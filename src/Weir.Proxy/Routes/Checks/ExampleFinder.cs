using System.Net;
using System.Text;
using Weir.Proxy.Routes.Conditions;
using Weir.Proxy.Routes.Explaining;
using Weir.Proxy.Routes.Patterns;

namespace Weir.Proxy.Routes.Checks;

/// <summary>
/// Makes a request that two entries of one leaf both take and that really comes down to them: made from their patterns, proven by
/// the matcher and by the patterns themselves. None is found where a third route always wins, or where regexes leave no guess.
/// </summary>
internal sealed class ExampleFinder(RouteTable table)
{
    private static readonly string[] Fillers = ["x", "1", "any-thing"];
    private static readonly string[] OpenHosts = ["www.example.com", "host.example", "a.invalid", "host"];

    private readonly PathPatternParser _parser = new();
    private readonly RegexSamples _samples = new();

    /// <summary>Requests tried so far.</summary>
    public int Trials { get; private set; }

    public ExampleRequest? Find(in RouteEntry x, in RouteEntry y)
    {
        foreach (var path in Paths(x, y))
            foreach (var method in Methods(x.Methods & y.Methods))
                foreach (var values in Values(x, y))
                    if (Make(method, path, values, x, y) is { } example && Proves(example, x, y)) return example;
        return null;
    }

    // Both take it; and the matcher gives it to one of them, or to a third one of the same standing.
    private bool Proves(ExampleRequest example, RouteEntry x, RouteEntry y)
    {
        Trials++;
        return example.Try((in MatchInput input) =>
        {
            if (!new ExplainedEntry(table, x, _parser, input).Fits || !new ExplainedEntry(table, y, _parser, input).Fits) return false;
            var winner = table.FindEntry(input);
            return winner >= 0 && table.Entries[winner].Leaf == x.Leaf && RouteEntry.CompareRank(table.Entries[winner], x) == 0;
        });
    }

    private ExampleRequest? Make(ulong method, string path, List<(Condition Condition, string? Value)> values, in RouteEntry x, in RouteEntry y)
    {
        var (known, token) = table.Methods.First(method);
        IPAddress? client = null;
        var headers = new List<(string, string)>();
        var query = new List<(string, string)>();
        foreach (var (condition, value) in values)
        {
            var name = Encoding.UTF8.GetString(table.Conditions.Name(condition));
            if (condition.Subject == ConditionSubject.Client) client = ClientOf(x, y);
            else if (value is not null) (condition.Subject == ConditionSubject.Header ? headers : query).Add((name, value));
        }

        return HostOf(x) is { } host ? new ExampleRequest(known, token, host, path, headers, query, client) : null;
    }

    private string? HostOf(in RouteEntry entry)
    {
        var match = table.Sources[entry.Route].Match;
        var pattern = HostPattern.Any;
        if (match.Host.Count > 0) HostPattern.TryParse(match.Host[entry.HostPosition], out pattern, out _);
        return pattern.Kind switch
        {
            HostKind.Exact => pattern.Text,
            HostKind.Suffix => Fillers.Select(f => $"{f}.{pattern.Text}").FirstOrDefault(h => !IsExact(h)),
            _ => Array.Find(OpenHosts, h => !IsExact(h) && !HasWildcard(h)) ?? OpenHosts[0],
        };
    }

    private bool IsExact(string host) => table.Hosts.FindExact(Encoding.ASCII.GetBytes(host)) >= 0;

    private bool HasWildcard(string host)
    {
        var from = 0;
        return table.Hosts.NextWildcard(Encoding.ASCII.GetBytes(host), ref from) >= 0;
    }

    private IEnumerable<string> Paths(RouteEntry x, RouteEntry y)
    {
        if (x.Regex >= 0) return _samples.Of(table.Regexes[x.Regex].Regex).Concat(_samples.Of(table.Regexes[y.Regex].Regex)).Select(AsPath).Distinct();
        var match = table.Sources[x.Route].Match;
        if (match.Path.Count == 0) _parser.Pattern.SetAny();
        else _parser.Read(match.Path[x.PathPosition]);
        var pattern = _parser.Pattern;
        return pattern.Kind == PathKind.Literal ? [pattern.ToString()] : [.. Fillers.Select(f => Filled(pattern, f)), Ended(pattern)];
    }

    private static string AsPath(string sample) => sample.StartsWith('/') ? sample : "/" + sample;

    private static string Filled(PathPattern pattern, string filler)
        => string.Concat(pattern.Segments.Select(s => "/" + (s.Kind == SegmentKind.Literal ? Encoding.ASCII.GetString(pattern.Literal(s)) : filler)));

    // With nothing for the rest.
    private static string Ended(PathPattern pattern)
    {
        var path = string.Concat(pattern.Segments.Where(s => s.Kind != SegmentKind.Rest)
            .Select(s => "/" + (s.Kind == SegmentKind.Literal ? Encoding.ASCII.GetString(pattern.Literal(s)) : Fillers[0])));
        return path.Length == 0 ? "/" : path;
    }

    private static List<ulong> Methods(ulong both)
    {
        if (both == MethodBits.Any) return [MethodBits.Get];
        var each = new List<ulong>();
        for (var left = both; left != 0; left &= left - 1) each.Add(left & (~left + 1));
        return each;
    }

    // Up to two ways to give every field and parameter that either asks for a value; null leaves it out.
    private IEnumerable<List<(Condition Condition, string? Value)>> Values(RouteEntry x, RouteEntry y)
    {
        var subjects = new List<List<Condition>>();
        Collect(x, subjects);
        Collect(y, subjects);
        var choices = subjects.ConvertAll(s => (s[0], Values: ValuesFor(s)));
        if (choices.Exists(c => c.Values.Count == 0)) yield break;
        for (var i = 0; i < 2; i++)
            yield return choices.ConvertAll(c => (c.Item1, c.Values[Math.Min(i, c.Values.Count - 1)]));
    }

    private void Collect(in RouteEntry entry, List<List<Condition>> subjects)
    {
        for (var i = 0; i < entry.Conditions; i++)
        {
            var condition = table.Conditions[entry.FirstCondition + i];
            var known = subjects.Find(s => Pairs.SameSubject(table, s[0], condition));
            if (known is null) subjects.Add(known = []);
            known.Add(condition);
        }
    }

    private List<string?> ValuesFor(List<Condition> conditions)
    {
        if (conditions[0].Subject == ConditionSubject.Client) return [null];
        if (conditions.Exists(c => c.Test == ConditionTest.Absent)) return conditions.TrueForAll(c => c.Test == ConditionTest.Absent) ? [null] : [];
        var guesses = new List<string>();
        foreach (var condition in conditions)
        {
            var value = Encoding.UTF8.GetString(table.Conditions.Value(condition));
            if (condition.Test == ConditionTest.Regex) guesses.AddRange(_samples.Of(table.Conditions.Regex(condition).Regex));
            else if (condition.Test == ConditionTest.Exact) guesses.Add(value);
            else if (condition.Test == ConditionTest.Prefix) guesses.AddRange([value, value + "x"]);
        }

        guesses.AddRange(["1", "x"]);
        return [.. guesses.Where(g => conditions.TrueForAll(c => table.Conditions.ValueHolds(c, Encoding.UTF8.GetBytes(g)))).Distinct().Take(2)];
    }

    private IPAddress? ClientOf(in RouteEntry x, in RouteEntry y)
    {
        var (some, others) = (BlocksOf(x), BlocksOf(y));
        if (some.Count == 0 || others.Count == 0) return some.Concat(others).First().First();
        foreach (var a in some)
        {
            foreach (var b in others)
            {
                if (a.Covers(b)) return b.First();
                if (b.Covers(a)) return a.First();
            }
        }

        return null;
    }

    private List<AddressBlock> BlocksOf(in RouteEntry entry)
    {
        for (var i = 0; i < entry.Conditions; i++)
        {
            var condition = table.Conditions[entry.FirstCondition + i];
            if (condition.Subject == ConditionSubject.Client) return [.. Enumerable.Range(0, condition.ValueLength).Select(b => table.Conditions.Block(condition, b))];
        }

        return [];
    }
}
