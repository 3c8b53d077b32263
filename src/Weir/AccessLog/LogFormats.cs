using Weir.Config.Diagnostics;
using Weir.Config.Records;
using Weir.Sdk.Configuration;

namespace Weir.AccessLog;

/// <summary>The formats by name, and what is wrong with one in the configuration.</summary>
internal static class LogFormats
{
    public const string Off = "off";

    private static readonly string[] Names = ["json", "combined", "common", "haproxy", Off];

    /// <summary>Problems of the access log's part of a configuration.</summary>
    public static IEnumerable<ConfigProblem> Check(AccessLogConfig config)
    {
        if (config.Format != Off && Make(config.Format, out var problem) is null)
            yield return new ConfigProblem(ProblemSeverity.Error, "telemetry.access-log.format", "bad-log-format", problem.Message, problem.Hint, problem.Column);
        if (config.To.Length == 0)
            yield return new ConfigProblem(ProblemSeverity.Error, "telemetry.access-log.to", "bad-log-target", "there is no place to write to", "stdout, stderr or a file's path");
        if (config.To.Length > 0 && config.To.EndsWith('/'))
            yield return new ConfigProblem(ProblemSeverity.Error, "telemetry.access-log.to", "bad-log-target", $"{config.To} is a folder", "name a file in it");
    }

    /// <summary>Null with the reason when it is none; for <c>off</c> too.</summary>
    public static LogFormat? Make(string format, out LogFormatProblem problem)
    {
        problem = new(-1, "", null);
        switch (format)
        {
            case "json": return new JsonFormat();
            case "combined": return new CombinedFormat(withAgent: true);
            case "common": return new CombinedFormat(withAgent: false);
            case "haproxy": return new HaproxyFormat();
            case Off: return null;
        }

        if (format.Contains("${", StringComparison.Ordinal)) return TemplateFormat.TryCompile(format, out var template, out problem) ? template : null;
        problem = new(-1, $"'{format}' is no format, and a template has at least one ${{field}}",
            new Suggestion().For(format, Names) ?? $"one of {string.Join(", ", Names)}, or a template");
        return null;
    }
}
