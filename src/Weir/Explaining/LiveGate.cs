using System.Globalization;
using Weir.Control;
using Weir.Http;
using Weir.Proxy.Responses;

namespace Weir.Explaining;

/// <summary>What a running cluster would make of a request before an endpoint is asked.</summary>
internal static class LiveGate
{
    /// <summary>Null when it lets it through.</summary>
    public static ExplainedGate? Of(Explanation x, ClusterView live)
    {
        if (live is { Breaker: "open", HalfOpenIn: > 0 and var rest }) return Refused(Refusal.BreakerOpen, string.Create(CultureInfo.InvariantCulture, $"half open in {Math.Ceiling(rest)} s"));
        if (x.Breaker is { } breaker)
        {
            if (live.RequestsLimit is { } limit && PlaceOf(x.Criticality, breaker, live, limit) is { } gate) return gate;
            var endpoints = live.Endpoints.Where(static e => e.Share > 0).ToList();
            if (breaker.EndpointRequests > 0 && endpoints.Count > 0 && endpoints.All(e => e.Active >= breaker.EndpointRequests))
                return Refused(Refusal.ClusterBusy, string.Create(CultureInfo.InvariantCulture, $"each endpoint has its {breaker.EndpointRequests} requests"));
        }

        if (live.Queued > 0) return new ExplainedGate(null, 0, string.Create(CultureInfo.InvariantCulture, $"waits for a connection, as {live.Queued} do"));
        return live.Breaker == "half-open" ? new ExplainedGate(null, 0, "may be one that the half-open breaker lets try, else 503 breaker-open") : null;
    }

    private static ExplainedGate? PlaceOf(string? criticality, ExplainedBreaker breaker, ClusterView live, int limit)
    {
        var (isSheddable, isCritical) = (criticality == "sheddable", criticality == "critical");
        if (live.Requests < (isSheddable ? Math.Max(1, limit * 4 / 5) : limit) && (live.Waiting == 0 || isCritical)) return null;
        var full = string.Create(CultureInfo.InvariantCulture, $"{live.Requests} of {limit} requests in flight");
        if (isSheddable || breaker.Queue == 0 || (live.Waiting >= breaker.Queue && !isCritical)) return Refused(Refusal.ClusterBusy, full);
        return new ExplainedGate(null, 0, string.Create(CultureInfo.InvariantCulture, $"waits up to {breaker.QueueTimeout}, as {live.Waiting} do: {full}"));
    }

    private static ExplainedGate Refused(Refusal refusal, string why) => new(RefusalTable.NameOf(refusal), RefusalTable.Of(refusal).Status, why);
}
