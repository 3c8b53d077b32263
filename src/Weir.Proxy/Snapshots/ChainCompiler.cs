using Weir.Config.Digests;
using Weir.Config.Records;
using Weir.Proxy.Model;
using Weir.Sdk.Configuration;
using Weir.Sdk.Expressions;
using Weir.Sdk.Policies;

namespace Weir.Proxy.Snapshots;

/// <summary>
/// Makes policies and their steps from configuration. A named policy is made once and shared by all its uses; one in a list belongs to
/// that place. What is unchanged since the version before is taken over with its state.
/// </summary>
internal sealed class ChainCompiler(WeirConfig config, IReadOnlyList<PolicyFactory> factories, StateStore store, IDiagnosticSink problems)
{
    private readonly Dictionary<string, PolicyFactory> _factories = factories.ToDictionary(static f => f.Kind, StringComparer.Ordinal);
    private readonly Dictionary<string, MadePolicy?> _made = new(StringComparer.Ordinal);

    /// <summary>Every policy of this version, kept ones too.</summary>
    public IReadOnlyList<Policy> Policies => [.. _made.Values.OfType<MadePolicy>().Select(static m => m.Policy)];

    /// <summary>Identities in use.</summary>
    public HashSet<string> Identities { get; } = new(StringComparer.Ordinal);

    /// <summary>Policies that were made anew, to be disposed if the version is not published.</summary>
    public List<Policy> New { get; } = [];

    /// <summary>To be called when the version is published: later versions may take these over.</summary>
    public void Commit()
    {
        foreach (var (identity, made) in _made)
            if (made is not null) store.Keep(identity, made.Digest, made.Policy, made.State);
    }

    /// <summary>The policies of a list of uses; <paramref name="place"/> is its path in the document.</summary>
    public List<MadePolicy> Make(IReadOnlyList<PolicyConfig> uses, string place)
    {
        var made = new List<MadePolicy>(uses.Count);
        for (var i = 0; i < uses.Count; i++)
        {
            var use = uses[i];
            var one = use.Name is { } name
                ? config.Policies.TryGetValue(name, out var named) ? MakeOne(named, "policies." + name, "policies." + name) : null
                : MakeOne(use, $"{place}[{i}]", $"{place}[{i}]:{use.Kind}");
            if (one is not null) made.Add(one);
        }

        return made;
    }

    /// <summary>One chain from lists that follow each other.</summary>
    public PolicyChain Chain(IEnumerable<MadePolicy> policies, string place)
    {
        var all = policies.ToList();
        if (all.Count == 0) return PolicyChain.Empty;
        if (all.Count > PolicyChain.MaxSteps)
            Error(place, "too-many-policies", $"A route runs {PolicyChain.MaxSteps} policies at most, with the inherited ones; here are {all.Count}.");
        return new PolicyChain([.. all.Take(PolicyChain.MaxSteps).Select(static (m, i) => new PolicyStep
        {
            Name = m.Name,
            Policy = m.Policy,
            When = m.When,
            Shadow = m.Shadow,
            Ordinal = i,
            TakesRequests = m.Policy.Phases.HasFlag(PolicyPhases.Request),
            State = m.State,
        })]);
    }

    private MadePolicy? MakeOne(PolicyConfig use, string path, string identity)
    {
        if (_made.TryGetValue(identity, out var known)) return known;
        Identities.Add(identity);
        return _made[identity] = Create(use, path, identity);
    }

    private MadePolicy? Create(PolicyConfig use, string path, string identity)
    {
        // An unknown kind or a broken record was reported by the reader.
        if (use.Settings is null || !_factories.TryGetValue(use.Kind, out var factory)) return null;
        var when = ExpressionCompiler.Condition(use.When, path + ".when", problems);
        var digest = ConfigDigests.Of(use);
        var policy = store.Policy(identity, digest, use.Kind, out var state);
        if (policy is null)
        {
            policy = factory.Create(use.Settings, new PolicySetup(problems, path + "." + use.Kind));
            if (policy is null) return null;
            New.Add(policy);
        }

        return new MadePolicy(identity, digest, policy, state, when, use.Mode == PolicyMode.Shadow);
    }

    private void Error(string path, string code, string message)
        => problems.Report(new ConfigProblem(ProblemSeverity.Error, path, code, message));
}

/// <summary>A policy with what its uses need.</summary>
internal sealed record MadePolicy(string Name, string Digest, Policy Policy, PolicyState State, Condition? When, bool Shadow);
