using Weir.Proxy.Routes.Conditions;

namespace Weir.Proxy.Routes.Checks;

/// <summary>What can be said of two entries of one leaf from their conditions alone.</summary>
internal static class Pairs
{
    /// <summary>
    /// No request that gives each field and parameter at most once fits both. Errs on the side of false: two regexes, say, are
    /// never proven apart.
    /// </summary>
    public static bool AreDisjoint(RouteTable table, in RouteEntry x, in RouteEntry y)
    {
        if ((x.Methods & y.Methods) == 0) return true;
        for (var i = 0; i < x.Conditions; i++)
        {
            var a = table.Conditions[x.FirstCondition + i];
            for (var j = 0; j < y.Conditions; j++)
            {
                var b = table.Conditions[y.FirstCondition + j];
                if (SameSubject(table, a, b) && AreDisjoint(table.Conditions, a, b)) return true;
            }
        }

        return false;
    }

    /// <summary>Whatever fits the conditions of <paramref name="narrow"/> fits those of <paramref name="wide"/>.</summary>
    public static bool CoversConditions(RouteTable table, in RouteEntry wide, in RouteEntry narrow)
    {
        if (wide.Conditions > narrow.Conditions) return false;
        for (var i = 0; i < wide.Conditions; i++)
            if (!IsImplied(table, table.Conditions[wide.FirstCondition + i], narrow)) return false;
        return true;
    }

    public static bool SameSubject(RouteTable table, in Condition a, in Condition b)
        => a.Subject == b.Subject && table.Conditions.Name(a).SequenceEqual(table.Conditions.Name(b));

    private static bool IsImplied(RouteTable table, in Condition wanted, in RouteEntry by)
    {
        for (var i = 0; i < by.Conditions; i++)
        {
            var given = table.Conditions[by.FirstCondition + i];
            if (SameSubject(table, wanted, given) && Implies(table.Conditions, given, wanted)) return true;
        }

        return false;
    }

    private static bool AreDisjoint(ConditionList list, in Condition a, in Condition b)
    {
        if (a.Test == ConditionTest.Blocks) return !BlocksMeet(list, a, b);
        if (a.Test == ConditionTest.Absent || b.Test == ConditionTest.Absent) return a.Test != b.Test;
        if (a.Test == ConditionTest.Exact) return !list.ValueHolds(b, list.Value(a));
        if (b.Test == ConditionTest.Exact) return !list.ValueHolds(a, list.Value(b));
        return a.Test == ConditionTest.Prefix && b.Test == ConditionTest.Prefix
            && !list.Value(a).StartsWith(list.Value(b)) && !list.Value(b).StartsWith(list.Value(a));
    }

    private static bool Implies(ConditionList list, in Condition given, in Condition wanted) => wanted.Test switch
    {
        ConditionTest.Blocks => BlocksCover(list, wanted, given),
        ConditionTest.Absent => given.Test == ConditionTest.Absent,
        _ when given.Test == ConditionTest.Absent => false,
        ConditionTest.Present => true,
        _ when given.Test == ConditionTest.Exact => list.ValueHolds(wanted, list.Value(given)),
        ConditionTest.Prefix => given.Test == ConditionTest.Prefix && list.Value(given).StartsWith(list.Value(wanted)),
        ConditionTest.Regex => given.Test == ConditionTest.Regex && list.Regex(given) == list.Regex(wanted),
        _ => false,
    };

    private static bool BlocksMeet(ConditionList list, in Condition a, in Condition b)
    {
        for (var i = 0; i < a.ValueLength; i++)
            for (var j = 0; j < b.ValueLength; j++)
                if (list.Block(a, i).Covers(list.Block(b, j)) || list.Block(b, j).Covers(list.Block(a, i))) return true;
        return false;
    }

    private static bool BlocksCover(ConditionList list, in Condition wide, in Condition narrow)
    {
        for (var i = 0; i < narrow.ValueLength; i++)
        {
            var covered = false;
            for (var j = 0; j < wide.ValueLength && !covered; j++) covered = list.Block(wide, j).Covers(list.Block(narrow, i));
            if (!covered) return false;
        }

        return true;
    }
}
