using Weir.Proxy.Model;

namespace Weir.Proxy.Upstream;

/// <summary>
/// The share of a cluster's latest requests that may be sent again, over all loops: so a cluster that fails altogether is asked little more
/// than without retries, and one of which a part fails in one moment has enough for all that were there.
/// </summary>
internal static class RetryBudget
{
    /// <summary>An exchange that might retry is about to be sent.</summary>
    public static void Look(Exchange x, Cluster cluster) => cluster.State.Retries.Look(x.Owner.Loop.Now, cluster.State.Begun);

    /// <summary>A retry that the budget does not pay for.</summary>
    public static void Excuse(Exchange x, Cluster cluster) => cluster.State.Retries.Excuse(x.Owner.Loop.Now, cluster.State.Begun);

    public static bool TryTake(Exchange x, RetryRule rule, Cluster cluster)
        => cluster.State.Retries.TryTake(x.Owner.Loop.Now, cluster.State.Begun, rule.BudgetPercent, rule.BudgetFloor);
}
