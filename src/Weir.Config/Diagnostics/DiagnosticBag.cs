using System.Globalization;

namespace Weir.Config.Diagnostics;

/// <summary>
/// Collects everything that is wrong with one configuration, so that all of it is said at once. Bounded: a file of a million
/// mistakes costs no more than a file of some thousand. Not thread-safe.
/// </summary>
internal sealed class DiagnosticBag
{
    /// <summary>More than this many are counted, not shown.</summary>
    public const int Shown = 200;

    private const int Kept = 5000;

    private readonly List<(ConfigDiagnostic Diagnostic, int FileOrder)> _all = [];
    private readonly HashSet<ConfigDiagnostic> _seen = [];
    private int _dropped;

    public bool HasErrors { get; private set; }

    public void Error(ConfigNode node, string code, string message, string? hint = null)
        => Add(ProblemSeverity.Error, node.File, node.Line, node.Column, code, message, hint);

    public void Warning(ConfigNode node, string code, string message, string? hint = null)
        => Add(ProblemSeverity.Warning, node.File, node.Line, node.Column, code, message, hint);

    /// <summary>The same mistake at the same place is kept once: an alias shows its anchor's content in many places.</summary>
    public void Add(ProblemSeverity severity, SourceFile file, int line, int column, string code, string message, string? hint = null)
    {
        HasErrors |= severity == ProblemSeverity.Error;
        if (_all.Count >= Kept)
        {
            _dropped++;
            return;
        }

        var diagnostic = new ConfigDiagnostic(severity, file.Name, line, column, code, message, hint);
        if (_seen.Add(diagnostic)) _all.Add((diagnostic, file.Order));
    }

    /// <summary>Sorted by place, errors before warnings when there are too many, the rest counted in a last line.</summary>
    public IReadOnlyList<ConfigDiagnostic> ToSortedList()
    {
        IEnumerable<(ConfigDiagnostic Diagnostic, int FileOrder)> chosen = _all;
        if (_all.Count > Shown) chosen = _all.OrderByDescending(d => d.Diagnostic.Severity).ThenBy(Place).Take(Shown);
        var list = chosen.OrderBy(Place).Select(d => d.Diagnostic).ToList();
        var more = _all.Count + _dropped - list.Count;
        if (more > 0)
        {
            var severity = HasErrors ? ProblemSeverity.Error : ProblemSeverity.Warning;
            list.Add(new ConfigDiagnostic(severity, "", 0, 0, "too-many-problems", "and " + more.ToString(CultureInfo.InvariantCulture) + " more"));
        }

        return list;
    }

    private static (int, int, int) Place((ConfigDiagnostic Diagnostic, int FileOrder) d) => (d.FileOrder, d.Diagnostic.Line, d.Diagnostic.Column);
}
