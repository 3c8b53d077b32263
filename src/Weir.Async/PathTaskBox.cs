using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace Weir.Async;

/// <summary>
/// Holds a suspended async method of the data path and is its ValueTask's source. Completion continues the awaiting
/// method inline, as a return would: waiting for anything but a nested method is the business of reactor awaitables.
/// The flags of <see cref="OnCompleted"/> are ignored on purpose: a path method is bound to its loop by construction, and when the
/// method below strayed to another thread (ConfigureAwait(false) does that), its waiter still goes on at home.
/// Completion and the registration of the waiter may come from two threads; whoever comes second runs the continuation.
/// </summary>
internal abstract class PathTaskBox<TResult> : IValueTaskSource<TResult>, IValueTaskSource
{
    private static readonly Action<object?> Completed = static _ => { };

    private Action<object?>? _continuation;
    private object? _state;
    private SynchronizationContext? _home;
    private Exception? _error;
    private TResult? _result;
    private short _version;

    public short Version => _version;

    protected abstract void ReturnToPool();

    public void SetResult(TResult result)
    {
        _result = result;
        Complete();
    }

    public void SetException(Exception error)
    {
        _error = error;
        Complete();
    }

    public ValueTaskSourceStatus GetStatus(short token)
    {
        Check(token);
        if (!ReferenceEquals(Volatile.Read(ref _continuation), Completed)) return ValueTaskSourceStatus.Pending;
        return _error switch
        {
            null => ValueTaskSourceStatus.Succeeded,
            OperationCanceledException => ValueTaskSourceStatus.Canceled,
            _ => ValueTaskSourceStatus.Faulted,
        };
    }

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        Check(token);

        // Before the state is touched: it may be that of a waiter which is to be resumed still.
        var before = Volatile.Read(ref _continuation);
        if (before is null)
        {
            _state = state;
            _home = SynchronizationContext.Current;
            before = Interlocked.CompareExchange(ref _continuation, continuation, null);
            if (before is null) return;
        }

        if (!ReferenceEquals(before, Completed)) throw new InvalidOperationException("A path task is awaited once.");
        ResumeElsewhere(continuation, state);
    }

    public TResult GetResult(short token)
    {
        Check(token);
        if (!ReferenceEquals(Volatile.Read(ref _continuation), Completed))
            throw new InvalidOperationException("The result of a path task was asked for before it completed.");
        var result = _result!;
        var error = _error;
        Recycle();
        if (error is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
        return result;
    }

    void IValueTaskSource.GetResult(short token) => GetResult(token);

    // Reads with acquire, because the state was written before the continuation, perhaps by another thread.
    private void Complete()
    {
        var waiting = Volatile.Read(ref _continuation) ?? Interlocked.CompareExchange(ref _continuation, Completed, null);
        if (waiting is null) return;
        var state = _state;
        _state = null;
        Volatile.Write(ref _continuation, Completed);
        var home = _home;
        if (home is null || ReferenceEquals(home, SynchronizationContext.Current)) waiting(state);
        else home.Post(new SendOrPostCallback(waiting), state);
    }

    // Completed by another thread between the await's check and its registration. Not inline: the waiter is still on the stack.
    // On a loop its own context brings it back to the loop; without one (tests) any thread will do.
    private static void ResumeElsewhere(Action<object?> continuation, object? state)
    {
        if (SynchronizationContext.Current is { } context) context.Post(new SendOrPostCallback(continuation), state);
        else ThreadPool.UnsafeQueueUserWorkItem(continuation, state, preferLocal: false);
    }

    private void Recycle()
    {
        unchecked { _version++; }
        _continuation = null;
        _state = null;
        _error = null;
        _result = default;
        ReturnToPool();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Check(short token)
    {
        if (token != _version) throw new InvalidOperationException("A path task was used after its result was taken.");
    }
}

/// <summary>The box of one async method. Boxes are pooled per thread, thus per loop, and bounded by <see cref="PathTasks.MaxPooled"/>.</summary>
internal sealed class PathTaskBox<TStateMachine, TResult> : PathTaskBox<TResult> where TStateMachine : IAsyncStateMachine
{
    [ThreadStatic] private static PathTaskBox<TStateMachine, TResult>? t_free;
    [ThreadStatic] private static int t_count;

    private PathTaskBox<TStateMachine, TResult>? _next;
    private TStateMachine? _machine;

    private PathTaskBox() => MoveNextAction = MoveNext;

    public Action MoveNextAction { get; }

    public ref TStateMachine? Machine => ref _machine;

    public static PathTaskBox<TStateMachine, TResult> Rent()
    {
        var box = t_free;
        if (box is null) return new PathTaskBox<TStateMachine, TResult>();
        t_free = box._next;
        t_count--;
        box._next = null;
        return box;
    }

    protected override void ReturnToPool()
    {
        _machine = default;
        if (t_count >= PathTasks.MaxPooled) return;
        _next = t_free;
        t_free = this;
        t_count++;
    }

    private void MoveNext() => _machine!.MoveNext();
}
