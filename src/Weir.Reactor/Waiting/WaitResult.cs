namespace Weir.Reactor.Waiting;

/// <summary>How a wait on a loop ended.</summary>
public enum WaitResult : byte
{
    /// <summary>What was waited for is there.</summary>
    Ready,

    /// <summary>The deadline passed first.</summary>
    TimedOut,

    /// <summary>Someone on the loop called the wait off.</summary>
    Cancelled,
}
