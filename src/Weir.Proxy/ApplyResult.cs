using Weir.Config.Diagnostics;
using Weir.Proxy.Snapshots;

namespace Weir.Proxy;

/// <summary>A line about the configuration, ready to be shown: file:line:col: code: message (hint).</summary>
public sealed record ConfigDiagnosticSummary(bool IsError, string Text);

/// <summary>What became of a configuration that was to be applied.</summary>
public sealed record ApplyResult(bool IsApplied, long Version, IReadOnlyList<ConfigDiagnosticSummary> Diagnostics, ReloadReport Report)
{
    internal static ApplyResult Applied(long version, IReadOnlyList<ConfigDiagnostic> diagnostics, ReloadReport report)
        => new(true, version, Summarise(diagnostics), report);

    internal static ApplyResult Refused(IReadOnlyList<ConfigDiagnostic> diagnostics) => new(false, 0, Summarise(diagnostics), ReloadReport.Nothing);

    private static IReadOnlyList<ConfigDiagnosticSummary> Summarise(IReadOnlyList<ConfigDiagnostic> diagnostics)
        => [.. diagnostics.Select(static d => new ConfigDiagnosticSummary(d.Severity == Sdk.Configuration.ProblemSeverity.Error, d.ToString()))];
}
