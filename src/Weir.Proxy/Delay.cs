using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Reactor.Waiting;

namespace Weir.Proxy;

/// <summary>Suspends an exchange for a time, by its loop's wheel.</summary>
internal static class Delay
{
    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    public static async ValueTask WaitAsync(Exchange x, TimeSpan delay)
    {
        var waiters = x.Owner.Waiters;
        var waiter = waiters.Rent();
        x.Waiting = waiter;
        await waiter.Wait(x.Owner.Loop.Now + Math.Max(1, (long)delay.TotalMilliseconds));
        x.Waiting = null;
        waiters.Return(waiter);
    }
}

/// <summary>A loop's spare waiters, for waits that belong to no connection. LoopState.</summary>
internal sealed class WaiterPool(Reactor.Loop loop)
{
    private readonly Stack<Waiter> _free = new();

    public Waiter Rent() => _free.TryPop(out var waiter) ? waiter : new Waiter(loop);

    public void Return(Waiter waiter)
    {
        waiter.Reset();
        _free.Push(waiter);
    }
}
