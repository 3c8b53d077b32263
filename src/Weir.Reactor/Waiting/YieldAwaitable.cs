using System.Runtime.CompilerServices;

namespace Weir.Reactor.Waiting;

/// <summary>What <see cref="Loop.Yield"/> gives to await: the method goes on in the next pass.</summary>
public readonly struct YieldAwaitable(Loop loop) : ICriticalNotifyCompletion
{
    public bool IsCompleted => false;

    public YieldAwaitable GetAwaiter() => this;

    public void GetResult() { }

    public void OnCompleted(Action continuation) => loop.Ready(continuation);

    public void UnsafeOnCompleted(Action continuation) => loop.Ready(continuation);
}
