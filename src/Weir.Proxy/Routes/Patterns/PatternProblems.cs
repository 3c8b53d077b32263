using Weir.Sdk.Configuration;

namespace Weir.Proxy.Routes.Patterns;

/// <summary>Reports a fault of a pattern at its place in the document.</summary>
internal static class PatternProblems
{
    public static void Report(this IDiagnosticSink sink, PatternFault fault, string path, string code)
        => sink.Report(new ConfigProblem(ProblemSeverity.Error, path, code, fault.Message, fault.Hint, fault.Column));
}
