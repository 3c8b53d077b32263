using System.Diagnostics;
using Weir.Load.Loads;
using Weir.Load.Peers;

namespace Weir.Load.Measure;

/// <summary>One peer in one round. Times in microseconds.</summary>
internal sealed record Sample
{
    public required int Round { get; init; }

    /// <summary>CPU time of the proxy per request that reached the origin in the window.</summary>
    public double Cpu { get; init; }

    public double User { get; init; }

    public double System { get; init; }

    public long Requests { get; init; }

    public double PerSecond { get; init; }

    /// <summary>Share of its CPU that the proxy used in the window.</summary>
    public double Busy { get; init; }

    public double P50 { get; init; }

    public double P99 { get; init; }

    /// <summary>Why it does not count; null if it does.</summary>
    public string? Invalid { get; init; }
}

/// <summary>Takes a sample: load, a lead-in that does not count, then a window between two readings of CPU time and of the origin's count.</summary>
internal sealed class Sampler(IRequestCount origin, CancellationToken cancel)
{
    private static readonly TimeSpan LeadIn = TimeSpan.FromMilliseconds(600);

    public Sample Take(RunningPeer peer, LoadShape load, int round, int windowSeconds)
    {
        peer.MustLive();
        IReadOnlyList<int> processes = ProcessGroup.Members(peer.ProcessGroup);
        long before = origin.Count();
        long began = Stopwatch.GetTimestamp();
        int loadSeconds = windowSeconds + 1;
        using LoadRun run = load.Start(peer.Port, loadSeconds);
        Wait(LeadIn);
        Reading first = Read(processes);
        Wait(TimeSpan.FromSeconds(windowSeconds));
        Reading last = Read(processes);
        bool late = Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(loadSeconds);
        LoadResult result = run.Finish(cancel);
        peer.MustLive();
        long reached = origin.Count() - before - 3;
        peer.EmptyLog();

        long requests = last.Count - first.Count - 1;
        CpuTime cpu = last.Cpu - first.Cpu;
        double seconds = Stopwatch.GetElapsedTime(first.At, last.At).TotalSeconds;
        double perRequest = cpu.Nanoseconds / 1000.0 / Math.Max(1, requests);
        double userShare = cpu.UserTicks / (double)Math.Max(1, cpu.UserTicks + cpu.SystemTicks);
        return new Sample
        {
            Round = round,
            Cpu = perRequest,
            User = perRequest * userShare,
            System = perRequest * (1 - userShare),
            Requests = requests,
            PerSecond = requests / seconds,
            Busy = cpu.Nanoseconds / 1e9 / seconds,
            P50 = result.P50,
            P99 = result.P99,
            Invalid = Judge(requests, reached, result, late),
        };
    }

    private static string? Judge(long requests, long reached, LoadResult result, bool late)
    {
        if (result.Failures > 0)
            return result.Problem;
        if (late)
            return "the window ran on after the load had ended (the machine is too busy)";
        if (requests < 100)
            return $"only {requests} requests in the window";

        // What the client saw answered and what the origin was asked differ by the requests in flight at the end, never by more.
        long difference = Math.Abs(reached - result.Requests);
        return difference <= 2048 ? null : $"the client saw {result.Requests} responses, the origin {reached} requests";
    }

    /// <summary>CPU time is read on both sides of the count, and their mean taken, since the count itself takes time under load.</summary>
    private Reading Read(IReadOnlyList<int> processes)
    {
        long at = Stopwatch.GetTimestamp();
        CpuTime before = CpuTime.Of(processes);
        long count = origin.Count();
        CpuTime after = CpuTime.Of(processes);
        return new Reading(at, count, after with { Nanoseconds = before.Nanoseconds + ((after.Nanoseconds - before.Nanoseconds) / 2) });
    }

    private void Wait(TimeSpan time)
    {
        if (cancel.WaitHandle.WaitOne(time))
            cancel.ThrowIfCancellationRequested();
    }

    private readonly record struct Reading(long At, long Count, CpuTime Cpu);
}
