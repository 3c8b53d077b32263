namespace Weir.Reactor;

/// <summary>Settings of a loop.</summary>
public sealed record LoopOptions
{
    /// <summary>Bytes that a connection may move in one turn before it yields. Default 256 KiB.</summary>
    public int TurnBytes { get; init; } = 256 * 1024;

    /// <summary>Time that a connection may use in one turn before it yields. Default 200 µs.</summary>
    public TimeSpan TurnTime { get; init; } = TimeSpan.FromMicroseconds(200);

    /// <summary>A turn longer than this is counted and reported, without what interrupted it (garbage collections, waiting for a core). Default 10 ms.</summary>
    public TimeSpan SlowTurn { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>The clock. Who moves a clock of a test calls <see cref="Loop.Wake"/> after.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Called on the loop after a slow turn, with its duration and its <see cref="Loop.Marks"/>.</summary>
    public Action<Loop, TimeSpan, uint>? OnSlowTurn { get; init; }
}
