using Weir.Config;
using Weir.Policies;
using Weir.Proxy.Inspection;
using Weir.Proxy.Model;

namespace Weir.Benchmarks.Balancing;

/// <summary>Clusters as compiled, without loops.</summary>
internal static class TrialClusters
{
    public static Cluster Make(string members) => MakeRoute(members).Forward!.Cluster;

    /// <summary>A route that forwards to it.</summary>
    public static Route MakeRoute(string members)
    {
        var load = ConfigReader.LoadText($$"""
            version: 1
            listeners: { web: ":8080" }
            routes: { all: { forward: c } }
            clusters: { c: { {{members}} } }
            """, BuiltInPolicies.All);
        return ConfigTrial.Of(load, BuiltInPolicies.All, static _ => []).Snapshot!.Routes.Single(static r => r.Name == "all");
    }
}
