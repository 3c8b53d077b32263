using System.Text;

namespace Weir.Config.Documents;

/// <summary>What came of a scalar's environment variables.</summary>
internal readonly record struct Substituted(string Value, bool Changed, bool IsWhole, string? Variable);

/// <summary>A mistake in a substitution, at <paramref name="Offset"/> in the scalar.</summary>
internal readonly record struct VariableProblem(int Offset, string Code, string Message, string? Hint);

/// <summary>
/// <c>${NAME}</c>, <c>${NAME:-default}</c>, <c>${NAME:?message}</c> inside parsed scalars, never in YAML text, so that a value
/// cannot change the document's structure. NAME is upper-case, digits and underscore; everything else in <c>${…}</c> belongs to
/// templates and is left alone. <c>$${NAME</c> is a literal <c>${NAME</c>. A variable that is empty counts as set for
/// <c>${NAME}</c> and as unset for the other two, as in a shell.
/// </summary>
internal static class Variables
{
    private const int MaxDepth = 8;

    public static Substituted Substitute(string text, Func<string, string?> environment, Action<VariableProblem> report)
    {
        if (!text.Contains("${", StringComparison.Ordinal)) return new(text, false, false, null);
        var result = new StringBuilder(text.Length);
        var changed = false;
        string? only = null;
        var whole = false;
        for (var i = 0; i < text.Length;)
        {
            var next = text.IndexOf('$', i);
            if (next < 0) next = text.Length;
            result.Append(text, i, next - i);
            i = next;
            if (i >= text.Length) break;
            if (IsReference(text, i + 1) && text[i] == '$')
            {
                result.Append("${");
                i += 3;
                changed = true;
            }
            else if (IsReference(text, i))
            {
                var end = Close(text, i);
                if (end < 0)
                {
                    report(new(i, "bad-variable", $"'{text[i..Math.Min(text.Length, i + 40)]}' is not closed", "a literal '${' is written '$${'"));
                    return new(text, false, false, null);
                }

                whole = i == 0 && end == text.Length - 1;
                only = Resolve(text[(i + 2)..end], i, environment, report, result, 0);
                i = end + 1;
                changed = true;
            }
            else
            {
                result.Append(text[i++]);
            }
        }

        return new(result.ToString(), changed, whole, whole ? only : null);
    }

    /// <summary>The inverse of <see cref="Substitute"/> for text that has no variables: makes literal what would be one.</summary>
    public static string Escape(string text)
    {
        if (!text.Contains("${", StringComparison.Ordinal)) return text;
        var result = new StringBuilder(text.Length + 4);
        for (var i = 0; i < text.Length; i++)
        {
            if (IsReference(text, i)) result.Append('$');
            result.Append(text[i]);
        }

        return result.ToString();
    }

    // "${" NAME followed by '}', ":-", ":?" or the end of the text: the shapes that are ours, closed or not.
    private static bool IsReference(string text, int at)
    {
        if (at + 2 >= text.Length || text[at] != '$' || text[at + 1] != '{') return false;
        var end = NameEnd(text, at + 2);
        if (end == at + 2) return false;
        if (end == text.Length || text[end] == '}') return true;
        return text[end] == ':' && end + 1 < text.Length && text[end + 1] is '-' or '?';
    }

    private static int NameEnd(string text, int at)
    {
        var end = at;
        while (end < text.Length && (char.IsAsciiLetterUpper(text[end]) || text[end] == '_' || (end > at && char.IsAsciiDigit(text[end])))) end++;
        return end;
    }

    // The brace that closes the one at `at + 1`; braces inside a default may nest.
    private static int Close(string text, int at)
    {
        var depth = 0;
        for (var i = at + 1; i < text.Length; i++)
        {
            if (text[i] == '{') depth++;
            else if (text[i] == '}' && --depth == 0) return i;
        }

        return -1;
    }

    // Appends what the inside of one reference stands for; returns the name when it stood alone.
    private static string? Resolve(string inside, int offset, Func<string, string?> environment, Action<VariableProblem> report, StringBuilder result, int depth)
    {
        var nameEnd = NameEnd(inside, 0);
        var name = inside[..nameEnd];
        var value = environment(name);
        if (nameEnd == inside.Length)
        {
            if (value is null) report(new(offset, "unset-variable", $"the environment variable {name} is not set", "give a default: ${" + name + ":-…}"));
            result.Append(value);
            return name;
        }

        var argument = inside[(nameEnd + 2)..];
        if (!string.IsNullOrEmpty(value)) result.Append(value);
        else if (inside[nameEnd + 1] == '?') report(new(offset, "unset-variable", $"{name}: {(argument.Length == 0 ? "must be set" : argument)}", null));
        else if (depth >= MaxDepth) report(new(offset, "bad-variable", "defaults are nested too deeply", null));
        else AppendDefault(argument, offset, environment, report, result, depth + 1);
        return null;
    }

    private static void AppendDefault(string text, int offset, Func<string, string?> environment, Action<VariableProblem> report, StringBuilder result, int depth)
    {
        for (var i = 0; i < text.Length;)
        {
            var end = IsReference(text, i) ? Close(text, i) : -1;
            if (end < 0)
            {
                result.Append(text[i++]);
                continue;
            }

            Resolve(text[(i + 2)..end], offset, environment, report, result, depth);
            i = end + 1;
        }
    }
}
