using System.Runtime.CompilerServices;

namespace Weir.Async.Tests;

/// <summary>As a reactor awaitable: suspends until it is set, then resumes inline on the thread that sets it. One waiter, no allocation.</summary>
internal sealed class Signal : ICriticalNotifyCompletion
{
    private Action? _continuation;
    private Exception? _error;

    public bool IsCompleted => false;

    public Action? Continuation => _continuation;

    public Signal GetAwaiter() => this;

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation) => _continuation = continuation;

    public void GetResult()
    {
        if (_error is not { } error) return;
        _error = null;
        throw error;
    }

    public void Set(Exception? error = null)
    {
        _error = error;
        var continuation = _continuation ?? throw new InvalidOperationException("Nobody waits.");
        _continuation = null;
        continuation();
    }
}
