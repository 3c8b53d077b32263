namespace Weir.Config.Diagnostics;

/// <summary>
/// One thing wrong in the files, with its place. Lines and columns count from 1; both are 0 when the problem is a whole file's
/// or nobody's. Its text never contains a secret's value.
/// </summary>
public sealed record ConfigDiagnostic(ProblemSeverity Severity, string File, int Line, int Column, string Code, string Message, string? Hint = null)
{
    public bool IsError => Severity == ProblemSeverity.Error;

    /// <summary>As it is shown: <c>file:line:col: code: message (hint)</c>.</summary>
    public override string ToString()
    {
        var place = (File.Length, Line) switch
        {
            (0, _) => "",
            (_, 0) => File + ": ",
            _ => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{File}:{Line}:{Column}: "),
        };
        var warning = IsError ? "" : "warning: ";
        return Hint is null ? $"{place}{Code}: {warning}{Message}" : $"{place}{Code}: {warning}{Message} ({Hint})";
    }
}
