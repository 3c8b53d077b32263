using System.Text;
using Weir.Config.Diagnostics;

namespace Weir.Config.Documents;

/// <summary>The text of a file: strict UTF-8, bounded, without control characters. Anything else is said with its place.</summary>
internal static class FileText
{
    public const long MaxBytes = 64L << 20;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Null after a problem was reported.</summary>
    public static string? Read(string path, SourceFile file, DiagnosticBag problems)
    {
        byte[] bytes;
        try
        {
            var length = new FileInfo(path).Length;
            if (length > MaxBytes)
            {
                problems.Add(ProblemSeverity.Error, file, 0, 0, "file-too-large", $"is larger than {ByteSize.MiB(64)}");
                return null;
            }

            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            problems.Add(ProblemSeverity.Error, file, 0, 0, "cannot-read", e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message);
            return null;
        }

        return Decode(bytes, file, problems);
    }

    public static string? Decode(byte[] bytes, SourceFile file, DiagnosticBag problems)
    {
        if (bytes.LongLength > MaxBytes)
        {
            problems.Add(ProblemSeverity.Error, file, 0, 0, "file-too-large", $"is larger than {ByteSize.MiB(64)}");
            return null;
        }

        var start = bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;
        try
        {
            return Checked(Strict.GetString(bytes, start, bytes.Length - start), file, problems);
        }
        catch (DecoderFallbackException e)
        {
            var good = Encoding.UTF8.GetString(bytes, start, Math.Max(0, start + e.Index > bytes.Length ? bytes.Length - start : e.Index));
            var (line, column) = PlaceOf(good, good.Length);
            var hint = bytes.Length > 1 && (bytes[0], bytes[1]) is (0xFF, 0xFE) or (0xFE, 0xFF) ? "it looks like UTF-16" : null;
            problems.Add(ProblemSeverity.Error, file, line, column, "not-utf8", "is not valid UTF-8 from here on", hint);
            return null;
        }
    }

    /// <summary>Refuses what YAML 1.2 section 5.1 does not take as printable.</summary>
    public static string? Checked(string text, SourceFile file, DiagnosticBag problems)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is >= ' ' and not '\x7f' or '\n' or '\r' or '\t') continue;
            var (line, column) = PlaceOf(text, i);
            problems.Add(ProblemSeverity.Error, file, line, column, "bad-character", $"the control character U+{(int)c:X4} is not allowed", "write it as an escape in double quotes");
            return null;
        }

        return text;
    }

    public static (int Line, int Column) PlaceOf(string text, int offset)
    {
        var line = 1 + text.AsSpan(0, offset).Count('\n');
        var lineStart = offset == 0 ? 0 : text.LastIndexOf('\n', offset - 1) + 1;
        return (line, offset - lineStart + 1);
    }
}
