using Weir.Proxy.Routes.Conditions;

namespace Weir.Proxy.Routes.Checks;

/// <summary>Parts entries by the value of one exact condition: different values never meet, and who lacks it may meet everyone.</summary>
internal sealed class ValuePartition : IPartition
{
    private readonly RouteTable _table;
    private readonly Condition? _by;
    private readonly Dictionary<string, List<int>> _byValue = new(StringComparer.Ordinal);
    private readonly List<int> _others = [];
    private readonly List<int> _all = [];

    private ValuePartition(RouteTable table, Condition? by)
    {
        _table = table;
        _by = by;
    }

    public static ValuePartition Make(RouteTable table, int start, int end)
    {
        if (end - start <= 16) return new ValuePartition(table, null);
        var values = new Dictionary<string, (Condition Example, HashSet<string> Values)>(StringComparer.Ordinal);
        foreach (ref readonly var entry in table.Entries.AsSpan(start, end - start))
        {
            for (var i = 0; i < entry.Conditions; i++)
            {
                var condition = table.Conditions[entry.FirstCondition + i];
                if (condition.Test != ConditionTest.Exact) continue;
                var key = $"{condition.Subject} {Text(table.Conditions.Name(condition))}";
                if (!values.TryGetValue(key, out var seen)) values[key] = seen = (condition, []);
                seen.Values.Add(Text(table.Conditions.Value(condition)));
            }
        }

        return new ValuePartition(table, values.Count == 0 ? null : values.Values.MaxBy(v => v.Values.Count).Example);
    }

    public IEnumerable<int> Order(int start, int end) => Enumerable.Range(start, end - start);

    public IEnumerable<int> Near(int number)
    {
        if (ValueOf(number) is not { } value) return _all;
        return _byValue.TryGetValue(value, out var same) ? same.Concat(_others) : _others;
    }

    public void Remember(int number)
    {
        _all.Add(number);
        if (ValueOf(number) is not { } value) _others.Add(number);
        else if (_byValue.TryGetValue(value, out var same)) same.Add(number);
        else _byValue[value] = [number];
    }

    private string? ValueOf(int number)
    {
        if (_by is not { } by) return null;
        ref readonly var entry = ref _table.Entries[number];
        for (var i = 0; i < entry.Conditions; i++)
        {
            var condition = _table.Conditions[entry.FirstCondition + i];
            if (condition.Test == ConditionTest.Exact && Pairs.SameSubject(_table, condition, by)) return Text(_table.Conditions.Value(condition));
        }

        return null;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => System.Text.Encoding.Latin1.GetString(bytes);
}
