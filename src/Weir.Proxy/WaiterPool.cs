using System.Runtime.CompilerServices;
using Weir.Async;
using Weir.Reactor;
using Weir.Reactor.Waiting;

namespace Weir.Proxy;

/// <summary>A loop's spare waiters, for waits that belong to no connection. LoopState.</summary>
internal sealed class WaiterPool(Loop loop)
{
    private readonly Stack<Waiter> _free = new();

    public Waiter Rent() => _free.TryPop(out var waiter) ? waiter : new Waiter(loop);

    public void Return(Waiter waiter)
    {
        waiter.Reset();
        _free.Push(waiter);
    }

    /// <summary>Suspends an exchange for a time, by the loop's wheel; the client's leaving, the deadline and the end of the process call it off.</summary>
    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    public async ValueTask DelayAsync(Exchange x, long milliseconds)
    {
        if (x.IsCancelled)
        {
            // Who asks again and again must not hold the loop.
            await loop.Yield();
            return;
        }

        var waiter = Rent();
        x.Waiting = waiter;
        await waiter.Wait(loop.Now + milliseconds);
        x.Waiting = null;
        Return(waiter);
    }
}
