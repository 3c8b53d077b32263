using Weir.Config;
using Weir.Config.Diagnostics;
using Weir.Config.Records;
using Weir.Proxy.Balancing;
using Weir.Proxy.Model;
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

    private ConfigTrial(Snapshot? snapshot, IReadOnlyList<ConfigDiagnostic> diagnostics, IReadOnlyList<Policy> policies)
        => (Snapshot, Diagnostics, _policies) = (snapshot, diagnostics, policies);

    /// <summary>Null when there is an error.</summary>
    public Snapshot? Snapshot { get; }

    /// <summary>All problems, the reader's and the compilers', by place.</summary>
    public IReadOnlyList<ConfigDiagnostic> Diagnostics { get; }

    /// <summary>Compiles what the reader gave, of a file with errors what is right in it; <paramref name="checks"/> is what the program looks at beside the data plane.</summary>
    public static ConfigTrial Of(ConfigLoad load, IReadOnlyList<PolicyFactory> factories, Func<WeirConfig, IEnumerable<ConfigProblem>> checks)
    {
        if (load.Draft is null) return new ConfigTrial(null, load.Diagnostics, []);
        var problems = new ProblemList();
        foreach (var problem in checks(load.Draft)) problems.Report(problem);
        var compiler = new SnapshotCompiler(load, factories, new StateStore(1), problems, TimeProvider.System.GetUtcNow());
        var snapshot = compiler.Compile(0);
        SetKeeper.PublishOnce(snapshot);
        return new ConfigTrial(load.IsValid && !problems.HasErrors ? snapshot : null, load.With(problems.Items), compiler.Chains.New);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var policy in _policies) await policy.DisposeAsync();
    }
}
