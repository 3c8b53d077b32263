namespace Weir.Reactor;

/// <summary>What a loop counts about itself. LoopState: written by the loop alone, read torn-free from anywhere.</summary>
public sealed class LoopCounters
{
    /// <summary>Upper bounds of <see cref="Turns"/> in milliseconds.</summary>
    public static ReadOnlySpan<int> TurnBounds => [1, 5, 10, 50, 100];

    /// <summary>Passes of the loop, each with one epoll_wait.</summary>
    public long Passes;

    /// <summary>Socket events dispatched.</summary>
    public long Events;

    /// <summary>Events of a connection that was closed in the same batch.</summary>
    public long StaleEvents;

    /// <summary>Continuations run from the ready list.</summary>
    public long ReadyRuns;

    /// <summary>Posts from other threads.</summary>
    public long Posts;

    /// <summary>Turns over <see cref="LoopOptions.SlowTurn"/>.</summary>
    public long SlowTurns;

    /// <summary>Turns by their time: the bounds are <see cref="TurnBounds"/>, the last bucket has none.</summary>
    public readonly long[] Turns = new long[TurnBounds.Length + 1];

    /// <summary>The longest turn, in ticks of the clock's timestamp.</summary>
    public long LongestTurn;

    /// <summary>Time spent outside epoll_wait, in timestamp ticks.</summary>
    public long BusyTicks;
}
