using Microsoft.Extensions.Logging;
using Weir.Proxy;
using Weir.Proxy.Model;

namespace Weir.Logging;

/// <summary>
/// What loops report, written by the thread pool: a loop never waits for standard error. A storm is cut to a few lines a second of
/// each kind, and what was left out is counted. Thread-safe.
/// </summary>
internal sealed class LoopReports(ILogger log, TimeProvider time)
{
    private const int MostPerSecond = 5;
    private const double MostForLoading = 100;

    private readonly Budget _faults = new();
    private readonly Budget _turns = new();

    public void Fault(Exception fault, string where)
    {
        if (!_faults.TryTake(time, out var missed)) return;
        Later(() =>
        {
            log.Fault(fault, where.Length == 0 ? "an exchange" : where);
            if (missed > 0) log.FaultsNotShown(missed);
        });
    }

    // What is run for the first time is loaded then: that is no matter for a warning unless it takes really long.
    public void SlowTurn(int loop, TimeSpan duration, string steps, bool first)
    {
        if (!_turns.TryTake(time, out _)) return;
        var milliseconds = Math.Round(duration.TotalMilliseconds, 1);
        if (first && milliseconds < MostForLoading) Later(() => log.ColdTurn(loop, milliseconds, steps));
        else Later(() => log.SlowTurn(loop, milliseconds, steps));
    }

    public void MirrorDiffers(MirrorDifference difference)
        => Later(() => log.MirrorDiffers(difference.Route, difference.Cluster, difference.What, difference.RequestId, difference.Untold));

    public void Cluster(ClusterChange change) => Later(() => log.Cluster(change));

    private static void Later(Action action) => ThreadPool.UnsafeQueueUserWorkItem(static a => a(), action, preferLocal: false);

    private sealed class Budget
    {
        private readonly Lock _gate = new();
        private long _second;
        private int _taken;
        private long _missed;

        public bool TryTake(TimeProvider time, out long missed)
        {
            var second = time.GetTimestamp() / time.TimestampFrequency;
            missed = 0;
            lock (_gate)
            {
                if (second != _second) (_second, _taken) = (second, 0);
                if (_taken++ >= MostPerSecond)
                {
                    _missed++;
                    return false;
                }

                (missed, _missed) = (_missed, 0);
                return true;
            }
        }
    }
}
