namespace Weir.Reactor;

/// <summary>Brings foreign awaits (a task, a timer of the library) back to the loop that they were begun on. Reactor awaitables do not use it.</summary>
internal sealed class LoopSynchronizationContext(Loop loop) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state)
        => loop.Post(static box => ((Call)box!).Run(), new Call(d, state));

    public override void Send(SendOrPostCallback d, object? state)
    {
        if (Loop.Current != loop) throw new NotSupportedException("Nothing waits for a loop.");
        d(state);
    }

    public override SynchronizationContext CreateCopy() => this;

    private sealed class Call(SendOrPostCallback callback, object? state)
    {
        public void Run() => callback(state);
    }
}
