using Weir.Reactor.Waiting;

namespace Weir.Reactor.Tests.Loops;

public class PostTests
{
    [Fact]
    public void PostsOfOneThreadRunInTheirOrder()
    {
        using var loop = new TestLoop();
        const int each = 20_000;
        var last = new int[3];
        var threads = Enumerable.Range(0, last.Length).Select(t => new Thread(() =>
        {
            for (var i = 1; i <= each; i++)
            {
                var n = i;
                loop.Loop.Post(_ => last[t] = last[t] == n - 1 ? n : int.MinValue, null);
            }
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        loop.Get(() => last.All(n => n == each)).ShouldBeTrue();
    }

    [Fact]
    public void NoPostIsMissedByALoopOnItsWayToSleep()
    {
        using var loop = new TestLoop();
        using var ran = new SemaphoreSlim(0);
        // Each post meets the loop at another point of its pass.
        for (var i = 0; i < 20_000; i++)
        {
            loop.Loop.Post(static s => ((SemaphoreSlim)s!).Release(), ran);
            Thread.SpinWait(i % 500);
            ran.Wait(10_000).ShouldBeTrue();
        }
    }

    [Fact]
    public void WhatIsPostedBeforeStartRunsFirst()
    {
        using var loop = new Loop(0);
        var order = new List<int>();
        using var done = new ManualResetEventSlim();
        loop.Post(_ => order.Add(1), null);
        loop.Start();
        loop.Post(_ => order.Add(2), null);
        loop.Post(_ => done.Set(), null);
        done.Wait(10_000).ShouldBeTrue();
        order.ShouldBe([1, 2]);
    }

    [Fact]
    public void APostAfterStopNeitherHangsNorRuns()
    {
        var loop = new Loop(0);
        loop.Start();
        loop.Stop();
        var ran = false;
        for (var i = 0; i < 1000; i++) loop.Post(_ => ran = true, null);
        loop.Stop();
        loop.Dispose();
        loop.Post(_ => ran = true, null);
        loop.Wake();
        loop.Dispose();
        ran.ShouldBeFalse();
    }

    [Fact]
    public void ALoopThatNeverStartedStopsAndIsDisposed()
    {
        var before = Descriptors.Count();
        var loop = new Loop(0);
        loop.Stop();
        loop.Dispose();
        Descriptors.Count().ShouldBe(before);
    }

    [Fact]
    public void WhatIsPostedBeforeStopStillRuns()
    {
        using var loop = new Loop(0);
        loop.Start();
        var ran = 0;
        for (var i = 0; i < 1000; i++) loop.Post(_ => ran++, null);
        loop.Stop();
        ran.ShouldBe(1000);
    }

    [Fact]
    public void ALoopStopsFromItsOwnThread()
    {
        var loop = new Loop(0);
        loop.Start();
        loop.Post(_ => loop.Stop(), null);
        loop.Stop();
        loop.Dispose();
    }

    [Fact]
    public void ALoopRefusesToDisposeItself()
    {
        using var loop = new TestLoop();
        Should.Throw<InvalidOperationException>(() => loop.Do(loop.Loop.Dispose));
    }

    [Fact]
    public void LoopsThatEndWhileTheyAreWokenLeaveNothing()
    {
        var before = Descriptors.Count();
        for (var i = 0; i < 200; i++)
        {
            var loop = new Loop(0);
            loop.Start();
            var poster = new Thread(() =>
            {
                for (var n = 0; n < 50; n++) loop.Wake();
            });
            poster.Start();
            loop.Dispose();
            poster.Join();
        }

        Descriptors.Count().ShouldBe(before);
    }

    [Fact]
    public void PostsThatPostDoNotKeepTheLoopFromItsTimers()
    {
        using var loop = new TestLoop();
        var stopped = false;
        void Again(object? state)
        {
            if (!Volatile.Read(ref stopped)) loop.Loop.Post(Again, null);
        }

        loop.Loop.Post(Again, null);
        loop.Run(async () =>
        {
            (await new Waiter(loop.Loop).Wait(loop.Loop.Now + 5)).ShouldBe(WaitResult.TimedOut);
            stopped = true;
        });
    }

    [Fact]
    public void AMovedClockIsSeenByALoopOnItsWayToSleep()
    {
        var clock = new ManualClock();
        using var loop = new TestLoop(new LoopOptions { Time = clock });
        using var fired = new SemaphoreSlim(0);
        var method = loop.Begin(async () =>
        {
            var waiter = new Waiter(loop.Loop);
            for (var i = 0; i < 5000; i++)
            {
                var wait = waiter.Wait(loop.Loop.Now + 1_000_000);
                fired.Release();
                await wait;
            }

            fired.Release();
        });
        fired.Wait(10_000).ShouldBeTrue();
        for (var i = 0; i < 5000; i++)
        {
            Thread.SpinWait(i % 700);
            clock.Advance(1_000_000);
            loop.Loop.Wake();
            fired.Wait(10_000).ShouldBeTrue($"The loop slept over move {i} of the clock.");
        }

        TestLoop.Finish(method);
    }
}
