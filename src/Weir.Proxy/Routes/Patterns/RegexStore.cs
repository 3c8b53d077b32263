namespace Weir.Proxy.Routes.Patterns;

/// <summary>
/// The regular expressions of one table, each made once. Making one takes a good part of a millisecond, so what the table before
/// had already is taken over: an expression is immutable and keeps what it learned from matching.
/// </summary>
internal sealed class RegexStore(RegexStore? before)
{
    private readonly Dictionary<string, RegexPattern> _known = new(StringComparer.Ordinal);

    // Emptied when the table is built, or every table would keep all before it alive.
    private RegexStore? _before = before;

    public RegexPattern? Find(string expression, out PatternFault? fault)
    {
        fault = null;
        if (_known.TryGetValue(expression, out var known)) return known;
        if (_before is null || !_before._known.TryGetValue(expression, out var regex)) regex = RegexPattern.TryMake(expression, out fault);
        if (regex is not null) _known[expression] = regex;
        return regex;
    }

    public void ForgetBefore() => _before = null;
}
