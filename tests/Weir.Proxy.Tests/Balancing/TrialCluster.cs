using Weir.Config;
using Weir.Policies;
using Weir.Proxy.Balancing;
using Weir.Proxy.Inspection;
using Weir.Proxy.Model;

namespace Weir.Proxy.Tests.Balancing;

/// <summary>A cluster as compiled, and picks from it, without loops.</summary>
internal sealed class TrialCluster
{
    private TrialCluster(Cluster cluster, EndpointChoice choice) => (Cluster, Choice) = (cluster, choice);

    public Cluster Cluster { get; }

    public EndpointChoice Choice { get; }

    public EndpointSet Set => Choice.Set;

    /// <summary>The cluster's members beside its endpoints, and those. <paramref name="root"/> goes to the top of the file, <paramref name="subset"/> to the route.</summary>
    public static async Task<TrialCluster> MakeAsync(string members, IEnumerable<string> endpoints, string root = "", string subset = "")
    {
        var list = string.Join(", ", endpoints.Select(static e => e.StartsWith('{') ? e : $"\"{e}\""));
        var load = ConfigReader.LoadText($$"""
            version: 1
            {{root}}
            listeners: { web: ":8080" }
            routes: { all: { forward: { cluster: c{{(subset.Length > 0 ? $", subset: {{ {subset} }}" : "")}} } } }
            clusters: { c: { {{(members.Length > 0 ? members + ", " : "")}}endpoints: [{{list}}] } }
            """, BuiltInPolicies.All);
        await using var trial = ConfigTrial.Of(load, BuiltInPolicies.All, static _ => []);
        var snapshot = trial.Snapshot ?? throw new InvalidOperationException(string.Join('\n', trial.Diagnostics));
        return new TrialCluster(snapshot.Clusters["c"], snapshot.Routes.Single(static r => r.Name == "all").Forward!.Choice);
    }

    public static Task<TrialCluster> MakeAsync(string members, int endpoints) => MakeAsync(members, Enumerable.Range(1, endpoints).Select(static i => $"http://10.0.{i >> 8}.{i & 255}:80"));

    public EndpointState State(int endpoint) => Cluster.Endpoints[endpoint].State;

    /// <summary>After something changed that the set is made of.</summary>
    public void Rebuild(long now = 1_000_000) => Choice.Set = SetBuilder.Build(Cluster, Choice, Cluster.Endpoints, now);

    public int Pick(ulong key = 0, TriedEndpoints tried = default, int loop = 0, long now = 0)
        => Balancer.Pick(loop, now, Cluster, Set, key, tried) is { } endpoint ? Array.IndexOf(Cluster.Endpoints, endpoint) : -1;

    /// <summary>The share of each endpoint in so many picks, none of which ends.</summary>
    public double[] Shares(int picks, bool inFlight = false)
    {
        var counts = new int[Cluster.Endpoints.Length];
        for (var i = 0; i < picks; i++)
        {
            var at = Pick((ulong)Random.Shared.NextInt64());
            counts[at]++;
            if (inFlight) State(at).BeginAttempt();
        }

        return [.. counts.Select(c => c / (double)picks)];
    }

    /// <summary>The share that the set says.</summary>
    public double Weight(int endpoint) => Array.IndexOf(Set.Open, Cluster.Endpoints[endpoint]) is var at and >= 0 ? Set.Weights[at] / (double)Set.SumOfWeights : 0;
}
