using Weir.Sdk.Configuration;
using Weir.Sdk.Expressions;

namespace Weir.Proxy.Snapshots;

/// <summary>Compiles expressions; one that does not hold is a problem at its place.</summary>
internal static class ExpressionCompiler
{
    /// <summary>Null without a text too.</summary>
    public static Condition? Condition(string? text, string place, IDiagnosticSink problems)
    {
        if (text is null) return null;
        if (Sdk.Expressions.Condition.TryCompile(text, out var condition, out var error)) return condition;
        Report(error, place, problems);
        return null;
    }

    public static Template? Template(string text, string place, IDiagnosticSink problems)
    {
        if (Sdk.Expressions.Template.TryCompile(text, out var template, out var error)) return template;
        Report(error, place, problems);
        return null;
    }

    private static void Report(ExpressionError error, string place, IDiagnosticSink problems)
        => problems.Report(new ConfigProblem(ProblemSeverity.Error, place, "bad-expression", error.Message, error.Hint, error.Column));
}
