using System.Text;
using Weir.Proxy.AccessLog;

namespace Weir.AccessLog;

/// <summary>
/// A line as the user writes it, with <c>${field}</c> for the fields of <see cref="LogFields"/>; a field that is absent shows as
/// <c>-</c>. Values are escaped as in the combined format; <c>$${</c> is a literal <c>${</c>.
/// </summary>
internal sealed class TemplateFormat : LogFormat
{
    private readonly (byte[] Literal, LogField? Field)[] _parts;

    private TemplateFormat((byte[], LogField?)[] parts) => _parts = parts;

    public override LogEscape Escape => LogEscape.Hex;

    /// <summary>False with what is wrong, and where in the text.</summary>
    public static bool TryCompile(string text, out TemplateFormat? format, out LogFormatProblem problem)
    {
        format = null;
        problem = default;
        var parts = new List<(byte[], LogField?)>();
        var literal = new StringBuilder();
        for (var i = 0; i < text.Length;)
        {
            if (text.AsSpan(i).StartsWith("$${"))
            {
                literal.Append("${");
                i += 3;
            }
            else if (text.AsSpan(i).StartsWith("${"))
            {
                var end = text.IndexOf('}', i);
                if (end < 0)
                {
                    problem = new(i, "'${' is not closed", "a literal '${' is written '$${'");
                    return false;
                }

                var name = text[(i + 2)..end].Trim();
                if (!LogFields.ByName.TryGetValue(name, out var field))
                {
                    problem = new(i + 2, $"there is no field '{name}'", Hint(name));
                    return false;
                }

                parts.Add((Encoding.UTF8.GetBytes(literal.ToString()), field));
                literal.Clear();
                i = end + 1;
            }
            else
            {
                literal.Append(text[i++]);
            }
        }

        parts.Add((Encoding.UTF8.GetBytes(literal.Append('\n').ToString()), null));
        format = new TemplateFormat([.. parts]);
        return true;
    }

    public override void Write(in LogRecord record, LogLine line)
    {
        foreach (var (literal, field) in _parts)
        {
            line.Raw(literal);
            if (field is not null && !field.Write(record, line)) line.Raw((byte)'-');
        }
    }

    private static string Hint(string name)
        => new Config.Diagnostics.Suggestion().For(name, LogFields.All.Select(static f => f.Name)) ?? "docs/access-log.md lists them";
}

/// <summary>What is wrong with a format, at a column of its text.</summary>
internal readonly record struct LogFormatProblem(int Column, string Message, string? Hint);
