using System.Text;
using Weir.Http.Messages;
using Weir.Proxy.Routes.Conditions;
using Weir.Proxy.Routes.Patterns;

namespace Weir.Proxy.Routes.Explaining;

/// <summary>
/// Explains a match by going through all routes: slow, off the path, and by other means than the matcher, so that a test can hold
/// one against the other.
/// </summary>
internal static class RouteExplainer
{
    public static RouteExplanation Explain(RouteTable table, in MatchInput input)
    {
        var fitting = new List<ExplainedEntry>();
        var others = new List<ExplainedEntry>();
        var parser = new PathPatternParser();
        foreach (ref readonly var entry in table.Entries.AsSpan())
        {
            var explained = new ExplainedEntry(table, entry, parser, input);
            (explained.HostFits && explained.PathFits ? fitting : others).Add(explained);
        }

        fitting.Sort(ExplainedEntry.Compare);
        others.Sort(static (x, y) => x.HostFits != y.HostFits ? y.HostFits.CompareTo(x.HostFits) : x.Entry.Route.CompareTo(y.Entry.Route));
        var (outcome, winner, allow) = Decide(table, fitting, table.Methods.Of(input.Method, input.MethodText));
        var candidates = new List<RouteCandidate>(fitting.Count + others.Count);
        foreach (var entry in fitting.Concat(others))
        {
            var (verdict, reason) = entry == winner ? (CandidateVerdict.Won, "") : WhyLost(table, entry, winner, input);
            candidates.Add(new RouteCandidate(entry.Source.Name, entry.Host.ToString(), entry.Path, verdict, reason));
        }

        return new RouteExplanation(outcome, winner?.Source.Name, table.Methods.Format(allow), candidates);
    }

    private static (RouteOutcome Outcome, ExplainedEntry? Winner, ulong Allow) Decide(RouteTable table, List<ExplainedEntry> fitting, ulong method)
    {
        var allow = 0UL;
        for (var i = 0; i < fitting.Count;)
        {
            var end = i + 1;
            while (end < fitting.Count && fitting[end].IsBeside(fitting[i])) end++;
            var beside = fitting[i..end];
            if (beside.Find(e => e.Fits) is { } winner) return (RouteOutcome.Matched, winner, 0);

            var missing = beside.FindAll(e => e.OnlyMethodMissing);
            var allowed = missing.Aggregate(0UL, (set, e) => set | e.Entry.Methods | (e.Entry.AutomaticOptions ? MethodBits.Options : 0));
            if (method == MethodBits.Options && missing.Find(e => e.Entry.AutomaticOptions) is { } automatic)
                return (RouteOutcome.AutomaticOptions, automatic, allowed);
            allow |= allowed;
            i = end;
        }

        return allow == 0 ? (RouteOutcome.NoRoute, null, 0) : (RouteOutcome.MethodNotAllowed, null, allow);
    }

    private static (CandidateVerdict Verdict, string Reason) WhyLost(RouteTable table, ExplainedEntry entry, ExplainedEntry? winner, in MatchInput input)
    {
        if (!entry.HostFits) return (CandidateVerdict.Host, "host");
        if (!entry.PathFits) return (CandidateVerdict.Path, "path");
        var reasons = new List<string>();
        foreach (var condition in entry.Failed) reasons.Add(ConditionReasons.Describe(table, entry, condition, input));
        if (!entry.MethodFits) reasons.Add($"method {MethodOf(input)} not in [{table.Methods.Format(entry.Entry.Methods)}]");
        if (reasons.Count > 0) return (VerdictOf(entry), string.Join("; ", reasons));

        // It fits, so there is a winner.
        var name = winner!.Source.Name;
        if (ExplainedEntry.CompareHosts(entry, winner) != 0) return (CandidateVerdict.LessSpecific, $"less specific than {name}: host");
        if (ExplainedEntry.ComparePaths(entry, winner) != 0) return (CandidateVerdict.LessSpecific, $"less specific than {name}: path");
        if (entry.Entry.MethodsGiven != winner.Entry.MethodsGiven) return (CandidateVerdict.LessSpecific, $"less specific than {name}: no methods listed");
        if (entry.Entry.Conditions != winner.Entry.Conditions) return (CandidateVerdict.LessSpecific, $"less specific than {name}: fewer conditions");
        return entry.Entry.Priority != winner.Entry.Priority
            ? (CandidateVerdict.LowerPriority, $"lower priority than {name}")
            : (CandidateVerdict.ListedLater, $"listed after {name}");
    }

    private static CandidateVerdict VerdictOf(ExplainedEntry entry) => entry.Failed.Count == 0 ? CandidateVerdict.Method : entry.Failed[0].Subject switch
    {
        ConditionSubject.Header => CandidateVerdict.Header,
        ConditionSubject.Query => CandidateVerdict.Query,
        _ => CandidateVerdict.Client,
    };

    private static string MethodOf(in MatchInput input)
        => input.Method == HttpMethod.Other ? Encoding.Latin1.GetString(input.MethodText) : input.Method.ToString().ToUpperInvariant();
}
