using Weir.Sdk.Configuration;

namespace Weir.Proxy.Snapshots;

/// <summary>Collects what is found wrong while a configuration is compiled.</summary>
internal sealed class ProblemList : IDiagnosticSink
{
    public List<ConfigProblem> Items { get; } = [];

    public bool HasErrors => Items.Any(static p => p.Severity == ProblemSeverity.Error);

    public void Report(ConfigProblem problem) => Items.Add(problem);
}
