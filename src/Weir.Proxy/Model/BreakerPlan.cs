namespace Weir.Proxy.Model;

/// <summary>What keeps a cluster from more than it can do, as compiled. Milliseconds; 0 for no limit.</summary>
internal sealed record BreakerPlan(int Requests, int EndpointRequests, int Queue, int QueueTimeout, ErrorRatePlan? Errors, AdaptivePlan? Adaptive)
{
    /// <summary>Requests that may be in flight at the moment, with no more than there may be at its endpoints.</summary>
    public int Limit(ClusterState state)
    {
        var limit = Adaptive is { } adaptive ? state.Gradient.Limit(adaptive) : Requests > 0 ? Requests : int.MaxValue;
        return EndpointRequests == 0 ? limit : (int)Math.Min(limit, (long)EndpointRequests * Math.Max(1, state.All.Set.Open.Length));
    }
}

/// <summary>When the breaker opens, for how long, and after how many successes it closes.</summary>
internal sealed record ErrorRatePlan(double Percent, int Volume, int Interval, int Open, int Trials);

/// <summary>How the limit of requests in flight is found.</summary>
internal sealed record AdaptivePlan(int Initial, int Min, int Max, double Tolerance);
