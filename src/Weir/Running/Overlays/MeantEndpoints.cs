using Weir.Config.Records;
using Weir.Proxy.Model;

namespace Weir.Running.Overlays;

/// <summary>Which endpoints somebody means who types one.</summary>
internal static class MeantEndpoints
{
    /// <summary>Those that are there, in one cluster or in all; and those that are not there any more but are changed, so that it can be undone.</summary>
    public static IReadOnlyList<EndpointTarget> Find(IEnumerable<Cluster> clusters, OverlayState overlay, string text, string? cluster)
    {
        var there = clusters.SelectMany(static c => c.Endpoints.Select(e => new EndpointTarget(c.Name, e.Url)));
        var changed = overlay.Drains.Keys.Concat(overlay.Weights.Keys).Select(EndpointTarget.Parse).OfType<EndpointTarget>().Where(static t => !t.IsSelector);
        return [.. there.Concat(changed).Distinct().Where(e => (cluster is null || cluster == e.Cluster) && IsMeant(text, e.What))];
    }

    /// <summary>Those of the clusters that one of the targets takes.</summary>
    public static IReadOnlyList<EndpointTarget> Taken(IEnumerable<Cluster> clusters, IReadOnlyList<EndpointTarget> targets)
        => [.. clusters.SelectMany(c => c.Endpoints.Where(e => targets.Any(t => t.Takes(c.Name, e))).Select(e => new EndpointTarget(c.Name, e.Url)))];

    // http://Shop:80 is http://shop; the scheme may be left out.
    private static bool IsMeant(string text, string url)
    {
        if (text == url) return true;
        if (!EndpointAddress.TryParse(url, out var address, out _)) return false;
        if (EndpointAddress.TryParse(text, out var asked, out _)) return asked == address;
        var whole = address.ToString();
        return !address.IsUnix && string.Equals(whole[(whole.IndexOf("://", StringComparison.Ordinal) + 3)..], text, StringComparison.OrdinalIgnoreCase);
    }
}
