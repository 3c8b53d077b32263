using Weir.AccessLog;
using Weir.Config;
using Weir.Config.Records;
using Weir.Output;
using Weir.Policies;
using Weir.Proxy.Inspection;
using Weir.Sdk.Configuration;
using Weir.Sdk.Policies;

namespace Weir.Running;

/// <summary>How every command reads weir.yaml, so that all of them judge it alike.</summary>
internal static class ConfigFile
{
    public static IReadOnlyList<PolicyFactory> Factories => BuiltInPolicies.All;

    public static ConfigLoad Load(string path, Func<string, string?> environment) => ConfigReader.Load(path, Factories, environment);

    /// <summary>Reads and compiles; to be disposed for its policies' sake.</summary>
    public static ConfigTrial Try(string path, Terminal terminal, out ConfigLoad load)
    {
        load = Load(path, terminal.Environment);
        return ConfigTrial.Of(load, Factories, Check);
    }

    /// <summary>What the data plane does not look at.</summary>
    public static IEnumerable<ConfigProblem> Check(WeirConfig config) => LogFormats.Check(config.Telemetry.AccessLog);
}
