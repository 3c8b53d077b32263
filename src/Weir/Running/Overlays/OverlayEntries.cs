using System.Globalization;
using Weir.Config.Records;
using Weir.Proxy.Model;

namespace Weir.Running.Overlays;

/// <summary>All that is changed at run time as it is shown, in one order: splits, maintenance, drains, weights, each by name.</summary>
internal static class OverlayEntries
{
    public static readonly string[] Kinds = ["split", "maintenance", "drain", "weight"];

    /// <summary>Without a look at whether it is in force.</summary>
    public static IReadOnlyList<OverlayEntry> Of(OverlayState overlay) =>
    [
        .. overlay.Splits.OrderBy(static s => s.Key, StringComparer.Ordinal).Select(static s => new OverlayEntry("split", s.Key, null, Weights(s.Value), s.Value.Since, s.Value.Until)),
        .. overlay.Maintenance.OrderBy(static m => m.Key, StringComparer.Ordinal).Select(static m => new OverlayEntry("maintenance", m.Key, null, m.Value.On ? "on" : "off", m.Value.Since, m.Value.Until)),
        .. overlay.Drains.OrderBy(static d => d.Key, StringComparer.Ordinal).Select(static d => Endpoints("drain", d.Key, d.Value.Evict ? "evict" : null, d.Value)),
        .. overlay.Weights.OrderBy(static w => w.Key, StringComparer.Ordinal).Select(static w => Endpoints("weight", w.Key, w.Value.Weight.ToString(CultureInfo.InvariantCulture), w.Value)),
    ];

    /// <summary>With what is not in force under this configuration, and why. <paramref name="has"/>: whether there are such endpoints.</summary>
    public static IReadOnlyList<OverlayEntry> Of(OverlayState overlay, WeirConfig config, Func<EndpointTarget, bool> has) => [.. Of(overlay).Select(e => e.Kind switch
    {
        "split" => OfSplit(e, config, overlay.Splits[e.Name].Weights),
        "maintenance" => config.Routes.ContainsKey(e.Name) ? e : Missing(e, $"there is no route '{e.Name}'"),
        _ when e.Cluster is not null && !config.Clusters.ContainsKey(e.Cluster) => Missing(e, $"there is no cluster '{e.Cluster}'"),
        _ when has(new EndpointTarget(e.Cluster, e.Name)) => e,
        _ => Missing(e, new EndpointTarget(e.Cluster, e.Name).IsSelector ? "there is no such endpoint now" : "the cluster does not have it now"),
    })];

    /// <summary>The same where nothing runs: an endpoint that may be found while Weir runs is taken for one that is there.</summary>
    public static IReadOnlyList<OverlayEntry> Of(OverlayState overlay, WeirConfig config)
        => Of(overlay, config, target => config.Clusters.Where(c => target.Cluster is null || target.Cluster == c.Key)
            .Any(c => c.Value.Discover is not null || c.Value.Endpoints.Any(e => target.Takes(c.Key, e.Url, e.Zone, e.Priority, e.Labels))));

    private static OverlayEntry OfSplit(OverlayEntry entry, WeirConfig config, IReadOnlyDictionary<string, int> weights)
    {
        if (OverlayChanges.Judge(config, entry.Name, weights) is not { } why) return entry;
        return OverlayChanges.IsInForce(config, entry.Name, weights) ? entry with { Why = why } : Missing(entry, why);
    }

    private static OverlayEntry Missing(OverlayEntry entry, string why) => entry with { InForce = false, Why = why };

    private static OverlayEntry Endpoints(string kind, string text, string? value, RuntimeChange change)
    {
        var target = EndpointTarget.Parse(text)!.Value;
        return new OverlayEntry(kind, target.What, target.Cluster, value, change.Since, change.Until);
    }

    private static string Weights(SplitChange change) => string.Join(' ', change.Weights.Select(static w => string.Create(CultureInfo.InvariantCulture, $"{w.Key}={w.Value}")));
}
