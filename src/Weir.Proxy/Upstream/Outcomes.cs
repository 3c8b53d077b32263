using Weir.Http;
using Weir.Proxy.Model;

namespace Weir.Proxy.Upstream;

/// <summary>Whether an attempt failed by its endpoint's fault: what outlier detection goes by.</summary>
internal static class Outcomes
{
    /// <summary>After the attempt's head, or its failure.</summary>
    public static void Note(Exchange x, Cluster cluster, AttemptOutcome outcome)
    {
        x.Answer = outcome == AttemptOutcome.Answered ? x.Response.Status : 0;
        // It may have closed the connection long ago, when it was idle or began anew.
        x.IsStale = outcome == AttemptOutcome.NeverReached && x.Refusal is Refusal.UpstreamClosed or Refusal.UpstreamReset;
        if (cluster.Outliers.Latency > 0 && x.Answer > 0) Time(x);
    }

    /// <summary>When the attempt is over: a body may have been cut off since.</summary>
    public static void Count(Exchange x, EndpointState endpoint, EndpointCounters counters)
    {
        if ((IsFault(x.Refusal, x.IsStream) && !x.IsStale) || x.Answer is 502 or 503 or 504)
        {
            counters.Faults++;
            endpoint.Failed();
        }
        else if (x.Answer > 0 || (x.IsStream && x.Times.Sent != 0))
        {
            endpoint.Succeeded();
        }

        x.Answer = 0;
        x.IsStale = false;
    }

    // Of a TCP connection that is passed on, an end by reset may be the application's own.
    private static bool IsFault(Refusal refusal, bool isStream)
        => refusal is >= Refusal.ConnectFailed and <= Refusal.UpstreamBodyTruncated and not (Refusal.QueueFull or Refusal.QueueTimeout) && (!isStream || refusal < Refusal.QueueFull);

    private static void Time(Exchange x)
    {
        var counters = x.LastEndpoint!.PerLoop[x.Owner.Index];
        counters.Timed++;
        counters.TimeToAnswer += x.Owner.Loop.Time.GetElapsedTime(x.Times.Connecting, x.Owner.Loop.TurnTimestamp).TotalMicroseconds;
    }
}
