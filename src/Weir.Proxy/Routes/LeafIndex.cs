using System.Runtime.CompilerServices;
using Weir.Proxy.Routes.Conditions;
using Weir.Proxy.Routes.Text;
using Weir.Sdk.Text;

namespace Weir.Proxy.Routes;

/// <summary>
/// Finds the entries of a large leaf by the value of a header field or query parameter that many of them want exactly: tenants or
/// versions on one path. Entries that want none of the indexed values are tried one by one. Immutable once built.
/// </summary>
internal sealed class LeafIndex
{
    private const int OnStack = 256;

    // Of a field that a hostile client repeats, as many different listed values count; more would let it choose how long we search.
    private const int MostValues = 64;

    private readonly TextTable _values;

    internal LeafIndex(TextTable values, Condition[] subjects, int[] heads, int[] next, int[] others)
    {
        _values = values;
        Subjects = subjects;
        Heads = heads;
        Next = next;
        Others = others;
    }

    /// <summary>What is looked up; its number is the scope of its values.</summary>
    private Condition[] Subjects { get; }

    /// <summary>Per list the first entry, counted from the leaf's start; the value table gives the list.</summary>
    private int[] Heads { get; }

    /// <summary>Per entry the next of the same list, or -1.</summary>
    private int[] Next { get; }

    /// <summary>Entries in no list.</summary>
    private int[] Others { get; }

    [SkipLocalsInit]
    public bool Find(RouteTable table, int start, in MatchInput input, ref MatchState state)
    {
        var search = new IndexedSearch(table, start, stackalloc int[MostValues]);
        for (var subject = 0; subject < Subjects.Length; subject++)
        {
            if (Subjects[subject].Subject == ConditionSubject.Header) LookUpFields(subject, table, input, ref search, state);
            else LookUpParameters(subject, table, input, ref search, state);
        }

        foreach (var entry in Others)
            if (!search.Try(entry, input, state)) break;
        return LeafSearch.End(search.Winner, search.Automatic, search.Allowed, ref state);
    }

    private void LookUpFields(int subject, RouteTable table, in MatchInput input, ref IndexedSearch search, in MatchState state)
    {
        if (input.Fields is not { } fields) return;
        var condition = Subjects[subject];
        for (var i = table.Conditions.NextField(condition, fields, 0); i >= 0; i = table.Conditions.NextField(condition, fields, i + 1))
            LookUp(subject, fields.Value(i), input, ref search, state);
    }

    private void LookUpParameters(int subject, RouteTable table, in MatchInput input, ref IndexedSearch search, in MatchState state)
    {
        var name = table.Conditions.Name(Subjects[subject]);
        Span<byte> decoded = stackalloc byte[OnStack];
        foreach (var parameter in new QueryParameters(input.Query))
        {
            if (!parameter.IsNamed(name)) continue;
            var raw = parameter.Value;
            if (!FormText.IsEncoded(raw)) LookUp(subject, raw, input, ref search, state);
            else if (FormText.TryDecode(raw, decoded, out var length)) LookUp(subject, decoded[..length], input, ref search, state);
        }
    }

    private void LookUp(int subject, scoped ReadOnlySpan<byte> value, in MatchInput input, ref IndexedSearch search, in MatchState state)
    {
        if (value.Length > _values.LongestText) return;
        var list = _values.Find(subject, TextHash.Of(value), value);
        if (list < 0 || !search.Enter(list)) return;
        for (var entry = Heads[list]; entry >= 0 && search.Try(entry, input, state); entry = Next[entry])
        {
        }
    }
}

/// <summary>The best entry so far, when entries do not come in order of precedence.</summary>
internal ref struct IndexedSearch(RouteTable table, int start, Span<int> entered)
{
    private readonly Span<int> _entered = entered;
    private int _lists;
    private int _best = int.MaxValue;
    private int _automatic = int.MaxValue;

    public readonly int Winner => _best == int.MaxValue ? -1 : start + _best;

    public readonly int Automatic => _automatic == int.MaxValue ? -1 : start + _automatic;

    public ulong Allowed { get; private set; }

    /// <summary>False when this list was walked before, or too many were.</summary>
    public bool Enter(int list)
    {
        if (_lists == _entered.Length || _entered[.._lists].Contains(list)) return false;
        _entered[_lists++] = list;
        return true;
    }

    /// <summary>False when no later entry of an ascending list can be better.</summary>
    public bool Try(int position, in MatchInput input, in MatchState state)
    {
        if (position >= _best) return false;
        ref readonly var entry = ref table.Entries[start + position];
        if (!table.Conditions.Hold(entry, input)) return true;
        if ((entry.Methods & state.Method) != 0)
        {
            _best = position;
            return false;
        }

        Allowed |= entry.Methods | (entry.AutomaticOptions ? MethodBits.Options : 0);
        if (entry.AutomaticOptions) _automatic = Math.Min(_automatic, position);
        return true;
    }
}
