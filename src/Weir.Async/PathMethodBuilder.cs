using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace Weir.Async;

/// <summary>
/// Builds <c>async ValueTask</c> methods of the data path: <c>[AsyncMethodBuilder(typeof(PathMethodBuilder))]</c>.
/// A method that suspends costs no allocation once its box is pooled. Neither the execution context nor the scheduling
/// context flows: no AsyncLocal reaches past an await, and completion continues the caller on the completing thread.
/// Contract: the returned task is awaited exactly once.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public struct PathMethodBuilder
{
    private PathTaskBox<VoidResult>? _box;

    public static PathMethodBuilder Create() => default;

    public readonly ValueTask Task => _box is null ? default : new ValueTask(_box, _box.Version);

    public readonly void Start<TStateMachine>(ref TStateMachine machine) where TStateMachine : IAsyncStateMachine => machine.MoveNext();

    public readonly void SetStateMachine(IAsyncStateMachine machine) { }

    // A method that ends before its first suspension has no box: success is the default task, failure needs one.
    public readonly void SetResult() => _box?.SetResult(default);

    public void SetException(Exception error)
    {
        _box ??= PathTaskBox<FaultedMachine, VoidResult>.Rent();
        _box.SetException(error);
    }

    public void AwaitOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine machine)
        where TAwaiter : INotifyCompletion where TStateMachine : IAsyncStateMachine
        => awaiter.OnCompleted(PathBoxes.Box(ref _box, ref machine));

    public void AwaitUnsafeOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine machine)
        where TAwaiter : ICriticalNotifyCompletion where TStateMachine : IAsyncStateMachine
        => awaiter.UnsafeOnCompleted(PathBoxes.Box(ref _box, ref machine));
}

/// <summary>As <see cref="PathMethodBuilder"/>, for <c>async ValueTask&lt;T&gt;</c>.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public struct PathMethodBuilder<TResult>
{
    private PathTaskBox<TResult>? _box;
    private TResult _result;

    public static PathMethodBuilder<TResult> Create() => default;

    public readonly ValueTask<TResult> Task => _box is null ? new ValueTask<TResult>(_result) : new ValueTask<TResult>(_box, _box.Version);

    public readonly void Start<TStateMachine>(ref TStateMachine machine) where TStateMachine : IAsyncStateMachine => machine.MoveNext();

    public readonly void SetStateMachine(IAsyncStateMachine machine) { }

    public void SetResult(TResult result)
    {
        if (_box is null) _result = result;
        else _box.SetResult(result);
    }

    public void SetException(Exception error)
    {
        _box ??= PathTaskBox<FaultedMachine, TResult>.Rent();
        _box.SetException(error);
    }

    public void AwaitOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine machine)
        where TAwaiter : INotifyCompletion where TStateMachine : IAsyncStateMachine
        => awaiter.OnCompleted(PathBoxes.Box(ref _box, ref machine));

    public void AwaitUnsafeOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine machine)
        where TAwaiter : ICriticalNotifyCompletion where TStateMachine : IAsyncStateMachine
        => awaiter.UnsafeOnCompleted(PathBoxes.Box(ref _box, ref machine));
}

internal static class PathBoxes
{
    // The builder is a field of the machine, so the box must be in it before the machine is copied into the box.
    public static Action Box<TStateMachine, TResult>(ref PathTaskBox<TResult>? field, ref TStateMachine machine)
        where TStateMachine : IAsyncStateMachine
    {
        if (field is PathTaskBox<TStateMachine, TResult> boxed) return boxed.MoveNextAction;
        var box = PathTaskBox<TStateMachine, TResult>.Rent();
        field = box;
        box.Machine = machine;
        return box.MoveNextAction;
    }
}

internal readonly struct VoidResult;

internal struct FaultedMachine : IAsyncStateMachine
{
    public readonly void MoveNext() { }

    public readonly void SetStateMachine(IAsyncStateMachine stateMachine) { }
}
