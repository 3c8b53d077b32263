using Weir.Proxy.Model;

namespace Weir.Proxy.Upstream;

/// <summary>
/// Decides whether another attempt follows one. The order is that of cost: what is known of the attempt first, then what is known of the
/// exchange, the shared budget last, so that nothing is taken from it in vain.
/// </summary>
internal static class Retries
{
    /// <summary>Another attempt follows, after <paramref name="delay"/> milliseconds; the budget has paid for it then.</summary>
    public static bool IsDue(Exchange x, RetryRule rule, Cluster cluster, in AttemptResult result, out long delay)
    {
        delay = 0;
        var fault = result.Fault;
        if (fault == AttemptFault.None || !rule.Covers(fault) || (fault == AttemptFault.Status && !rule.CoversStatus(x.Response.Status))) return false;
        if (x.IsClientGone || x.IsExpired) return false;
        var stop = Stop(x, rule, cluster, result, out delay);
        Note(x, result, stop);
        return stop == RetryStop.None;
    }

    private static RetryStop Stop(Exchange x, RetryRule rule, Cluster cluster, in AttemptResult result, out long delay)
    {
        delay = 0;
        if (x.HasInterim || !(result.IsUntouched || rule.IsRepeatable(x.Request))) return RetryStop.Unsafe;
        // What was kept may all have ended, as behind a NAT that forgot: that is no reason to give up.
        var isExcused = result.SaysNothingOfLoad && result.Fault != AttemptFault.RefusedStream && !x.WantsFresh && rule.Attempts > 1;
        if (x.AttemptsHere >= rule.Attempts && !isExcused) return RetryStop.Attempts;
        if (x.HasLostBody) return RetryStop.Buffer;
        if (ClusterGate.IsShut(cluster)) return RetryStop.Breaker;
        var asked = result.Fault == AttemptFault.Status ? Backoff.Asked(x) : 0;
        if (asked > rule.MaxRetryAfter) return RetryStop.RetryAfter;
        delay = Math.Max(asked, result.SaysNothingOfLoad || (x.AttemptsHere == 1 && IsOneLeft(x)) ? 0 : Backoff.Next(rule, x.AttemptsHere));
        if (delay > 0 && x.Owner.Loop.Now + delay >= x.Deadline) return RetryStop.Deadline;
        // What no endpoint worked on is no more work than one attempt: without this, a dead endpoint would cost what the budget does not hold.
        if (result.IsUntouched || result.SaysNothingOfLoad)
        {
            RetryBudget.Excuse(x, cluster);
            if (isExcused) x.ExcuseStale();
            return RetryStop.None;
        }

        return RetryBudget.TryTake(x, rule, cluster) ? RetryStop.None : RetryStop.Budget;
    }

    // Another endpoint can be picked that was not tried.
    private static bool IsOneLeft(Exchange x)
    {
        foreach (var endpoint in x.Forward!.Choice.Set.Open)
            if (!x.Tried.Contains(endpoint.State)) return true;
        return false;
    }

    private static void Note(Exchange x, in AttemptResult result, RetryStop stop)
    {
        var counters = x.Endpoint!.PerLoop[x.Owner.Index];
        if (stop == RetryStop.None) counters.Retried[(int)result.Fault]++;
        else counters.NotRetried[(int)stop]++;
        x.RetryStop = stop;
        x.AttemptFaults = x.AttemptFaults.With(result.Fault, x.Response.Status);
    }
}

/// <summary>What an attempt came to.</summary>
/// <param name="IsAnswered">There is a response head in the exchange.</param>
/// <param name="Fault">What another attempt might mend.</param>
/// <param name="IsUntouched">No endpoint can have acted on the request.</param>
/// <param name="SaysNothingOfLoad">A kept connection had ended, or a connection was leaving: that is no sign of an endpoint in need of a pause.</param>
internal readonly record struct AttemptResult(bool IsAnswered, AttemptFault Fault, bool IsUntouched, bool SaysNothingOfLoad)
{
    /// <summary>There is no way on from it; the refusal says why.</summary>
    public static AttemptResult Failed => default;
}
