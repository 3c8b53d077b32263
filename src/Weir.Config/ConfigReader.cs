using Weir.Config.Binding;
using Weir.Config.Diagnostics;
using Weir.Config.Digests;
using Weir.Config.Records;
using Weir.Config.Validation;
using Weir.Sdk.Policies;

namespace Weir.Config;

/// <summary>
/// weir.yaml to records: documents → nodes → records → rules → digests. Never throws for what is in a file. Blocking: not for a loop.
/// Safe to call from several threads at once.
/// </summary>
public static class ConfigReader
{
    /// <summary>Reads a file with its includes, or a folder of *.yaml.</summary>
    /// <param name="factories">The policy kinds there are.</param>
    /// <param name="environment">Environment variables by name; null for the process's own.</param>
    public static ConfigLoad Load(string path, IEnumerable<PolicyFactory> factories, Func<string, string?>? environment = null)
        => Load(loader => loader.LoadPath(path), factories, environment ?? Environment.GetEnvironmentVariable);

    /// <summary>Reads text as if it stood in a file of that name.</summary>
    /// <param name="folder">What relative paths in the text start at.</param>
    public static ConfigLoad LoadText(string text, IEnumerable<PolicyFactory> factories, Func<string, string?>? environment = null, string name = "weir.yaml", string folder = ".")
        => Load(loader => loader.LoadText(text, name, folder), factories, environment ?? Environment.GetEnvironmentVariable);

    private static ConfigLoad Load(Func<DocumentLoader, LoadedDocument> read, IEnumerable<PolicyFactory> factories, Func<string, string?> environment)
    {
        var problems = new DiagnosticBag();
        var document = read(new DocumentLoader(problems, environment));
        if (document.Root is not { } root) return new ConfigLoad(null, problems.ToSortedList(), null, SourcesOf(document, []), null);

        var places = new DocumentPlaces(root);
        var scope = new BindScope(problems, factories, environment) { NamedPolicies = NamesOf(places.Names("policies")) };
        var config = Defaulted((WeirConfig)Binder.BindRecord(scope, root, Shapes.Shapes.Of(typeof(WeirConfig)))!);
        ConfigRules.Run(new Check(config, places, problems, scope.Suggestion, scope.Meant));

        var sources = SourcesOf(document, scope.ValueFiles);
        var found = problems.ToSortedList();
        if (problems.HasErrors) return new ConfigLoad(null, found, null, sources, places) { Draft = SoundPart.Of(config, root, found), Read = config };
        return new ConfigLoad(config, found, ConfigDigests.Of(config), sources, places) { Draft = config };
    }

    private static HashSet<string> NamesOf(MappingNode? mapping) => mapping is null ? [] : mapping.Entries.Select(e => e.Key.Value).ToHashSet(StringComparer.Ordinal);

    private static ConfigSources SourcesOf(LoadedDocument document, IReadOnlyList<string> valueFiles)
        => new([.. document.Files.Concat(valueFiles).Distinct()], document.Globs) { Names = [.. document.Names] };

    // The defaults' members are nullable since a route has the same; in the defaults nothing stays open, so that `print` shows all.
    private static WeirConfig Defaulted(WeirConfig config)
    {
        var (timeouts, limits, websocket) = (config.Defaults.Timeouts, config.Defaults.Limits, config.Defaults.Websocket);
        var (time, limit, care) = (ExchangeTimeoutsConfig.Standard, ExchangeLimitsConfig.Standard, WebsocketConfig.Standard);
        return config with
        {
            Defaults = config.Defaults with
            {
                Timeouts = new ExchangeTimeoutsConfig
                {
                    FirstByte = timeouts.FirstByte ?? time.FirstByte,
                    Idle = timeouts.Idle ?? time.Idle,
                    BodyIdle = timeouts.BodyIdle ?? time.BodyIdle,
                    Total = timeouts.Total ?? time.Total,
                    Tunnel = timeouts.Tunnel ?? time.Tunnel,
                },
                Limits = new ExchangeLimitsConfig { Body = limits.Body ?? limit.Body, BodyRate = limits.BodyRate ?? limit.BodyRate, Tunnels = limits.Tunnels ?? limit.Tunnels },
                Websocket = new WebsocketConfig { Ping = websocket.Ping ?? care.Ping, Pong = websocket.Pong ?? care.Pong, To = websocket.To ?? care.To },
            },
        };
    }
}
