using System.Runtime.CompilerServices;
using Weir.Reactor.Waiting;

namespace Weir.Reactor.Tests.Loops;

public sealed class DetachedTests : IDisposable
{
    private readonly TestLoop _loop = new();
    private readonly Action<Exception> _before = Detached.Unhandled;
    private readonly List<Exception> _caught = [];

    public DetachedTests() => Detached.Unhandled = _caught.Add;

    public void Dispose()
    {
        Detached.Unhandled = _before;
        _loop.Dispose();
    }

    [Fact]
    public void AnExceptionThatLeavesADetachedMethodIsCaughtOnceAndTheLoopGoesOn()
    {
        var waiter = new Waiter(_loop.Loop);
        _loop.Do(() => FailBefore());
        _loop.Do(() => FailAfter(waiter));
        _loop.Do(waiter.Signal);
        _loop.Get(() => 1).ShouldBe(1);
        _caught.Select(static e => e.Message).ShouldBe(["before", "after"]);
    }

    [Fact]
    public void ADetachedMethodThatStraysIsCaughtAtTheNextWait()
    {
        using var caught = new ManualResetEventSlim();
        Detached.Unhandled = error =>
        {
            _caught.Add(error);
            caught.Set();
        };
        _loop.Do(() => Stray(new Waiter(_loop.Loop)));
        caught.Wait(10_000).ShouldBeTrue();
        _caught.Single().ShouldBeOfType<InvalidOperationException>();
    }

#if !DEBUG
    [Fact]
    public void ItsBoxServesTheNextMethod()
    {
        var waiter = new Waiter(_loop.Loop);
        Round(100);
        Round(10_000).ShouldBeLessThan(4_000);
        _caught.ShouldBeEmpty();

        long Round(int count)
        {
            var allocated = 0L;
            _loop.Run(async () =>
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                for (var i = 0; i < count; i++)
                {
                    waiter.Reset();
                    Wait(waiter);
                    waiter.Signal();
                    await _loop.Loop.Yield();
                }

                allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            });
            return allocated;
        }
    }
#endif

    [Fact]
    public void ABoxWhoseMethodFailedServesTheNextMethodUnharmed()
    {
        _loop.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                await Should.ThrowAsync<InvalidDataException>(async () => await FailLate(fail: true));
                await FailLate(fail: false);
            }
        });
        _caught.ShouldBeEmpty();

        [AsyncMethodBuilder(typeof(PathMethodBuilder))]
        async ValueTask FailLate(bool fail)
        {
            await _loop.Loop.Yield();
            if (fail) throw new InvalidDataException();
        }
    }

#pragma warning disable CS1998 // It fails before it could wait.
    private static async Detached FailBefore() => throw new InvalidDataException("before");
#pragma warning restore CS1998

    private static async Detached FailAfter(Waiter waiter)
    {
        await waiter.Wait();
        throw new InvalidDataException("after");
    }

#if !DEBUG
    private static async Detached Wait(Waiter waiter) => await waiter.Wait();
#endif

    private static async Detached Stray(Waiter waiter)
    {
        await Task.Delay(1).ConfigureAwait(false);
        await waiter.Wait();
    }
}
