using System.Globalization;
using Weir.Config.Records;

namespace Weir.Running.Overlays;

/// <summary>A configuration with what was changed at run time. What names a route or an arm that is not there does nothing.</summary>
internal static class OverlayChanges
{
    /// <summary>The same object when nothing changes.</summary>
    public static WeirConfig Apply(WeirConfig config, OverlayState overlay)
    {
        if (overlay.Splits.Count + overlay.Maintenance.Count == 0) return config;
        var routes = new OrderedDictionary<string, RouteConfig>(StringComparer.Ordinal);
        foreach (var (name, route) in config.Routes)
        {
            var changed = route;
            if (overlay.Splits.TryGetValue(name, out var weights) && route.Split is { } split) changed = changed with { Split = Weighted(split, weights.Weights) };
            if (overlay.Maintenance.TryGetValue(name, out var maintenance)) changed = changed with { Maintenance = Switched(route.Maintenance ?? config.Defaults.Maintenance, maintenance.On) };
            routes.Add(name, changed);
        }

        return config with { Routes = routes };
    }

    /// <summary>Why a route's split cannot have these weights; null when it can.</summary>
    public static string? Judge(WeirConfig config, string route, IReadOnlyDictionary<string, int> weights)
    {
        if (!config.Routes.TryGetValue(route, out var known)) return $"there is no route '{route}'";
        if (known.Split is not { } split) return $"the route '{route}' is not split";
        if (weights.Keys.FirstOrDefault(w => !split.Arms.ContainsKey(w)) is { } arm) return $"the split of '{route}' has no arm '{arm}', but {string.Join(", ", split.Arms.Keys)}";
        if (weights.Values.Any(static w => w is < 0 or > 1_000_000)) return "a weight is from 0 to 1000000";
        return split.Arms.All(a => weights.GetValueOrDefault(a.Key, a.Value.Weight) == 0) ? "all arms would have weight 0: requests would go nowhere" : null;
    }

    /// <summary>A line for each change, for people.</summary>
    public static IReadOnlyList<string> Lines(OverlayState overlay) =>
    [
        .. overlay.Splits.OrderBy(static s => s.Key, StringComparer.Ordinal)
            .Select(static s => $"split {s.Key} {string.Join(' ', s.Value.Weights.Select(static w => string.Create(CultureInfo.InvariantCulture, $"{w.Key}={w.Value}")))}{Times(s.Value.Since, s.Value.Until)}"),
        .. overlay.Maintenance.OrderBy(static m => m.Key, StringComparer.Ordinal)
            .Select(static m => $"maintenance {m.Key} {(m.Value.On ? "on" : "off")}{Times(m.Value.Since, m.Value.Until)}"),
    ];

    private static string Times(DateTimeOffset since, DateTimeOffset? until)
        => string.Create(CultureInfo.InvariantCulture, $", since {since:yyyy-MM-dd HH:mm:ss}Z") + (until is null ? "" : string.Create(CultureInfo.InvariantCulture, $", until {until:yyyy-MM-dd HH:mm:ss}Z"));

    private static SplitConfig Weighted(SplitConfig split, IReadOnlyDictionary<string, int> weights)
    {
        var arms = new OrderedDictionary<string, SplitArmConfig>(StringComparer.Ordinal);
        foreach (var (name, arm) in split.Arms) arms.Add(name, weights.TryGetValue(name, out var weight) ? arm with { Weight = weight } : arm);
        // A file that was changed since may leave nothing of what was asked for: then it has its own way.
        return arms.Values.All(static a => a.Weight == 0) ? split : split with { Arms = arms };
    }

    private static MaintenanceConfig Switched(MaintenanceConfig? maintenance, bool on) => (maintenance ?? new MaintenanceConfig()) with { On = on };
}
