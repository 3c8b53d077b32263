using System.Text;

namespace Weir.Load.Report;

/// <summary>A Markdown table with its columns aligned, which a terminal shows as well: so many columns of words on the left, then numbers.</summary>
internal sealed class TextTable(int words, params IReadOnlyList<string> headings)
{
    private readonly List<IReadOnlyList<string>> _rows = [];

    public void Add(params IReadOnlyList<string> cells) => _rows.Add(cells);

    public override string ToString()
    {
        int[] widths = [.. headings.Select((h, i) => _rows.Select(r => r[i].Length).Append(h.Length).Append(3).Max())];
        var text = new StringBuilder();
        Line(text, headings, widths);
        text.Append('|');
        for (int i = 0; i < widths.Length; i++)
            text.Append(i < words ? new string('-', widths[i] + 2) : new string('-', widths[i] + 1) + ":").Append('|');
        text.Append('\n');
        foreach (IReadOnlyList<string> row in _rows)
            Line(text, row, widths);
        return text.ToString();
    }

    private void Line(StringBuilder text, IReadOnlyList<string> cells, int[] widths)
    {
        text.Append('|');
        for (int i = 0; i < cells.Count; i++)
            text.Append(' ').Append(i < words ? cells[i].PadRight(widths[i]) : cells[i].PadLeft(widths[i])).Append(" |");
        text.Append('\n');
    }
}
