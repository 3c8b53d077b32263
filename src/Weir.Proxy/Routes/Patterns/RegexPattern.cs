using System.Text;
using System.Text.RegularExpressions;

namespace Weir.Proxy.Routes.Patterns;

/// <summary>
/// A compiled regular expression, always in time linear to its input. <see cref="Prefix"/> is what every match begins with when the
/// expression is anchored and starts with plain text: most requests are told apart by it alone.
/// </summary>
internal sealed class RegexPattern
{
    private const int MaxLength = 4096;

    private RegexPattern(Regex regex)
    {
        Regex = regex;
        Prefix = Encoding.ASCII.GetBytes(LiteralPrefix(regex.ToString()));
    }

    public Regex Regex { get; }

    public byte[] Prefix { get; }

    public static RegexPattern? TryMake(string expression, out PatternFault? fault)
    {
        fault = null;
        if (expression.Length > MaxLength)
        {
            fault = new PatternFault($"A regular expression has at most {MaxLength} characters.");
            return null;
        }

        try
        {
            return new RegexPattern(new Regex(expression, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));
        }
        catch (RegexParseException e)
        {
            fault = new PatternFault($"The regular expression is not valid: {e.Message}", null, e.Offset);
        }
        catch (NotSupportedException e)
        {
            fault = new PatternFault($"The regular expression needs backtracking or is too large: {e.Message}", "look-around, back-references and atomic groups cannot be used");
        }

        return null;
    }

    /// <summary>The text behind a leading '^' up to the first character with a meaning; empty when a match may start otherwise.</summary>
    private static string LiteralPrefix(string expression)
    {
        if (!expression.StartsWith('^') || HasTopLevelAlternative(expression)) return "";
        var text = new StringBuilder();
        for (var i = 1; i < expression.Length; i++)
        {
            var c = expression[i];
            if (c == '\\')
            {
                if (++i == expression.Length || char.IsAsciiLetterOrDigit(expression[i]) || expression[i] > 126) break;
                c = expression[i];
            }
            else if (c is '.' or '[' or '(' or ')' or '$' or '^' or '|' or '#' or ' ' || c > 126)
            {
                break;
            }
            else if (c is '?' or '*' or '+' or '{')
            {
                // The character before is optional or repeated.
                if (text.Length > 0) text.Length--;
                break;
            }

            text.Append(c);
        }

        return text.ToString();
    }

    // Coarse on purpose: a '|' anywhere outside of parentheses, in a class even, gives the prefix up.
    private static bool HasTopLevelAlternative(string expression)
    {
        var depth = 0;
        for (var i = 0; i < expression.Length; i++)
        {
            switch (expression[i])
            {
                case '\\': i++; break;
                case '(': depth++; break;
                case ')': depth--; break;
                case '|' when depth <= 0: return true;
                case '[' when expression.AsSpan(i).ContainsAny('(', ')') && expression.Contains('|', StringComparison.Ordinal): return true;
            }
        }

        return false;
    }
}
