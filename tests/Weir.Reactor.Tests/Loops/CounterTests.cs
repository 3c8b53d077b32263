using System.Diagnostics;
using Weir.Reactor.Timers;

namespace Weir.Reactor.Tests.Loops;

public class CounterTests
{
    [Fact]
    public void ASlowTurnIsCountedAndReportedWithItsDuration()
    {
        var reported = new List<TimeSpan>();
        using var loop = new TestLoop(new LoopOptions { SlowTurn = TimeSpan.FromMilliseconds(200), OnSlowTurn = (_, duration, _) => reported.Add(duration) });
        loop.Do(static () => Thread.Sleep(1));
        loop.Do(static () => Thread.Sleep(260));
        loop.Get(() => loop.Loop.Counters.SlowTurns).ShouldBe(1);
        loop.Get(() => loop.Loop.Counters.LongestTurn).ShouldBeGreaterThan(Stopwatch.Frequency / 5);
        reported.Count.ShouldBe(1);
        reported[0].ShouldBeInRange(TimeSpan.FromMilliseconds(255), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void ASlowTimerASlowContinuationAndASlowEventAreTurnsToo()
    {
        using var loop = new TestLoop(new LoopOptions { SlowTurn = TimeSpan.FromMilliseconds(100) });
        loop.Run(async () =>
        {
            loop.Loop.SetTimer(new SleepingTimer(), loop.Loop.Now + 1);
            await Task.Delay(20);
        });
        loop.Until(() => loop.Loop.Counters.SlowTurns == 1, "the timer's turn is counted");
        loop.Run(async () =>
        {
            await loop.Loop.Yield();
            Thread.Sleep(120);
        });
        loop.Until(() => loop.Loop.Counters.SlowTurns == 2, "the continuation's turn is counted");
        using var far = Peer.Pair(loop, out var transport);
        var method = loop.Begin(async () =>
        {
            await transport.ReceiveAsync(new byte[1]);
            Thread.Sleep(120);
            transport.Close();
        });
        far.Send([1]);
        TestLoop.Finish(method);
        loop.Until(() => loop.Loop.Counters.SlowTurns == 3, "the event's turn is counted");
    }

    [Fact]
    public void WhatALoopDoesIsCounted()
    {
        using var loop = new TestLoop();
        var counters = loop.Loop.Counters;
        var (passes, posts, events, runs) = loop.Get(() => (counters.Passes, counters.Posts, counters.Events, counters.ReadyRuns));
        using var far = Peer.Pair(loop, out var transport);
        loop.Run(async () =>
        {
            for (var i = 0; i < 10; i++) await loop.Loop.Yield();
            transport.Close();
        });
        loop.Get(() => counters.Posts).ShouldBe(posts + 3);
        loop.Get(() => counters.ReadyRuns).ShouldBeGreaterThanOrEqualTo(runs + 10);
        loop.Get(() => counters.Events).ShouldBeLessThanOrEqualTo(events + 1);
        loop.Get(() => counters.Passes).ShouldBeGreaterThan(passes + 10);
        loop.Get(() => counters.BusyTicks).ShouldBeInRange(1, Stopwatch.Frequency * 10);
    }

    [Fact]
    public void AnIdleLoopWithADistantTimerSleeps()
    {
        using var loop = new TestLoop();
        loop.Do(() => loop.Loop.SetTimer(new SleepingTimer(), loop.Loop.Now + 3_600_000));
        Thread.Sleep(50);
        var before = Volatile.Read(ref loop.Loop.Counters.Passes);
        Thread.Sleep(1000);
        (Volatile.Read(ref loop.Loop.Counters.Passes) - before).ShouldBeLessThanOrEqualTo(2);
    }

    [Fact]
    public void TheNumberOfCoresIsTheRuntimesWhichKnowsAffinityAndQuota()
    {
        // A cgroup's quota cannot be set here; that the runtime rounds it up is its documented rule.
        ProcessLimits.Cores.ShouldBe(Environment.ProcessorCount);
        ProcessLimits.Cores.ShouldBeGreaterThanOrEqualTo(1);
    }

    [Fact]
    public void TheLimitOfOpenFilesIsRaisedToTheHardOne()
    {
        var raised = ProcessLimits.RaiseOpenFiles();
        raised.ShouldBeGreaterThan(0);
        ProcessLimits.RaiseOpenFiles().ShouldBe(raised);
    }

    private sealed class SleepingTimer : TimerNode
    {
        protected internal override void OnTimer() => Thread.Sleep(120);
    }
}
