using System.Text.RegularExpressions;

namespace Weir.Proxy.Routes.Checks;

/// <summary>
/// Writes a string that an expression probably matches: reads the syntax loosely, gives up (null) where it does not understand.
/// </summary>
internal sealed class RegexSampler
{
    // Tried in this order against a class; letters and digits first, since they may stand in a path as they are.
    private const string Alphabet = "xa1X0zA9_-.~%/@:,;=+!$&'()* \"#<>?[\\]^`{|}bcdefghijklmnopqrstuvwyBCDEFGHIJKLMNOPQRSTUVWYZ2345678";
    private const int MostCharacters = 2000;

    private readonly Dictionary<string, string> _classes = new(StringComparer.Ordinal);
    private string _expression = "";
    private int _at;
    private int _more;
    private int _alternative;

    /// <param name="expression">The expression.</param>
    /// <param name="more">How often beyond the least something repeats.</param>
    /// <param name="alternative">Which of alternatives, the last when there are fewer.</param>
    public string? Write(string expression, int more, int alternative)
    {
        (_expression, _at, _more, _alternative) = (expression, 0, more, alternative);
        var text = Alternatives(0);
        return _at == expression.Length ? text : null;
    }

    private string? Alternatives(int depth)
    {
        var all = new List<string>();
        while (depth < 50)
        {
            if (Sequence(depth) is not { } text) return null;
            all.Add(text);
            if (_at == _expression.Length || _expression[_at] != '|') return all[Math.Min(_alternative, all.Count - 1)];
            _at++;
        }

        return null;
    }

    private string? Sequence(int depth)
    {
        var text = "";
        while (_at < _expression.Length && _expression[_at] is not ('|' or ')'))
        {
            if (Atom(depth) is not { } atom) return null;
            var times = Times();
            if (times * atom.Length + text.Length > MostCharacters) return null;
            for (; times > 0; times--) text += atom;
        }

        return text;
    }

    private string? Atom(int depth)
    {
        var c = _expression[_at++];
        switch (c)
        {
            case '^' or '$': return "";
            case '.': return "x";
            case '[': return Class();
            case '(': return Group(depth);
            case '\\': return Escape();
            case '*' or '+' or '?': return null;
            default: return c.ToString();
        }
    }

    private string? Group(int depth)
    {
        if (_at < _expression.Length && _expression[_at] == '?')
        {
            // (?:…), (?<name>…), (?i:…); what sets options for the rest, (?i), is an empty group.
            var end = _expression.AsSpan(_at).IndexOfAny(":>)");
            if (end < 0) return null;
            _at += end + 1;
            if (_expression[_at - 1] == ')') return "";
        }

        var inside = Alternatives(depth + 1);
        if (inside is null || _at == _expression.Length || _expression[_at] != ')') return null;
        _at++;
        return inside;
    }

    private string? Escape()
    {
        if (_at == _expression.Length) return null;
        var c = _expression[_at++];
        return c switch
        {
            'b' or 'A' or 'z' or 'Z' or 'B' => "",
            'd' or 'w' or 's' or 'D' or 'W' or 'S' => OneOf("\\" + c),
            _ => char.IsAsciiLetterOrDigit(c) ? null : c.ToString(),
        };
    }

    private string? Class()
    {
        var start = _at - 1;
        if (_at < _expression.Length && _expression[_at] == '^') _at++;
        for (var first = true; _at < _expression.Length; first = false, _at++)
        {
            if (_expression[_at] == '\\') _at++;
            else if (_expression[_at] == ']' && !first) return OneOf(_expression[start..++_at]);
        }

        return null;
    }

    private string? OneOf(string set)
    {
        if (!_classes.TryGetValue(set, out var known))
        {
            var regex = new Regex($"^{set}$", RegexOptions.CultureInvariant);
            known = _classes[set] = Alphabet.Where(c => regex.IsMatch(c.ToString())).Select(c => c.ToString()).FirstOrDefault("");
        }

        return known.Length == 0 ? null : known;
    }

    private int Times()
    {
        if (_at == _expression.Length) return 1;
        var (least, most) = (1, 1);
        switch (_expression[_at])
        {
            case '*': (least, most) = (0, int.MaxValue); break;
            case '+': (least, most) = (1, int.MaxValue); break;
            case '?': (least, most) = (0, 1); break;
            case '{' when Counted() is { } counted:
                (least, most) = counted;
                _at--;
                break;
            default: return 1;
        }

        _at++;
        if (_at < _expression.Length && _expression[_at] == '?') _at++;
        return Math.Min(least + _more, most);
    }

    // Leaves the place behind the brace.
    private (int Least, int Most)? Counted()
    {
        var end = _expression.IndexOf('}', _at);
        if (end < 0) return null;
        var parts = _expression[(_at + 1)..end].Split(',');
        if (parts.Length > 2 || !int.TryParse(parts[0], out var least) || least > MostCharacters) return null;
        var most = parts.Length == 1 ? least : int.TryParse(parts[1], out var given) ? given : int.MaxValue;
        _at = end + 1;
        return (least, most);
    }
}
