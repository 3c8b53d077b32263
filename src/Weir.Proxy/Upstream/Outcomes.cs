using Weir.Config.Records;
using Weir.Http;
using Weir.Proxy.Model;

namespace Weir.Proxy.Upstream;

/// <summary>What an attempt tells of its endpoint and of its cluster: the one place where that is learnt.</summary>
internal static class Outcomes
{
    /// <summary>After the attempt's head, or its failure.</summary>
    public static void Note(Exchange x, Cluster cluster, in AttemptResult result)
    {
        x.Answer = result.IsAnswered ? x.Response.Status : 0;
        // The endpoint may have closed the connection long ago, when it was idle or began anew.
        x.IsStale = !result.IsAnswered && result.SaysNothingOfLoad;
        if (x.Owner.LogsExchanges) Log(x);
        if (!cluster.LearnsFromOutcomes || x.IsClientGone || x.LastEndpoint is not { } endpoint) return;
        if (x.IsCalledOff)
        {
            Overtaken(x, cluster, endpoint);
            return;
        }

        if (!result.IsAnswered && (SaysNothing(x.Refusal) || IsExcused(x))) return;
        var took = result.IsAnswered ? TimeToAnswer(x) : Elapsed(x, x.Times.Connecting);
        if (cluster.Outliers.Latency > 0 && result.IsAnswered && took > 0) Time(x, endpoint, took);
        if (IsCompared(x, cluster, endpoint)) Average(x, cluster, endpoint, took);
        if (cluster.Breaker is { } plan && !x.IsStale) ClusterGate.Note(x, cluster.State, plan, took, result.IsAnswered);
    }

    /// <summary>A TCP connection was made, or could not be.</summary>
    public static void NoteStream(Exchange x, Cluster cluster, bool isConnected)
    {
        if (x.Owner.LogsExchanges) Log(x);
        if (cluster.Breaker is { } plan && !x.IsClientGone && (isConnected || !SaysNothing(x.Refusal))) ClusterGate.Note(x, cluster.State, plan, 0, isConnected);
    }

    /// <summary>When the attempt is over: a body may have been cut off since.</summary>
    public static void Count(Exchange x, EndpointState endpoint, EndpointCounters counters)
    {
        counters.Attempts++;
        if (x.Refusal is >= Refusal.NoEndpoint and < Refusal.ClientGone) counters.Failures++;
        else if (!IsAnswered(x)) counters.Cancelled++;
        if ((IsFault(x.Refusal, x.IsStream) && !x.IsStale && !IsExcused(x)) || ClusterGate.IsNobodys(x.Answer))
        {
            counters.Faults++;
            endpoint.Failed(IsFault(x.Refusal, x.IsStream) && !x.IsStale ? x.Refusal : Refusal.None, x.Answer);
        }
        else if (IsAnswered(x))
        {
            endpoint.Succeeded();
        }

        x.Answer = 0;
        x.IsStale = false;
    }

    private static bool IsAnswered(Exchange x) => x.Answer > 0 || (x.IsStream && x.Times.Sent != 0);

    // An exchange with one attempt has all of it in its record anyway; but nobody knows yet whether another follows.
    private static void Log(Exchange x)
    {
        var marks = x.IsCalledOff && x.Refusal == Refusal.ClientGone ? AttemptMarks.Cancelled : AttemptMarks.None;
        var took = Math.Min(Elapsed(x, x.Times.Connecting), int.MaxValue);
        x.AttemptLog.Add(new AttemptNote(x.LastEndpoint!.Url, (int)took, (short)x.Answer, x.Refusal, marks));
    }

    // Who waited for a connection in vain, or broke off by itself, says nothing of the endpoint.
    private static bool SaysNothing(Refusal refusal) => refusal is < Refusal.NoEndpoint or >= Refusal.ClientGone or Refusal.QueueFull or Refusal.QueueTimeout;

    private static bool IsExcused(Exchange x) => x.IsEndpointExcused && x.Refusal == Refusal.UpstreamTimeout;

    // Of a TCP connection that is passed on, an end by reset may be the application's own.
    private static bool IsFault(Refusal refusal, bool isStream)
        => refusal is >= Refusal.ConnectFailed and <= Refusal.UpstreamBodyTruncated and not (Refusal.QueueFull or Refusal.QueueTimeout) && (!isStream || refusal < Refusal.QueueFull);

    // From the attempt's beginning to the first byte of the answer.
    private static void Time(Exchange x, EndpointState endpoint, double took)
    {
        var counters = endpoint.PerLoop[x.Owner.Index];
        counters.Timed++;
        counters.TimeToAnswer += took;
    }

    // Alone it is compared with none; while it warms up, by its requests in flight alone.
    private static bool IsCompared(Exchange x, Cluster cluster, EndpointState endpoint)
        => cluster.ComparesTimes && x.Forward!.Choice.Set.Open.Length > 1 && !endpoint.IsWarming;

    // It would have taken longer still. The second of two had less time, and says nothing when the first one wins.
    private static void Overtaken(Exchange x, Cluster cluster, EndpointState endpoint)
    {
        if (x.Twin is null || x.Times.Sent == 0 || !IsCompared(x, cluster, endpoint)) return;
        var (took, now) = (TimeToAnswer(x), x.Owner.Loop.Now);
        if (took > endpoint.Latency.At(now)) endpoint.Latency.Add(took, now, cluster.Balancer == BalancerKind.LeastTime);
    }

    private static void Average(Exchange x, Cluster cluster, EndpointState endpoint, double took)
    {
        var (now, peaks) = (x.Owner.Loop.Now, cluster.Balancer == BalancerKind.LeastTime);
        // An answer that says that nobody serves is mostly a quick one, and would draw all requests here.
        if (x.Answer == 0 || ClusterGate.IsNobodys(x.Answer))
        {
            // Who fails in a row is ejected, if it is not avoided before that shows.
            if (!x.IsStale && (peaks || cluster.Outliers.Consecutive == 0)) endpoint.Latency.AddFailure(took, now, peaks);
        }
        else if (took > 0)
        {
            endpoint.Latency.Add(took, now, peaks);
        }
    }

    // Microseconds from when the whole request was sent, or a new connection's making would be taken for slowness; 0 when that was not over before.
    private static double TimeToAnswer(Exchange x)
        => x.IsPumping ? 0 : Elapsed(x, x.HasPumped ? Math.Max(x.Times.Sent, x.Times.BodySent) : x.Times.Sent);

    private static double Elapsed(Exchange x, long from)
        => Math.Max(0, x.Owner.Loop.Time.GetElapsedTime(from, x.Owner.Loop.TurnTimestamp).TotalMicroseconds);
}
