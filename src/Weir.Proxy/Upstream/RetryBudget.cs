using Weir.Proxy.Model;

namespace Weir.Proxy.Upstream;

/// <summary>
/// The share of a cluster's exchanges that may be in retries at once, over all loops: so a cluster that fails altogether is asked little
/// more than without retries. An exchange that was let through keeps its place until it is over.
/// </summary>
internal static class RetryBudget
{
    public static bool TryTake(Exchange x, RetryRule rule, Cluster cluster)
    {
        var firsts = Math.Max(0, cluster.State.Active - cluster.State.Retrying);
        if (!cluster.State.TryBeginRetry(Math.Max(rule.BudgetFloor, (long)(firsts * rule.BudgetPercent / 100)))) return false;
        x.HoldsRetry = true;
        return true;
    }

    public static void Return(Exchange x, Cluster cluster)
    {
        if (!x.HoldsRetry) return;
        x.HoldsRetry = false;
        cluster.State.EndRetry();
    }
}
