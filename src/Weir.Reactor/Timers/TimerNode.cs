namespace Weir.Reactor.Timers;

/// <summary>
/// A deadline on a loop's wheel, embedded in what it guards: nothing is allocated to set one. Loop-confined.
/// Setting a later deadline or none costs a store: the node stays where it is and is looked at again when its old time comes.
/// </summary>
public abstract class TimerNode
{
    internal const long Never = long.MaxValue;

    internal TimerNode? Previous;
    internal TimerNode? Next;

    // When it is meant to fire, and for which tick it is linked (Never: not linked).
    internal long Due = Never;
    internal long LinkedFor = Never;
    internal int Slot;

    /// <summary>Called from the wheel at or after the deadline; the deadline is cleared before.</summary>
    protected internal abstract void OnTimer();
}
