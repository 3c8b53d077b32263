using System.Globalization;
using Weir.Proxy.Model;

namespace Weir.Proxy.Balancing;

/// <summary>What is said of a set's panic.</summary>
internal static class Panic
{
    /// <summary>How many of a set's endpoints are healthy, of those that may take requests.</summary>
    public static string Of(EndpointSet set)
    {
        var serving = set.Known.Where(static e => e.Weight > 0 && !e.State.Draining).ToList();
        return string.Create(CultureInfo.InvariantCulture, $"{serving.Count(static e => e.State.IsSound)} of {serving.Count} healthy");
    }

    /// <summary>It began or ended just now.</summary>
    public static ClusterChange ChangeOf(Cluster cluster, EndpointChoice choice)
    {
        var labelled = choice.Labels.Count == 0 ? "" : $" of those labelled {string.Join(", ", choice.Labels.Select(static l => $"{l.Key}={l.Value}"))}";
        var threshold = choice.Set.IsPanicking ? string.Create(CultureInfo.InvariantCulture, $", panic-threshold {cluster.PanicThreshold}%") : "";
        return new ClusterChange(cluster.Name, choice.Set.IsPanicking ? ClusterEvent.PanicBegan : ClusterEvent.PanicEnded, Of(choice.Set) + labelled + threshold);
    }
}
