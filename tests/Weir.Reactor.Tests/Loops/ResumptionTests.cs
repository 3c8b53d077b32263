using System.Runtime.CompilerServices;
using Weir.Reactor.Waiting;

namespace Weir.Reactor.Tests.Loops;

/// <summary>A method that was begun on a loop goes on there after every await.</summary>
public sealed class ResumptionTests : IDisposable
{
    private readonly TestLoop _loop = new();

    public void Dispose() => _loop.Dispose();

    [Fact]
    public void AfterATimerAYieldAndASignal() => _loop.Run(async () =>
    {
        var waiter = new Waiter(_loop.Loop);
        (await waiter.Wait(_loop.Loop.Now + 2)).ShouldBe(WaitResult.TimedOut);
        Here();
        await _loop.Loop.Yield();
        Here();
        ThreadPool.QueueUserWorkItem(_ => _loop.Loop.Post(_ => waiter.Signal(), null));
        (await waiter.Wait()).ShouldBe(WaitResult.Ready);
        Here();
    });

    [Fact]
    public void AfterAForeignAwait() => _loop.Run(async () =>
    {
        await Task.Delay(2);
        Here();
        var source = new TaskCompletionSource();
        ThreadPool.QueueUserWorkItem(_ => source.SetResult());
        await source.Task;
        Here();
        await Task.Run(static () => Thread.CurrentThread.IsThreadPoolThread).ShouldBeTrueAsync();
        Here();
    });

    [Fact]
    public void AfterAForeignAwaitInsideNestedPathMethods() => _loop.Run(async () =>
    {
        for (var i = 0; i < 500; i++)
        {
            (await OuterAsync(i)).ShouldBe(i + 2);
            Here();
        }
    });

    [Fact]
    public void AMethodThatStraysReturnsToItsCallerOnTheLoop() => _loop.Run(async () =>
    {
        for (var i = 0; i < 200; i++)
        {
            await StrayAsync();
            Here();
        }
    });

    [Fact]
    public void AStrayExceptionReachesItsCallerOnTheLoop() => _loop.Run(async () =>
    {
        await Should.ThrowAsync<InvalidDataException>(async () => await StrayAndThrowAsync());
        Here();
    });

    [Fact]
    public void AStrayMethodIsRefusedAtAWaiterAndNothingIsHarmed() => _loop.Run(async () =>
    {
        var waiter = new Waiter(_loop.Loop);
        await Should.ThrowAsync<InvalidOperationException>(async () => await StrayAndWaitAsync(waiter));
        Here();
        waiter.IsWaiting.ShouldBeFalse();
        waiter.Signal();
        (await waiter.Wait()).ShouldBe(WaitResult.Ready);
    });

    [Fact]
    public void AStrayMethodComesHomeByAYield() => _loop.Run(async () =>
    {
        await Task.Delay(1).ConfigureAwait(false);
        Loop.Current.ShouldBeNull();
        await _loop.Loop.Yield();
        Here();
    });

    [Fact]
    public void NothingOfTheExecutionContextComesAlong()
    {
        var ambient = new AsyncLocal<string?> { Value = "of the poster" };
        string? seen = null;
        _loop.Do(() => seen = ambient.Value);
        seen.ShouldBeNull();
    }

    private void Here() => Loop.Current.ShouldBeSameAs(_loop.Loop);

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<int> OuterAsync(int value) => await InnerAsync(value) + 1;

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<int> InnerAsync(int value)
    {
        await Task.Yield();
        return value + 1;
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    private static async ValueTask StrayAsync() => await Task.Delay(1).ConfigureAwait(false);

    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    private static async ValueTask StrayAndThrowAsync()
    {
        await Task.Delay(1).ConfigureAwait(false);
        throw new InvalidDataException();
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    private static async ValueTask StrayAndWaitAsync(Waiter waiter)
    {
        await Task.Delay(1).ConfigureAwait(false);
        await waiter.Wait();
    }
}

internal static class AsyncAssertions
{
    public static async Task ShouldBeTrueAsync(this Task<bool> task) => (await task).ShouldBeTrue();
}
