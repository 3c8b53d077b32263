namespace Weir.Sdk.Configuration;

/// <summary>What a problem means for the configuration.</summary>
public enum ProblemSeverity : byte
{
    /// <summary>It can be used, but perhaps not as meant.</summary>
    Warning,

    /// <summary>It is refused.</summary>
    Error,
}

/// <summary>
/// Something wrong in the configuration. <paramref name="Path"/> is the place in the document, "routes.orders.match.path[0]";
/// whoever read the file turns it into file, line and column. <paramref name="Column"/> counts from 0 inside the scalar at that
/// place (an expression's error), or is -1.
/// </summary>
public sealed record ConfigProblem(ProblemSeverity Severity, string Path, string Code, string Message, string? Hint = null, int Column = -1);

/// <summary>Takes problems; all are collected before anything is said.</summary>
public interface IDiagnosticSink
{
    /// <summary>Takes one.</summary>
    void Report(ConfigProblem problem);
}
