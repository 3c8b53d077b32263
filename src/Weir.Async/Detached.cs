using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace Weir.Async;

/// <summary>
/// What an async method returns that nobody awaits: the one long-lived method of a connection, a pump beside it.
/// Its box is pooled like a path method's. An exception that leaves it is a bug and goes to <see cref="Unhandled"/>.
/// </summary>
[AsyncMethodBuilder(typeof(DetachedMethodBuilder))]
public readonly struct Detached
{
    /// <summary>Called with every exception that leaves a detached method. Set once at start; the default ends the process.</summary>
    public static Action<Exception> Unhandled { get; set; } = static error => Environment.FailFast("A detached method failed.", error);
}

/// <summary>Builds methods that return <see cref="Detached"/>.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public struct DetachedMethodBuilder
{
    private DetachedBox? _box;

    public static DetachedMethodBuilder Create() => default;

    public readonly Detached Task => default;

    public readonly void Start<TStateMachine>(ref TStateMachine machine) where TStateMachine : IAsyncStateMachine => machine.MoveNext();

    public readonly void SetStateMachine(IAsyncStateMachine machine) { }

    public readonly void SetResult() => _box?.ReturnToPool();

    public readonly void SetException(Exception error)
    {
        _box?.ReturnToPool();
        Detached.Unhandled(error);
    }

    public void AwaitOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine machine)
        where TAwaiter : INotifyCompletion where TStateMachine : IAsyncStateMachine
        => awaiter.OnCompleted(Box(ref machine));

    public void AwaitUnsafeOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine machine)
        where TAwaiter : ICriticalNotifyCompletion where TStateMachine : IAsyncStateMachine
        => awaiter.UnsafeOnCompleted(Box(ref machine));

    private Action Box<TStateMachine>(ref TStateMachine machine) where TStateMachine : IAsyncStateMachine
    {
        if (_box is not null) return _box.MoveNextAction;
        var box = DetachedBox<TStateMachine>.Rent();
        _box = box;
        box.Machine = machine;
        return box.MoveNextAction;
    }
}

internal abstract class DetachedBox
{
    protected DetachedBox() => MoveNextAction = MoveNext;

    public Action MoveNextAction { get; }

    public abstract void ReturnToPool();

    protected abstract void MoveNext();
}

internal sealed class DetachedBox<TStateMachine> : DetachedBox where TStateMachine : IAsyncStateMachine
{
    [ThreadStatic] private static DetachedBox<TStateMachine>? t_free;
    [ThreadStatic] private static int t_count;

    private DetachedBox<TStateMachine>? _next;
    private TStateMachine? _machine;

    public ref TStateMachine? Machine => ref _machine;

    public static DetachedBox<TStateMachine> Rent()
    {
        var box = t_free;
        if (box is null) return new DetachedBox<TStateMachine>();
        t_free = box._next;
        t_count--;
        box._next = null;
        return box;
    }

    public override void ReturnToPool()
    {
        _machine = default;
        if (t_count >= PathTasks.MaxPooled) return;
        _next = t_free;
        t_free = this;
        t_count++;
    }

    protected override void MoveNext() => _machine!.MoveNext();
}
