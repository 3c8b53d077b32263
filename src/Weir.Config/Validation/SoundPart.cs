using System.Collections.ObjectModel;
using Weir.Config.Diagnostics;
using Weir.Config.Records;

namespace Weir.Config.Validation;

/// <summary>
/// What is left of a configuration with errors when every item that holds one is taken out: it can be compiled to find the mistakes
/// that only compiling finds, without finding consequences of the ones already known.
/// </summary>
internal static class SoundPart
{
    public static WeirConfig Of(WeirConfig config, MappingNode root, IEnumerable<ConfigDiagnostic> diagnostics)
    {
        var errors = diagnostics.Where(static d => d.IsError).Select(static d => (d.File, d.Line)).ToHashSet();
        return config with
        {
            Policies = Sound(config.Policies, "policies"),
            Routes = Sound(config.Routes, "routes"),
            Clusters = Sound(config.Clusters, "clusters"),
            Listeners = Sound(config.Listeners, "listeners", static l => l with { Policies = [], Tls = null }),
            Defaults = root.TryGet("defaults", out var defaults) && Holds(defaults, errors) ? config.Defaults with { Policies = [] } : config.Defaults,
        };

        ReadOnlyDictionary<string, T> Sound<T>(IReadOnlyDictionary<string, T> items, string section, Func<T, T>? mend = null)
            where T : class
        {
            var written = root.TryGet(section, out var entry) ? entry.Value as MappingNode : null;
            var sound = new OrderedDictionary<string, T>(StringComparer.Ordinal);
            foreach (var (name, item) in items)
            {
                if (written?.TryGet(name, out var at) == true && !Holds(at, errors)) sound.Add(name, item);
                else if (mend is not null) sound.Add(name, mend(item));
            }

            return new ReadOnlyDictionary<string, T>(sound);
        }
    }

    private static bool Holds(MappingEntry entry, HashSet<(string File, int Line)> errors)
        => errors.Contains((entry.Key.File.Name, entry.Key.Line)) || Holds(entry.Value, errors);

    private static bool Holds(ConfigNode node, HashSet<(string File, int Line)> errors)
    {
        switch (node)
        {
            case MappingNode mapping:
                foreach (var entry in mapping.Entries)
                    if (Holds(entry, errors)) return true;
                return errors.Contains((node.File.Name, node.Line));

            case SequenceNode list:
                foreach (var item in list.Items)
                    if (Holds(item, errors)) return true;
                return errors.Contains((node.File.Name, node.Line));

            default:
                for (var line = node.Line; line <= node.EndLine; line++)
                    if (errors.Contains((node.File.Name, line))) return true;
                return false;
        }
    }
}
