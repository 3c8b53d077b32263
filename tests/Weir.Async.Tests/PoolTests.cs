using System.Runtime.CompilerServices;

namespace Weir.Async.Tests;

public class PoolTests
{
    private static bool Optimised => !typeof(PoolTests).Assembly.GetCustomAttributes(false).OfType<System.Diagnostics.DebuggableAttribute>().Any(a => a.IsJITOptimizerDisabled);

    // Unoptimised code has state machines that are classes, which the compiler allocates per call.
    [Fact]
    public void NestedMethodsThatSuspendAllocateNothingInSteadyState()
    {
        if (!Optimised) return;
        const int Connections = 100;
        var signals = Enumerable.Range(0, Connections).Select(_ => new Signal()).ToArray();
        var tasks = new ValueTask<int>[Connections];
        long allocated = 0;
        for (var round = 0; round < 50; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Connections; i++) tasks[i] = Exchange(signals[i], i);
            for (var step = 0; step < 3; step++)
                for (var i = 0; i < Connections; i++) signals[i].Set();
            var sum = 0;
            for (var i = 0; i < Connections; i++) sum += tasks[i].GetAwaiter().GetResult();
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            sum.ShouldBe(4950 + (3 * Connections));
        }

        allocated.ShouldBe(0);
    }

    [Fact]
    public void ABoxIsUsedAgain()
    {
        var signal = new Signal();
        var first = Continuation(signal);
        Continuation(signal).ShouldBeSameAs(first);
    }

    [Fact]
    public void ABoxIsEmptiedBeforeItIsPooled()
    {
        var signal = new Signal();
        var held = Hold(signal);
        signal.Set();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        held.IsAlive.ShouldBeFalse();

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Hold(Signal signal)
        {
            var value = new object();
            Consume(Keep(signal, value));
            return new WeakReference(value);
        }
    }

    [Fact]
    public void ThePoolIsBounded()
    {
        var bound = PathTasks.MaxPooled;
        try
        {
            PathTasks.MaxPooled = 1;
            var (a, b) = (new Signal(), new Signal());
            var (first, second) = (Bounded(a), Bounded(b));
            a.Set();
            b.Set();
            first.GetAwaiter().GetResult();
            second.GetAwaiter().GetResult();
            var before = GC.GetAllocatedBytesForCurrentThread();
            (first, second) = (Bounded(a), Bounded(b));
            GC.GetAllocatedBytesForCurrentThread().ShouldBeGreaterThan(before);
            a.Set();
            b.Set();
            first.GetAwaiter().GetResult();
            second.GetAwaiter().GetResult();
        }
        finally
        {
            PathTasks.MaxPooled = bound;
        }
    }

    // Awaits it for a caller that does not; the result is taken when the signal is set.
    private static async void Consume(ValueTask<object> task) => await task;

    private static Action Continuation(Signal signal)
    {
        var task = Reused(signal);
        var action = signal.Continuation!;
        signal.Set();
        task.GetAwaiter().GetResult();
        return action;
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    private static async ValueTask Reused(Signal signal) => await signal;

    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    private static async ValueTask Bounded(Signal signal) => await signal;

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<object> Keep(Signal signal, object value)
    {
        await signal;
        return value;
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<int> Exchange(Signal signal, int value)
    {
        await Phase(signal);
        await Phase(signal);
        return await Last(signal, value + 2);
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    private static async ValueTask Phase(Signal signal) => await signal;

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<int> Last(Signal signal, int value)
    {
        await signal;
        return value + 1;
    }
}
