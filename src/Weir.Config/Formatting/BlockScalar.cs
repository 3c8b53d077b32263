namespace Weir.Config.Formatting;

/// <summary>The lines of a <c>|</c> or <c>&gt;</c> scalar: all that is in them is content, but for their indentation.</summary>
internal static class BlockScalar
{
    /// <summary>The header, and the content without its indentation; and the last line that belongs to it.</summary>
    public static (IReadOnlyList<string> Lines, int EndLine, int ExplicitIndent) Read(string[] source, int line, int column, int parentIndent)
    {
        var header = source[line][column..].TrimEnd();
        var indicators = header.Split(' ', 2)[0];
        var digit = indicators.FirstOrDefault(char.IsAsciiDigit);
        var keeps = indicators.Contains('+', StringComparison.Ordinal);
        var indent = digit == 0 ? FirstIndent(source, line + 1) : Math.Max(parentIndent, 0) + (digit - '0');
        var lines = new List<string> { header };
        var last = line;
        for (var n = line + 1; n < source.Length; n++)
        {
            var text = source[n];
            var spaces = text.Length - text.AsSpan().TrimStart(' ').Length;
            var blank = spaces == text.Length;
            if (!blank && (spaces < indent || spaces <= parentIndent)) break;
            lines.Add(text.Length <= indent && blank ? "" : text[indent..]);
            if (!blank || spaces > indent || keeps) last = n;
        }

        // The empty piece after the text's last line end is no line.
        if (last == source.Length - 1 && source[last].Length == 0) last--;
        lines.RemoveRange(last - line + 1, lines.Count - (last - line + 1));
        return (lines, last, digit == 0 ? 0 : digit - '0');
    }

    private static int FirstIndent(string[] source, int from)
    {
        for (var n = from; n < source.Length; n++)
        {
            var spaces = source[n].Length - source[n].AsSpan().TrimStart(' ').Length;
            if (spaces < source[n].Length) return spaces;
        }

        return 0;
    }
}
