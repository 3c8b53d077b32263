using System.Runtime.CompilerServices;

namespace Weir.Async.Tests;

public class ThreadTests
{
    private static readonly AsyncLocal<string?> Ambient = new();

    [Fact]
    public void NoAsyncLocalReachesPastAnAwait()
    {
        var signal = new Signal();
        Ambient.Value = "before";
        var task = ReadAmbient(signal);
        Ambient.Value = null;
        signal.Set();
        task.GetAwaiter().GetResult().ShouldBeNull();
    }

    [Fact]
    public async Task CompletionByAnotherThreadLosesNoWaiter()
    {
        // The race between completion and registration, as often as two threads make it happen.
        var sum = 0;
        for (var i = 0; i < 20_000; i++) sum += await Outer(i & 1);
        sum.ShouldBe(30_000);
    }

    [Fact]
    public void AWaiterThatLostTheRaceComesBackByItsContext()
    {
        var before = SynchronizationContext.Current;
        var context = new RecordingContext();
        try
        {
            SynchronizationContext.SetSynchronizationContext(context);
            var signal = new Signal();
            var source = Wait(signal);
            var awaiter = source.GetAwaiter();
            signal.Set();
            var resumed = false;
            awaiter.UnsafeOnCompleted(() => resumed = true);
            resumed.ShouldBeFalse();
            context.RunAll();
            resumed.ShouldBeTrue();
            awaiter.GetResult();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<string?> ReadAmbient(Signal signal)
    {
        await signal;
        return Ambient.Value;
    }

    [AsyncMethodBuilder(typeof(PathMethodBuilder))]
    private static async ValueTask Wait(Signal signal) => await signal;

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<int> Outer(int value) => await Inner(value) + 1;

    [AsyncMethodBuilder(typeof(PathMethodBuilder<>))]
    private static async ValueTask<int> Inner(int value)
    {
        await default(OtherThread);
        return value;
    }

    private readonly struct OtherThread : ICriticalNotifyCompletion
    {
        public bool IsCompleted => false;

        public OtherThread GetAwaiter() => this;

        public void GetResult() { }

        public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

        public void UnsafeOnCompleted(Action continuation) => ThreadPool.UnsafeQueueUserWorkItem(static a => a(), continuation, preferLocal: false);
    }

    private sealed class RecordingContext : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback Callback, object? State)> _posts = new();

        public override void Post(SendOrPostCallback d, object? state) => _posts.Enqueue((d, state));

        public void RunAll()
        {
            while (_posts.TryDequeue(out var post)) post.Callback(post.State);
        }
    }
}
