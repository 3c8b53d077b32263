using Weir.Sdk.Expressions;
using Weir.Sdk.Policies;

namespace Weir.Proxy.Model;

/// <summary>A use of a policy in a chain. Immutable but for its counters.</summary>
internal sealed class PolicyStep
{
    public required string Name { get; init; }

    public required Policy Policy { get; init; }

    /// <summary>Skipped where this is false.</summary>
    public Condition? When { get; init; }

    /// <summary>Its edits are taken back and its verdict is only counted.</summary>
    public bool Shadow { get; init; }

    /// <summary>Position in the chain's file order, for the mask of entered policies.</summary>
    public required int Ordinal { get; init; }

    /// <summary>It has a request phase.</summary>
    public bool TakesRequests { get; init; }

    public required PolicyState State { get; init; }
}

/// <summary>
/// The policies of a route, one array for each phase, so that a phase that nobody uses costs a test for emptiness. Request and attempt
/// phases run in file order, response phases in reverse.
/// </summary>
internal sealed class PolicyChain
{
    /// <summary>Policies in one chain at most: one bit each in the exchange.</summary>
    public const int MaxSteps = 64;

    public static readonly PolicyChain Empty = new([]);

    public PolicyChain(IReadOnlyList<PolicyStep> steps)
    {
        Steps = steps;
        Request = [.. steps.Where(static s => s.Policy.Phases.HasFlag(PolicyPhases.Request))];
        Attempt = [.. steps.Where(static s => s.Policy.Phases.HasFlag(PolicyPhases.Attempt))];
        UpstreamResponse = [.. steps.Where(static s => s.Policy.Phases.HasFlag(PolicyPhases.UpstreamResponse)).Reverse()];
        Response = [.. steps.Where(static s => s.Policy.Phases.HasFlag(PolicyPhases.Response)).Reverse()];
        Log = [.. steps.Where(static s => s.Policy.Phases.HasFlag(PolicyPhases.Log))];
    }

    public IReadOnlyList<PolicyStep> Steps { get; }

    public PolicyStep[] Request { get; }

    public PolicyStep[] Attempt { get; }

    public PolicyStep[] UpstreamResponse { get; }

    public PolicyStep[] Response { get; }

    public PolicyStep[] Log { get; }
}
