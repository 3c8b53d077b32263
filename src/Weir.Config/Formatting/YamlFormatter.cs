using Weir.Config.Diagnostics;

namespace Weir.Config.Formatting;

/// <summary>What came of formatting.</summary>
/// <param name="Text">The new text; the old one when there is a <paramref name="Problem"/>.</param>
/// <param name="Problem">Why the text was left as it was.</param>
public sealed record FormatResult(string Text, bool IsChanged, ConfigDiagnostic? Problem);

/// <summary>
/// The canonical layout of a file: two columns a level, one space after colons and commas, one blank line at most, a final line
/// end. The order of keys, comments, anchors, aliases, tags, quotes and block scalars stay as they are, and so do line breaks.
/// Idempotent. What it returns was parsed again and says the same as before, else the text is returned untouched.
/// </summary>
public static class YamlFormatter
{
    public static FormatResult Format(string text, string name = "weir.yaml")
    {
        var source = text.StartsWith('\ufeff') ? text[1..] : text;
        source = source.Replace("\r\n", "\n", StringComparison.Ordinal);
        if (source.AsSpan().IndexOfAny("\r\u0085\u2028\u2029") >= 0) return Left(text, name, "has line ends other than LF and CRLF");
        var problems = new DiagnosticBag();
        var file = new SourceFile(name, "", 0);
        try
        {
            var before = EventStream.Of(source);
            var formatted = LayoutWriter.Write(LayoutReader.Read(source), source.EndsWith('\n'));
            if (!before.SequenceEqual(EventStream.Of(formatted))) return Left(text, name, "holds a construct that cannot be laid out safely");
            return new FormatResult(formatted, formatted != text, null);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            SyntaxProblem.Report(e, source, file, 1, problems);
            return new FormatResult(text, false, problems.ToSortedList()[0]);
        }
    }

    private static FormatResult Left(string text, string name, string why)
        => new(text, false, new ConfigDiagnostic(ProblemSeverity.Warning, name, 0, 0, "not-formatted", why + "; the file is left as it is"));
}
