using Weir.Config.Diagnostics;
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

    /// <summary>That there is no such route, and which may be meant.</summary>
    public static string NoRoute(WeirConfig config, string route)
        => $"there is no route '{route}' ({new Suggestion().For(route, config.Routes.Keys) ?? "weir routes lists them"})";

    /// <summary>Why a route's split cannot have these weights; null when it can.</summary>
    public static string? Judge(WeirConfig config, string route, IReadOnlyDictionary<string, int> weights)
    {
        if (!config.Routes.TryGetValue(route, out var known)) return $"there is no route '{route}'";
        if (known.Split is not { } split) return $"the route '{route}' is not split";
        if (weights.Keys.FirstOrDefault(w => !split.Arms.ContainsKey(w)) is { } arm) return $"the split of '{route}' has no arm '{arm}', but {string.Join(", ", split.Arms.Keys)}";
        if (weights.Values.Any(static w => w is < 0 or > OverlayState.MostArmWeight)) return $"a weight is from 0 to {OverlayState.MostArmWeight}";
        return split.Arms.All(a => weights.GetValueOrDefault(a.Key, a.Value.Weight) == 0) ? "all arms would have weight 0: requests would go nowhere" : null;
    }

    /// <summary>What was changed of a route's split before, with these weights: arms that are not named keep theirs.</summary>
    public static SplitChange Merge(OverlayState overlay, string route, IReadOnlyDictionary<string, int> weights, DateTimeOffset since, DateTimeOffset? until)
    {
        var all = overlay.Splits.TryGetValue(route, out var before) ? before.Weights.ToDictionary(StringComparer.Ordinal) : [];
        foreach (var (arm, weight) in weights) all[arm] = weight;
        return new SplitChange(all, since, until) { Before = until is null ? null : before is { Until: not null } ? before.Before : before };
    }

    /// <summary>Whether weights that were changed once do something to the route as it is now, though not all of them may.</summary>
    public static bool IsInForce(WeirConfig config, string route, IReadOnlyDictionary<string, int> weights)
        => config.Routes.GetValueOrDefault(route)?.Split is { } split && weights.Keys.Any(split.Arms.ContainsKey) && !ReferenceEquals(Weighted(split, weights), split);

    private static SplitConfig Weighted(SplitConfig split, IReadOnlyDictionary<string, int> weights)
    {
        var arms = new OrderedDictionary<string, SplitArmConfig>(StringComparer.Ordinal);
        foreach (var (name, arm) in split.Arms) arms.Add(name, weights.TryGetValue(name, out var weight) ? arm with { Weight = weight } : arm);
        // A file that was changed since may leave nothing of what was asked for: then it has its own way.
        return arms.Values.All(static a => a.Weight == 0) ? split : split with { Arms = arms };
    }

    /// <summary>Whether requests of a route are answered by its maintenance.</summary>
    public static bool IsClosed(WeirConfig config, RouteConfig route) => (route.Maintenance ?? config.Defaults.Maintenance)?.On == true;

    private static MaintenanceConfig Switched(MaintenanceConfig? maintenance, bool on) => (maintenance ?? new MaintenanceConfig()) with { On = on };
}
