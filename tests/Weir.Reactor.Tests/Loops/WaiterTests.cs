using Weir.Reactor.Waiting;

namespace Weir.Reactor.Tests.Loops;

public sealed class WaiterTests : IDisposable
{
    private readonly TestLoop _loop = new();

    public void Dispose() => _loop.Dispose();

    [Fact]
    public void ASecondMethodIsRefusedWhileOneWaits() => _loop.Run(async () =>
    {
        var waiter = new Waiter(_loop.Loop);
        var first = WaitAsync(waiter);
        await Should.ThrowAsync<InvalidOperationException>(async () => await WaitAsync(waiter));
        waiter.Signal();
        (await first).ShouldBe(WaitResult.Ready);
    });

    [Fact]
    public void TheOutcomeOfOneMethodIsNotTakenByAnother() => _loop.Run(async () =>
    {
        // The first was interrupted and is on the ready list; a second finds the signal that came since.
        var waiter = new Waiter(_loop.Loop);
        var first = WaitAsync(waiter);
        waiter.Interrupt();
        waiter.SetSignal();
        (await waiter.Wait()).ShouldBe(WaitResult.Ready);
        (await first).ShouldBe(WaitResult.Cancelled);
    });

    [Fact]
    public void ASecondMethodIsRefusedUntilTheFirstHasGoneOn() => _loop.Run(async () =>
    {
        var waiter = new Waiter(_loop.Loop);
        var first = WaitAsync(waiter);
        waiter.Interrupt();
        await Should.ThrowAsync<InvalidOperationException>(async () => await WaitAsync(waiter));
        (await first).ShouldBe(WaitResult.Cancelled);
        waiter.Signal();
        (await waiter.Wait()).ShouldBe(WaitResult.Ready);
    });

    [Fact]
    public void ACancelledWaiterEndsAllLaterWaitsUntilReset() => _loop.Run(async () =>
    {
        var waiter = new Waiter(_loop.Loop);
        waiter.Cancel();
        waiter.Signal();
        (await waiter.Wait()).ShouldBe(WaitResult.Cancelled);
        (await waiter.Wait(_loop.Loop.Now + 1)).ShouldBe(WaitResult.Cancelled);
        waiter.Reset();
        (await waiter.Wait(_loop.Loop.Now + 1)).ShouldBe(WaitResult.TimedOut);
    });

    [Fact]
    public void AnInterruptTouchesNoLaterWait() => _loop.Run(async () =>
    {
        var waiter = new Waiter(_loop.Loop);
        waiter.Interrupt();
        (await waiter.Wait(_loop.Loop.Now + 1)).ShouldBe(WaitResult.TimedOut);
    });

    [Fact]
    public void ADeadlineOfAnEarlierWaitDoesNotEndALaterOne() => _loop.Run(async () =>
    {
        var waiter = new Waiter(_loop.Loop);
        var first = WaitAsync(waiter, _loop.Loop.Now + 5);
        waiter.Signal();
        (await first).ShouldBe(WaitResult.Ready);
        waiter.Clear();
        var begun = _loop.Loop.Now;
        (await waiter.Wait(begun + 40)).ShouldBe(WaitResult.TimedOut);
        (_loop.Loop.Now - begun).ShouldBeGreaterThanOrEqualTo(40);
    });

    [Fact]
    public void ADeadlineInThePastEndsTheWaitButNotInline() => _loop.Run(async () =>
    {
        var waiter = new Waiter(_loop.Loop);
        var waiting = WaitAsync(waiter, _loop.Loop.Now - 1000);
        waiting.IsCompleted.ShouldBeFalse();
        (await waiting).ShouldBe(WaitResult.TimedOut);
    });

    [Fact]
    public void AWaiterIsRefusedOffItsLoop()
    {
        var waiter = new Waiter(_loop.Loop);
        Should.Throw<InvalidOperationException>(async () => await waiter.Wait());
    }

    private static async ValueTask<WaitResult> WaitAsync(Waiter waiter, long deadline = long.MaxValue) => await waiter.Wait(deadline);
}
