using Weir.Http;
using Weir.Sdk.Policies;

namespace Weir.Sdk.Testing;

/// <summary>One phase of a run: what the policy decided, what it allocated on the calling thread, and how long it waited in <c>DelayAsync</c>.</summary>
public sealed record PhaseRun(PolicyPhases Phase, Verdict Verdict, long AllocatedBytes, TimeSpan Delayed);

/// <summary>What a policy did to an exchange. The heads as they are now are read from the exchange.</summary>
public sealed class PolicyRun(IReadOnlyList<PhaseRun> phases)
{
    /// <summary>The phases that ran, in order.</summary>
    public IReadOnlyList<PhaseRun> Phases => phases;

    /// <summary>The first verdict that was not to go on, or Continue.</summary>
    public Verdict Verdict => phases.Select(p => p.Verdict).FirstOrDefault(v => v.Kind != VerdictKind.Continue);

    /// <summary>Why the exchange was refused; None when it was not.</summary>
    public Refusal Refusal => Verdict.Refusal;

    /// <summary>Bytes that the policy allocated in all phases.</summary>
    public long AllocatedBytes => phases.Sum(p => p.AllocatedBytes);

    /// <summary>A phase of this run; null when it did not run.</summary>
    public PhaseRun? this[PolicyPhases phase] => phases.FirstOrDefault(p => p.Phase == phase);
}
