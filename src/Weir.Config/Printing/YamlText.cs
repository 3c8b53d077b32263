using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Weir.Config.Printing;

/// <summary>A tree as YAML: two spaces, plain scalars where they cannot be taken for anything else, short lists in one line.</summary>
internal static class YamlText
{
    public static string Write(JsonObject root)
    {
        var result = new StringBuilder();
        WriteMapping(result, root, 0);
        return result.ToString();
    }

    private static void WriteMapping(StringBuilder result, JsonObject mapping, int indent)
    {
        foreach (var (key, value) in mapping)
        {
            result.Append(' ', indent).Append(Scalar(key)).Append(':');
            WriteValue(result, value, indent);
        }
    }

    private static void WriteValue(StringBuilder result, JsonNode? value, int indent)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 } mapping:
                result.Append('\n');
                WriteMapping(result, mapping, indent + 2);
                break;
            case JsonArray list when list.Any(i => i is JsonObject or JsonArray):
                result.Append('\n');
                WriteList(result, list, indent + 2);
                break;
            default:
                result.Append(' ').Append(Inline(value)).Append('\n');
                break;
        }
    }

    private static void WriteList(StringBuilder result, JsonArray list, int indent)
    {
        foreach (var item in list)
        {
            result.Append(' ', indent).Append('-');
            if (item is JsonObject { Count: > 0 } mapping)
            {
                // The first key goes on the dash's line.
                var start = result.Length;
                WriteMapping(result, mapping, indent + 2);
                result.Remove(start, indent + 1);
            }
            else
            {
                WriteValue(result, item, indent);
            }
        }
    }

    private static string Inline(JsonNode? value) => value switch
    {
        null => "null",
        JsonObject => "{}",
        JsonArray list => "[" + string.Join(", ", list.Select(Inline)) + "]",
        _ when value.GetValueKind() == JsonValueKind.String => Scalar(value.GetValue<string>()),
        _ => value.ToJsonString(),
    };

    public static string Scalar(string text) => IsPlain(text) ? text : Quoted(text);

    // Narrower than YAML: what is plain in block and flow, as key and value, to every reader there is (1.1's yes, no, on, off too).
    private static bool IsPlain(string text)
    {
        if (text.Length == 0 || text[^1] == ' ' || !(char.IsAsciiLetterOrDigit(text[0]) || text[0] is '/' or '_' or '.' or '$')) return false;
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && !"_./-+=@ $;%".Contains(c, StringComparison.Ordinal)) return false;
        }

        return CoreSchema.KindOf(text) == CoreKind.Text && text.ToLowerInvariant() is not ("yes" or "no" or "on" or "off" or "y" or "n");
    }

    private static string Quoted(string text)
    {
        var result = new StringBuilder(text.Length + 8).Append('"');
        foreach (var c in text)
        {
            switch (c)
            {
                case '"' or '\\':
                    result.Append('\\').Append(c);
                    break;
                case '\n':
                    result.Append("\\n");
                    break;
                case '\t':
                    result.Append("\\t");
                    break;
                case < ' ' or (>= '\x7f' and <= '\xa0') or '\u2028' or '\u2029' or '\ufeff':
                    result.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
                    break;
                default:
                    result.Append(c);
                    break;
            }
        }

        return result.Append('"').ToString();
    }
}
