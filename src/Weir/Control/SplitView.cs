using Weir.Running;
using Weir.Running.Overlays;

namespace Weir.Control;

/// <summary>GET /v1/overlay/split/ROUTE: the weights in force with the shares that they make, and what was changed; null for what the file says.</summary>
internal sealed record SplitView(string Route, IReadOnlyList<SplitArmView> Arms, OverlayEntry? Changed)
{
    /// <summary>Null, with the reason, where there is no split.</summary>
    public static SplitView? Of(Instance instance, string route, out string why)
    {
        why = "";
        if (!instance.Config.Routes.TryGetValue(route, out var config)) why = OverlayChanges.NoRoute(instance.Config, route);
        else if (config.Split is null) why = $"the route '{route}' is not split";
        return why.Length > 0 ? null : new SplitView(
            route, [.. SplitShares.Of(config!.Split!).Select(static a => new SplitArmView(a.Arm, a.Weight, Math.Round(a.Percent, 2)))], instance.Changes.FirstOrDefault(e => e.Kind == "split" && e.Name == route));
    }
}

/// <summary>An arm; its share in percent, testers aside.</summary>
internal sealed record SplitArmView(string Name, int Weight, double Share);
