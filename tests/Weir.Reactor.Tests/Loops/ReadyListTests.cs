using System.Runtime.CompilerServices;
using Weir.Reactor.Sockets;
using Weir.Reactor.Waiting;

namespace Weir.Reactor.Tests.Loops;

/// <summary>Only socket readiness resumes a method from the waker's frame; every other wake goes by the ready list.</summary>
public sealed class ReadyListTests : IDisposable
{
    private readonly TestLoop _loop = new();

    public void Dispose() => _loop.Dispose();

    [Fact]
    public void TheFrameThatSignalsGoesOnFirst() => Order(waiter => waiter.Signal()).ShouldBe(["waits", "woke it", "resumed Ready"]);

    [Fact]
    public void TheFrameThatCancelsGoesOnFirst() => Order(waiter => waiter.Cancel()).ShouldBe(["waits", "woke it", "resumed Cancelled"]);

    [Fact]
    public void TheFrameThatInterruptsGoesOnFirst() => Order(waiter => waiter.Interrupt()).ShouldBe(["waits", "woke it", "resumed Cancelled"]);

    [Fact]
    public void TheFrameOfSocketReadinessIsResumedFirst() => Order(waiter => waiter.SignalInline()).ShouldBe(["waits", "resumed Ready", "woke it"]);

    [Fact]
    public void ATimerFiresOthersBeforeItResumesOne() => _loop.Run(async () =>
    {
        // Both are due at the same tick: were a timer to resume inline, the first to fire would see the other still waiting.
        var first = new Waiter(_loop.Loop);
        var second = new Waiter(_loop.Loop);
        var due = _loop.Loop.Now + 3;
        var sawOtherWaiting = 0;
        var one = WaitAsync(first, second);
        var two = WaitAsync(second, first);
        await one;
        await two;
        sawOtherWaiting.ShouldBe(0);

        async ValueTask WaitAsync(Waiter own, Waiter other)
        {
            (await own.Wait(due)).ShouldBe(WaitResult.TimedOut);
            if (other.IsWaiting) sawOtherWaiting++;
        }
    });

    [Fact]
    public void AYieldLetsTheYieldingFramesCallerGoOnFirst() => _loop.Run(async () =>
    {
        var order = new List<string>();
        var yielding = YieldAsync();
        order.Add("caller");
        await yielding;
        order.ShouldBe(["before", "caller", "after"]);

        async ValueTask YieldAsync()
        {
            order.Add("before");
            await _loop.Loop.Yield();
            order.Add("after");
        }
    });

    [Fact]
    public void AMillionSignalsInAChainDoNotOverflowTheStack() => _loop.Run(async () =>
    {
        const int hops = 1_000_000;
        var left = new Waiter(_loop.Loop);
        var right = new Waiter(_loop.Loop);
        var count = 0;
        var other = BounceAsync(right, left);
        left.Signal();
        await BounceAsync(left, right);
        right.Signal();
        await other;
        count.ShouldBeGreaterThanOrEqualTo(hops);

        async ValueTask BounceAsync(Waiter own, Waiter next)
        {
            while (count < hops)
            {
                await own.Wait();
                own.Clear();
                count++;
                next.Signal();
            }
        }
    });

    [Fact]
    public void AMillionMethodsEachWokenByTheOneBeforeDoNotOverflowTheStack() => _loop.Run(async () =>
    {
        // Every waiter has its own method: inline resumption would nest a million frames.
        const int depth = 1_000_000;
        var first = new Waiter(_loop.Loop);
        var next = first;
        for (var i = 0; i < depth; i++)
        {
            var own = next;
            next = new Waiter(_loop.Loop);
            PassOn(own, next);
        }

        first.Signal();
        (await next.Wait()).ShouldBe(WaitResult.Ready);

        static async Detached PassOn(Waiter own, Waiter next)
        {
            await own.Wait();
            next.Signal();
        }
    });

    [Fact]
    public void ContinuationsRunInTheOrderOfTheirWakes() => _loop.Run(async () =>
    {
        var order = new List<int>();
        var waiters = Enumerable.Range(0, 1000).Select(_ => new Waiter(_loop.Loop)).ToArray();
        var methods = waiters.Select((waiter, i) => WaitAsync(waiter, i).AsTask()).ToArray();
        foreach (var waiter in waiters) waiter.Signal();
        await Task.WhenAll(methods);
        order.ShouldBe(Enumerable.Range(0, 1000));

        async ValueTask WaitAsync(Waiter waiter, int i)
        {
            await waiter.Wait();
            order.Add(i);
        }
    });

    [Fact]
    public void SocketReadinessResumesInsideTheEventsOwnDispatch()
    {
        using var far = Peer.Pair(_loop, out var transport);
        var runsBefore = 0L;
        var method = _loop.Begin(async () =>
        {
            transport.TryReceive(new byte[1]).ShouldBe(Transport.WouldBlock);
            runsBefore = _loop.Loop.Counters.ReadyRuns;
            (await transport.Readable(long.MaxValue)).ShouldBe(WaitResult.Ready);
            _loop.Loop.Counters.ReadyRuns.ShouldBe(runsBefore);
            transport.Close();
        });
        _loop.Do(static () => { });
        far.Send([1]);
        TestLoop.Finish(method);
    }

    private List<string> Order(Action<Waiter> wake)
    {
        var order = new List<string>();
        _loop.Run(async () =>
        {
            var waiter = new Waiter(_loop.Loop);
            var waiting = WaitAsync(waiter);
            wake(waiter);
            order.Add("woke it");
            await waiting;
        });
        return order;

        [AsyncMethodBuilder(typeof(PathMethodBuilder))]
        async ValueTask WaitAsync(Waiter waiter)
        {
            order.Add("waits");
            order.Add("resumed " + await waiter.Wait());
        }
    }
}
