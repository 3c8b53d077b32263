using System.Net;
using System.Text;
using Weir.Http.Fields;
using Weir.Proxy.Routes.Patterns;
using Weir.Proxy.Routes.Text;
using Weir.Sdk.Text;

namespace Weir.Proxy.Routes.Conditions;

/// <summary>
/// All conditions of a table in one array; an entry has a stretch of it. Where a request repeats a field or parameter, one value
/// that holds is enough. Built once, then shared by all loops.
/// </summary>
internal sealed class ConditionList(TextPool pool)
{
    private readonly List<Condition> _conditions = [];
    private readonly List<RegexPattern> _regexes = [];
    private readonly List<AddressBlock> _blocks = [];

    public int Count => _conditions.Count;

    public Condition this[int position] => _conditions[position];

    public ReadOnlySpan<byte> Name(Condition condition) => pool[condition.NameStart, condition.NameLength];

    public ReadOnlySpan<byte> Value(Condition condition) => pool[condition.ValueStart, condition.ValueLength];

    public RegexPattern Regex(Condition condition) => _regexes[condition.Extra];

    public AddressBlock Block(Condition condition, int position) => _blocks[condition.Extra + position];

    /// <summary>Both ask about the same field, the same parameter, or the client.</summary>
    public bool SameSubject(in Condition a, in Condition b) => a.Subject == b.Subject && Name(a).SequenceEqual(Name(b));

    public void AddText(ConditionSubject subject, ConditionTest test, string name, string value)
    {
        var bytes = Encoding.UTF8.GetBytes(subject == ConditionSubject.Header ? name.ToLowerInvariant() : name);
        var text = Encoding.UTF8.GetBytes(value);
        var field = subject == ConditionSubject.Header ? KnownFields.Find(bytes) : KnownField.Other;
        _conditions.Add(new Condition(subject, test, field, pool.Add(bytes), bytes.Length, pool.Add(text), text.Length, -1));
    }

    public void AddRegex(ConditionSubject subject, string name, RegexPattern regex)
    {
        AddText(subject, ConditionTest.Regex, name, "");
        _conditions[^1] = _conditions[^1] with { Extra = _regexes.Count };
        _regexes.Add(regex);
    }

    public void AddBlocks(IReadOnlyList<AddressBlock> blocks)
    {
        _conditions.Add(new Condition(ConditionSubject.Client, ConditionTest.Blocks, KnownField.Other, 0, 0, 0, blocks.Count, _blocks.Count));
        _blocks.AddRange(blocks);
    }

    /// <summary>Whether all conditions of an entry hold.</summary>
    public bool Hold(in RouteEntry entry, in MatchInput input)
    {
        for (var i = 0; i < entry.Conditions; i++)
            if (!Holds(_conditions[entry.FirstCondition + i], input)) return false;
        return true;
    }

    public bool Holds(in Condition condition, in MatchInput input) => condition.Subject switch
    {
        ConditionSubject.Header => HeaderHolds(condition, input.Fields),
        ConditionSubject.Query => QueryHolds(condition, input.Query),
        _ => input.Client is not null && ClientHolds(condition, input.Client),
    };

    /// <summary>The value alone, decoded; not for client conditions and <see cref="ConditionTest.Absent"/>.</summary>
    public bool ValueHolds(in Condition condition, ReadOnlySpan<byte> value) => condition.Test switch
    {
        ConditionTest.Exact => value.SequenceEqual(Value(condition)),
        ConditionTest.Prefix => value.StartsWith(Value(condition)),
        ConditionTest.Regex => RegexText.IsMatch(Regex(condition).Regex, value),
        _ => true,
    };

    private bool HeaderHolds(in Condition condition, FieldTable? fields)
    {
        if (fields is not null)
        {
            for (var i = NextField(condition, fields, 0); i >= 0; i = NextField(condition, fields, i + 1))
            {
                if (condition.Test == ConditionTest.Absent) return false;
                if (ValueHolds(condition, fields.Value(i))) return true;
            }
        }

        return condition.Test == ConditionTest.Absent;
    }

    /// <summary>The next position of the field that a condition asks about, or -1.</summary>
    public int NextField(in Condition condition, FieldTable fields, int from)
        => condition.Field != KnownField.Other ? fields.IndexOf(condition.Field, from) : fields.IndexOf(Name(condition), from);

    private bool QueryHolds(in Condition condition, ReadOnlySpan<byte> query)
    {
        var name = Name(condition);
        foreach (var parameter in new QueryParameters(query))
        {
            if (!parameter.IsNamed(name)) continue;
            if (condition.Test == ConditionTest.Absent) return false;
            var raw = parameter.Value;
            var holds = condition.Test switch
            {
                ConditionTest.Exact => FormText.EqualsDecoded(raw, Value(condition)),
                ConditionTest.Prefix => FormText.StartsWithDecoded(raw, Value(condition)),
                ConditionTest.Regex => RegexText.IsMatchDecoded(Regex(condition).Regex, raw),
                _ => true,
            };
            if (holds) return true;
        }

        return condition.Test == ConditionTest.Absent;
    }

    private bool ClientHolds(in Condition condition, IPAddress client)
    {
        var number = AddressBlock.Number(client);
        for (var i = 0; i < condition.ValueLength; i++)
            if (Block(condition, i).Contains(number)) return true;
        return false;
    }
}
