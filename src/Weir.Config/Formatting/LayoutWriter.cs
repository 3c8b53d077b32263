using System.Text;

namespace Weir.Config.Formatting;

/// <summary>Pieces to text: one space where YAML wants one, at most one blank line, no white space at a line's end.</summary>
internal static class LayoutWriter
{
    /// <param name="endsInLine">The source has a final line end; a block scalar at its end has one more or less by that.</param>
    public static string Write(IReadOnlyList<LayoutItem> items, bool endsInLine)
    {
        var result = new StringBuilder();
        LayoutItem? before = null;
        foreach (var item in items)
        {
            if (item.IsFirst)
            {
                if (before is not null) result.Append(item.StartLine - before.EndLine > 1 ? "\n\n" : "\n");
                result.Append(' ', item.Indent);
            }
            else if (before is not null)
            {
                result.Append(Between(before, item));
            }

            WriteLines(result, item);
            before = item;
        }

        if (before is not null && (endsInLine || before.Kind != ItemKind.Block)) result.Append('\n');
        return result.ToString();
    }

    private static void WriteLines(StringBuilder result, LayoutItem item)
    {
        result.Append(item.Lines.Count > 1 ? Trimmed(item.Lines[0], item.Kind) : item.Lines[0]);
        for (var i = 1; i < item.Lines.Count; i++)
        {
            result.Append('\n');
            var line = item.Kind == ItemKind.Block ? item.Lines[i] : item.Lines[i].TrimStart(' ', '\t');
            if (i < item.Lines.Count - 1) line = Trimmed(line, item.Kind);
            if (line.Length > 0) result.Append(' ', item.InnerIndent).Append(line);
        }
    }

    // In a block scalar white space is content; after a backslash it may be.
    private static string Trimmed(string line, ItemKind kind)
    {
        if (kind == ItemKind.Block) return line;
        var trimmed = line.TrimEnd(' ', '\t');
        return trimmed.EndsWith('\\') ? line : trimmed;
    }

    private static string Between(LayoutItem before, LayoutItem item) => (before.Kind, item.Kind) switch
    {
        (_, ItemKind.Comment) => item.Gap.Length == 0 || item.Gap.Contains('\t', StringComparison.Ordinal) ? " " : item.Gap,
        (ItemKind.MapOpen, ItemKind.MapClose) => "",
        (ItemKind.ListOpen, _) or (_, ItemKind.ListClose) => "",
        (ItemKind.MapOpen, _) or (_, ItemKind.MapClose) => " ",
        // An alias or anchor would take a colon or comma for a part of its name.
        (ItemKind.Alias or ItemKind.Anchor or ItemKind.Tag, ItemKind.Colon or ItemKind.Comma) => item.Gap.Length == 0 ? "" : " ",
        (_, ItemKind.Colon or ItemKind.Comma) when before.Kind is not (ItemKind.Dash or ItemKind.Question or ItemKind.Colon or ItemKind.Comma) => "",
        _ => " ",
    };
}
