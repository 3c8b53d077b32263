using System.Text.RegularExpressions;
using Weir.Config.Diagnostics;
using YamlDotNet.Core;

namespace Weir.Config.Documents;

/// <summary>The parser's complaint in words for the person who wrote the file, at the place that is really wrong.</summary>
internal static partial class SyntaxProblem
{
    public static void Report(Exception error, string text, SourceFile file, int lastLine, DiagnosticBag problems)
    {
        var (line, column) = (lastLine, 1);
        if (error is YamlException yaml && yaml.End.Line > 0) (line, column) = ((int)yaml.End.Line, (int)yaml.End.Column);
        if (IndentingTab(error, text, line) is var tab and > 0)
        {
            problems.Add(ProblemSeverity.Error, file, tab, 1 + Leading(Line(text, tab)).IndexOf('\t'), "tab", "a tab cannot indent", "use spaces");
            return;
        }

        problems.Add(ProblemSeverity.Error, file, line, column, "syntax", Words(error), HintFor(error, Line(text, line)));
    }

    private static string Words(Exception error)
    {
        if (error is not YamlException) return "this is not YAML: something is not closed";
        var message = MarkPrefix().Replace(error.Message, "").TrimEnd('.', ' ');
        return message.Length == 0 ? "this is not YAML" : char.ToLowerInvariant(message[0]) + message[1..];
    }

    private static string? HintFor(Exception error, string line)
    {
        if (error.Message.Contains("invalid mapping", StringComparison.Ordinal)) return "quote a value that holds ': '";
        if (error.Message.Contains("cannot start any token", StringComparison.Ordinal)) return "quote a value that starts with a special character";
        if (error.Message.Contains("expected ',' or", StringComparison.Ordinal)) return "inside { } and [ ], quote a value that holds ': ' or one of { } [ ] ,";
        if (error.Message.Contains("expected key", StringComparison.Ordinal)) return "keys of one mapping are indented alike, and nothing follows a closing quote or bracket";
        return line.Contains(": *", StringComparison.Ordinal) ? "quote a value that starts with '*'" : null;
    }

    // The line with a tab in its indentation, at the error or just below: the parser points at what came before, and where it names the
    // tab, at the beginning of the mapping.
    private static int IndentingTab(Exception error, string text, int line)
    {
        var last = error.Message.Contains("tab as indentation", StringComparison.Ordinal) ? int.MaxValue : line + 1;
        var number = 0;
        foreach (var range in text.AsSpan().Split('\n'))
        {
            if (++number < line) continue;
            if (number > last) break;
            if (Leading(text.AsSpan()[range]).Contains('\t')) return number;
        }

        return 0;
    }

    private static ReadOnlySpan<char> Leading(ReadOnlySpan<char> line) => line[..(line.Length - line.TrimStart(" \t").Length)];

    private static string Line(string text, int number)
    {
        var start = 0;
        for (var n = 1; n < number; n++)
        {
            start = text.IndexOf('\n', start) + 1;
            if (start == 0) return "";
        }

        var end = text.IndexOf('\n', start);
        return text[start..(end < 0 ? text.Length : end)];
    }

    [GeneratedRegex(@"^\(Line: \d+, Col: \d+, Idx: \d+\) - \(Line: \d+, Col: \d+, Idx: \d+\): ", RegexOptions.CultureInvariant)]
    private static partial Regex MarkPrefix();
}
