using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Weir.Http;
using Weir.Http.Fields;
using Weir.Sdk.Expressions;
using Weir.Sdk.Policies;

namespace Weir.Policies.Rewrite;

/// <summary>
/// Replaces the first match. A path that does not match allocates nothing (up to 256 bytes of path); one that does costs the strings and groups of Regex, the only
/// allocation of the built-in policies: a route's own <c>{name}</c> with a path template is the cheaper way to the same end.
/// </summary>
internal sealed class RegexEdit(Regex pattern, RegexEdit.Part[] replacement) : PathEdit
{
    /// <summary>Literal text, or a group's number when there is none.</summary>
    internal readonly record struct Part(byte[]? Literal, int Group);

    public override Refusal Apply(ExchangeAccess exchange, out TextSlice path)
    {
        path = exchange.Request.Path;
        var text = exchange.Request.PathSpan;
        Span<char> stack = stackalloc char[256];
        if (text.Length <= stack.Length)
        {
            Encoding.Latin1.GetChars(text, stack);
            if (!pattern.IsMatch(stack[..text.Length])) return Refusal.None;
        }

        var whole = Encoding.Latin1.GetString(text);
        var match = pattern.Match(whole);
        if (!match.Success) return Refusal.None;
        var sink = new ByteSink(stackalloc byte[512], RewrittenPath.Longest);
        var fits = sink.TryWrite(text[..match.Index]);
        foreach (var part in replacement) fits = fits && sink.TryWrite(part.Literal ?? Of(text, match.Groups[part.Group]));
        fits = fits && sink.TryWrite(text[(match.Index + match.Length)..]);
        var refusal = fits ? RewrittenPath.Finish(sink.Written, exchange.Request.Arena, out path) : Refusal.RequestLineTooLong;
        sink.Dispose();
        return refusal;
    }

    /// <summary>Cuts a replacement into parts; null and the reason when a group is not there.</summary>
    public static Part[]? Parse(string text, Regex pattern, out string reason, out int column)
    {
        List<Part> parts = [];
        var literal = new StringBuilder();
        (reason, column) = ("", -1);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '$' || i + 1 == text.Length)
            {
                literal.Append(text[i]);
                continue;
            }

            column = i;
            if (text[++i] == '$')
            {
                literal.Append('$');
                continue;
            }

            var braced = text[i] == '{';
            var end = braced ? text.IndexOf('}', i) : i + text.AsSpan(i).IndexOfAnyExceptInRange('0', '9');
            if (!braced && end < i) end = text.Length;
            var name = end <= i ? "" : text[(braced ? i + 1 : i)..end];
            if (name.Length == 0)
            {
                reason = "after a $ comes a group's number, a {name}, or another $";
                return null;
            }

            var group = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : pattern.GroupNumberFromName(name);
            if (!pattern.GetGroupNumbers().Contains(group))
            {
                reason = $"the pattern has no group {name}";
                return null;
            }

            EndLiteral();
            parts.Add(new Part(null, group));
            i = braced ? end : end - 1;
        }

        EndLiteral();
        column = -1;
        return [.. parts];

        void EndLiteral()
        {
            if (literal.Length > 0) parts.Add(new Part(Encoding.UTF8.GetBytes(literal.ToString()), 0));
            literal.Clear();
        }
    }

    // Characters and bytes have the same positions, see Latin1 above.
    private static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> text, Group group) => group.Success ? text.Slice(group.Index, group.Length) : default;
}
