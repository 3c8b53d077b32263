using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Proxy.Balancing;
using Weir.Proxy.Model;
using Weir.Proxy.Requests;

namespace Weir.Proxy.Upstream;

/// <summary>
/// An attempt that takes longer than most gets a second one beside it, at another endpoint: the first acceptable response wins, and the
/// loser is cancelled. Within the budget of retries.
/// </summary>
internal static class Hedge
{
    /// <summary>Only what may be sent twice, has nothing to send but its head, and stays HTTP.</summary>
    public static bool IsFit(Exchange x, RetryRule rule)
        => x.AttemptsHere == 1 && rule.Attempts > 1 && rule.IsRepeatable(x.Request) && !x.HasBodyToSend && Upgrades.Requested(x).IsEmpty && !Upgrades.IsConnect(x.Request);

    /// <summary>Runs the first attempt, already counted, and perhaps a second.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    public static async ValueTask<AttemptResult> RunAsync(Exchange x, RetryRule rule, Cluster cluster, Endpoint endpoint)
    {
        var latencies = cluster.State.Latencies[x.Owner.Index];
        var delay = Delay(rule, latencies);
        if (delay < 0)
        {
            var begun = x.Owner.Loop.TurnTimestamp;
            var alone = await Attempt.RunAsync(x, cluster, endpoint);
            Outcomes.Note(x, cluster, alone);
            if (alone.IsAnswered) Note(x, latencies, begun);
            return alone;
        }

        var race = x.Owner.RentRace();
        var started = x.Owner.Loop.TurnTimestamp;
        race.Start(x, cluster, endpoint, isSecond: false);
        var due = x.Owner.Loop.Now + delay;
        while (!race.IsFirstOver && x.Owner.Loop.Now < due) await race.News(due);
        var isTwice = !race.IsFirstOver && TryStartSecond(x, rule, cluster, race);
        while (!IsDecided(race, isTwice, rule, x)) await race.News(long.MaxValue);

        // What was not answered yet took at least so long: without it the estimate would know the quick ones alone.
        if (!race.IsFirstOver || race.First.IsAnswered) Note(x, latencies, started);
        var result = race.First;
        if (isTwice) result = await SettleAsync(x, rule, race);
        race.End();
        return result;
    }

    // Milliseconds; negative while it is not known.
    private static long Delay(RetryRule rule, LatencyEstimate latencies)
    {
        if (rule.HedgePercentile == 0) return rule.HedgeDelay;
        var known = latencies.Percentile(rule.HedgePercentile);
        return known < 0 ? (rule.HedgeDelay > 0 ? rule.HedgeDelay : -1) : Math.Max(Math.Max(1, rule.HedgeDelay), (known + 999) / 1000);
    }

    private static bool TryStartSecond(Exchange x, RetryRule rule, Cluster cluster, Race race)
    {
        if (x.IsCancelled || x.HasInterim || ClusterGate.IsShut(cluster)) return false;
        var other = Balancer.Pick(x, cluster, x.Forward!.Choice, x.Tried);
        if (other is null || other.State == x.Endpoint || other.State.Active >= cluster.MaxEndpointRequests) return false;
        // What the budget refuses was never begun, or it would count as a request there.
        if (!RetryBudget.TryTake(x, rule, cluster) || !other.State.TryBeginAttempt(cluster.MaxEndpointRequests)) return false;
        x.Tried.Add(other.State);
        x.Attempts++;
        var twin = x.BeginTwin();
        twin.Endpoint = twin.LastEndpoint = other.State;
        other.State.PerLoop[x.Owner.Index].Hedges++;
        race.Start(twin, cluster, other, isSecond: true);
        return true;
    }

    private static bool IsDecided(Race race, bool isTwice, RetryRule rule, Exchange x)
        => (race.IsFirstOver && (!isTwice || IsAcceptable(race.First, x, rule)))
            || (isTwice && race.IsSecondOver && (race.IsFirstOver || IsAcceptable(race.Second, x.Twin!, rule)));

    private static bool IsAcceptable(in AttemptResult result, Exchange x, RetryRule rule)
        => result.IsAnswered && !(rule.Covers(AttemptFault.Status) && rule.CoversStatus(x.Response.Status));

    // One has won, or both are over: what is left of the loser is ended, and the exchange has the winner's.
    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<AttemptResult> SettleAsync(Exchange x, RetryRule rule, Race race)
    {
        var twin = x.Twin!;
        var cluster = x.Forward!.Cluster;
        var isSecondBest = race.IsSecondOver && race.Second.IsAnswered
            && (!race.IsFirstOver || !race.First.IsAnswered || (!IsAcceptable(race.First, x, rule) && IsAcceptable(race.Second, twin, rule)));
        if (!isSecondBest)
        {
            if (!race.IsSecondOver) twin.CallOff();
            while (!race.IsSecondOver) await race.News(long.MaxValue);
            if (race.First.IsAnswered) x.AttemptLog.Mark(AttemptMarks.Won);
            x.AttemptLog.AddLast(twin.AttemptLog, AttemptMarks.Hedge);
            LetGo(twin, cluster);
            x.EndTwin();
            return race.First;
        }

        if (!race.IsFirstOver) x.CallOff();
        while (!race.IsFirstOver) await race.News(long.MaxValue);
        x.AttemptLog.AddLast(twin.AttemptLog, AttemptMarks.Hedge | AttemptMarks.Won);
        LetGo(x, cluster);
        x.ForgetCallOff();
        twin.Endpoint!.PerLoop[x.Owner.Index].HedgesWon++;
        x.Adopt(twin);
        x.EndTwin();
        return race.Second;
    }

    // A response that lost is cut: HTTP/2 says CANCEL, a connection of HTTP/1 is closed.
    private static void LetGo(Exchange loser, Cluster cluster)
    {
        if (loser.Upstream is { } upstream)
        {
            loser.Upstream = null;
            loser.Source = ResponseSource.None;
            loser.Response.Reset();
            loser.ResponseTrailers.Reset();
            upstream.Release(cluster, UpstreamEnd.Close);
        }

        Forwarder.EndAttempt(loser);
    }

    private static void Note(Exchange x, LatencyEstimate latencies, long started)
        => latencies.Add((long)x.Owner.Loop.Time.GetElapsedTime(started, x.Owner.Loop.TurnTimestamp).TotalMicroseconds);
}
