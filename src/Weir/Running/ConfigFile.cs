using Weir.AccessLog;
using Weir.Config;
using Weir.Config.Records;
using Weir.Output;
using Weir.Policies;
using Weir.Proxy.Inspection;
using Weir.Running.Overlays;
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
        return Try(load);
    }

    /// <summary>The same of what was read.</summary>
    public static ConfigTrial Try(ConfigLoad load) => ConfigTrial.Of(load, Factories, Check);

    /// <summary>What was changed at run time, of the Weir that runs a configuration on this machine.</summary>
    public static Overlay OverlayOf(WeirConfig config, Terminal terminal)
    {
        var overlay = Overlay.Open(StatePath.Of(config.State, terminal.Environment), TimeProvider.System, out var problem);
        if (problem is not null) terminal.Complain("bad-overlay: " + problem);
        return overlay;
    }

    /// <summary>What the data plane does not look at.</summary>
    public static IEnumerable<ConfigProblem> Check(WeirConfig config) => LogFormats.Check(config.Telemetry.AccessLog);
}
