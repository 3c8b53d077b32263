using System.Text;
using System.Text.RegularExpressions;
using Weir.Sdk.Expressions.Nodes;

namespace Weir.Sdk.Expressions.Compiling;

/// <summary>Compiles the pattern of <c>matches</c>: linear time, no captures, ASCII.</summary>
internal static class Patterns
{
    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    public static Node? Compile(Parser parser, TextLiteral pattern, TextNode text)
    {
        if (pattern.Value.AsSpan().ContainsAnyInRange((byte)0x80, (byte)0xFF))
            return parser.Fail(pattern.Start, "a pattern is ASCII", @"it is matched byte by byte: write é as \xC3\xA9");
        try
        {
            return new Matches(text, new Regex(Encoding.ASCII.GetString(pattern.Value), Options));
        }
        catch (RegexParseException error)
        {
            // Off by the escapes before it, if there are any; still the right neighbourhood.
            return parser.Fail(Math.Min(pattern.Start + 1 + error.Offset, pattern.End - 1), $"this pattern is not valid: {Reason(error)}");
        }
        catch (NotSupportedException)
        {
            return parser.Fail(pattern.Start, "this pattern needs backtracking", "lookarounds, back references and atomic groups are not available");
        }
    }

    // The message without .NET's preamble, which repeats the pattern.
    private static string Reason(RegexParseException error)
    {
        var at = error.Message.IndexOf("offset", StringComparison.Ordinal);
        var colon = at < 0 ? -1 : error.Message.IndexOf(". ", at, StringComparison.Ordinal);
        return (colon < 0 ? error.Message : error.Message[(colon + 2)..]).TrimEnd('.');
    }
}
