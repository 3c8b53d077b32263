using Weir.Proxy.Routes.Conditions;
using Weir.Proxy.Routes.Text;

namespace Weir.Proxy.Routes;

/// <summary>Decides which leaves are worth an index, and by what.</summary>
internal sealed class LeafIndexBuilder(RouteEntry[] entries, ConditionList conditions)
{
    private const int FewestEntries = 16;
    private const int FewestValues = 4;
    private const int MostSubjects = 4;

    // Longer values are compared one by one: a decoded one must fit the stack.
    private const int LongestValue = 256;

    private readonly TextPool _pool = new(0);

    /// <summary>The index, or null where trying one by one is as good.</summary>
    public LeafIndex? Build(Leaf leaf)
    {
        if (leaf.Count < FewestEntries || entries[leaf.Start].Regex >= 0) return null;
        var left = Enumerable.Range(0, leaf.Count).ToList();
        var subjects = new List<Condition>();
        var values = new TextTable(_pool, leaf.Count);
        var heads = new List<int>();
        var tails = new List<int>();
        var next = new int[leaf.Count];
        Array.Fill(next, -1);
        while (left.Count >= FewestEntries && subjects.Count < MostSubjects && MostTelling(leaf, left) is { } subject)
        {
            var rest = new List<int>();
            foreach (var position in left)
            {
                if (Wanted(entries[leaf.Start + position], subject) is not { } condition)
                {
                    rest.Add(position);
                    continue;
                }

                var list = values.GetOrAdd(subjects.Count, conditions.Value(condition), heads.Count);
                if (list == heads.Count)
                {
                    heads.Add(position);
                    tails.Add(position);
                }
                else
                {
                    next[tails[list]] = position;
                    tails[list] = position;
                }
            }

            subjects.Add(subject);
            left = rest;
        }

        return subjects.Count == 0 ? null : new LeafIndex(values, [.. subjects], [.. heads], next, [.. left]);
    }

    // The field or parameter with the most different exact values.
    private Condition? MostTelling(Leaf leaf, List<int> positions)
    {
        var subjects = new List<(Condition Condition, int Values)>();
        var seen = new TextTable(new TextPool(positions.Count * 8), positions.Count);
        foreach (var position in positions)
        {
            ref readonly var entry = ref entries[leaf.Start + position];
            for (var i = 0; i < entry.Conditions; i++)
            {
                var condition = conditions[entry.FirstCondition + i];
                if (!IsIndexable(condition)) continue;
                var number = subjects.FindIndex(s => conditions.SameSubject(s.Condition, condition));
                if (number < 0)
                {
                    if (subjects.Count == 16) continue;
                    number = subjects.Count;
                    subjects.Add((condition, 0));
                }

                var before = seen.Count;
                seen.GetOrAdd(number, conditions.Value(condition), 0);
                if (seen.Count > before) subjects[number] = (subjects[number].Condition, subjects[number].Values + 1);
            }
        }

        if (subjects.Count == 0) return null;
        var best = subjects.MaxBy(s => s.Values);
        return best.Values >= FewestValues ? best.Condition : null;
    }

    private Condition? Wanted(in RouteEntry entry, in Condition subject)
    {
        for (var i = 0; i < entry.Conditions; i++)
        {
            var condition = conditions[entry.FirstCondition + i];
            if (IsIndexable(condition) && conditions.SameSubject(condition, subject)) return condition;
        }

        return null;
    }

    private static bool IsIndexable(in Condition condition) => condition.Test == ConditionTest.Exact && condition.ValueLength <= LongestValue;
}
