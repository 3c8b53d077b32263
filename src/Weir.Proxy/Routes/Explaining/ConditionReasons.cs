using System.Text;
using Weir.Proxy.Routes.Conditions;

namespace Weir.Proxy.Routes.Explaining;

/// <summary>Says why a condition failed. Values of the request are not repeated: they may be secrets.</summary>
internal static class ConditionReasons
{
    public static string Describe(RouteTable table, ExplainedEntry entry, Condition condition, in MatchInput input)
    {
        if (condition.Subject == ConditionSubject.Client) return $"client not in [{string.Join(", ", entry.Source.Match.Client)}]";
        var name = Encoding.UTF8.GetString(table.Conditions.Name(condition));
        var value = Encoding.UTF8.GetString(table.Conditions.Value(condition));
        var subject = condition.Subject == ConditionSubject.Header ? "header" : "query";
        if (condition.Test != ConditionTest.Absent && !table.Conditions.Holds(condition with { Test = ConditionTest.Present }, input)) return $"{subject} {name} missing";
        return condition.Test switch
        {
            ConditionTest.Exact => $"{subject} {name} is not \"{value}\"",
            ConditionTest.Prefix => $"{subject} {name} does not start with \"{value}\"",
            ConditionTest.Regex => $"{subject} {name} does not match {table.Conditions.Regex(condition).Regex}",
            _ => $"{subject} {name} present",
        };
    }
}
