using Weir.Config;
using Weir.Config.Diagnostics;
using Weir.Config.Records;
using Weir.Proxy.Balancing;
using Weir.Proxy.Model;
using Weir.Proxy.Routes;
using Weir.Proxy.Snapshots;
using Weir.Sdk.Configuration;
using Weir.Sdk.Policies;

namespace Weir.Proxy.Inspection;

/// <summary>
/// A configuration compiled as if it were to be applied, without loops and without binding: for `check`, `explain` and `routes`.
/// Its policies live until it is disposed.
/// </summary>
internal sealed class ConfigTrial : IAsyncDisposable
{
    private readonly IReadOnlyList<Policy> _policies;
    private readonly IReadOnlyDictionary<string, EndpointCompiler> _endpoints;

    private ConfigTrial(Snapshot? snapshot, IReadOnlyList<ConfigDiagnostic> diagnostics, IReadOnlyList<Policy> policies, IReadOnlyDictionary<string, EndpointCompiler> endpoints)
        => (Snapshot, Diagnostics, _policies, _endpoints) = (snapshot, diagnostics, policies, endpoints);

    /// <summary>Null when there is an error.</summary>
    public Snapshot? Snapshot { get; }

    /// <summary>All problems, the reader's and the compilers', by place.</summary>
    public IReadOnlyList<ConfigDiagnostic> Diagnostics { get; }

    /// <summary>Compiles what the reader gave, of a file with errors what is right in it; <paramref name="checks"/> is what the program looks at beside the data plane.</summary>
    public static ConfigTrial Of(ConfigLoad load, IReadOnlyList<PolicyFactory> factories, Func<WeirConfig, IEnumerable<ConfigProblem>> checks)
    {
        if (load.Draft is null) return new ConfigTrial(null, load.Diagnostics, [], new Dictionary<string, EndpointCompiler>());
        var problems = new ProblemList();
        foreach (var problem in checks(load.Draft)) problems.Report(problem);
        var compiler = new SnapshotCompiler(load, factories, new StateStore(1), problems, TimeProvider.System.GetUtcNow());
        var snapshot = compiler.Compile(0);
        if (load.Read is { } read) Patterns(read, load.Draft, problems);
        SetKeeper.PublishOnce(snapshot);
        return new ConfigTrial(load.IsValid && !problems.HasErrors ? snapshot : null, load.With(problems.Items), compiler.Chains.New, compiler.Endpoints);
    }

    /// <summary>What operators have changed of endpoints holds here too.</summary>
    public void Override(IReadOnlyList<EndpointOverride> overrides)
    {
        if (Snapshot is null) return;
        new Overrides(overrides).Apply(Snapshot.Clusters.Values, static _ => { });
        SetKeeper.PublishOnce(Snapshot);
    }

    /// <summary>Endpoints are as they were seen in a Weir that runs, by cluster; those that are found while it runs are there too.</summary>
    public void Follow(IReadOnlyDictionary<string, IReadOnlyList<SeenEndpoint>> seen)
    {
        if (Snapshot is null) return;
        foreach (var cluster in Snapshot.Clusters.Values)
            if (seen.TryGetValue(cluster.Name, out var endpoints)) Follow(cluster, endpoints);
        SetKeeper.PublishOnce(Snapshot);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var policy in _policies) await policy.DisposeAsync();
    }

    // Of a route that has an error, and so is not compiled, hosts and paths can be looked at all the same. What could not be read is empty.
    private static void Patterns(WeirConfig read, WeirConfig draft, ProblemList problems)
        => RouteTable.Build([.. read.Routes.Where(r => !draft.Routes.ContainsKey(r.Key)).Select(static r => new RouteSource(r.Key, new MatchConfig
        {
            Host = [.. r.Value.Match.Host.Select(static h => h.Length == 0 ? "*" : h)],
            Path = [.. r.Value.Match.Path.Select(static p => p.Length == 0 ? "/" : p)],
        }))], problems);

    private void Follow(Cluster cluster, IReadOnlyList<SeenEndpoint> seen)
    {
        var listed = cluster.Configured.Select(static e => e.Url).ToHashSet(StringComparer.Ordinal);
        var found = seen.Where(e => !e.IsListed && !listed.Contains(e.Found.Url)).Select(e => _endpoints[cluster.Name].Of(e.Found, out _)).OfType<Endpoint>();
        cluster.Endpoints = [.. cluster.Configured, .. found];
        var now = seen.ToDictionary(static e => e.Found.Url, StringComparer.Ordinal);
        foreach (var endpoint in cluster.Endpoints)
            if (now.TryGetValue(endpoint.Url, out var its)) its.Show(endpoint);
    }
}
