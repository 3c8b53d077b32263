using System.Globalization;
using Weir.Config.Records;

namespace Weir;

/// <summary>A route's action in a few words.</summary>
internal static class ActionText
{
    public static string Of(RouteConfig route)
    {
        if (route.Forward is { } forward) return $"forward {Of(forward)}";
        if (route.Split is { } split) return "split " + string.Join(", ", split.Arms.Select(static a => string.Create(CultureInfo.InvariantCulture, $"{a.Key}={a.Value.Weight} {Of(a.Value.Forward)}")));
        if (route.Respond is { } respond) return "respond " + respond.Status.ToString(CultureInfo.InvariantCulture);
        return route.Redirect is { } redirect ? $"redirect {redirect.Status.ToString(CultureInfo.InvariantCulture)} {redirect.To}" : "";
    }

    private static string Of(ForwardConfig forward)
        => forward.Mirror is { } mirror ? $"{forward.Cluster} (mirror {mirror.Share} {mirror.Cluster})" : forward.Cluster;
}
