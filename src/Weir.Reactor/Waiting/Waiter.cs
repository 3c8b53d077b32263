using System.Diagnostics;
using System.Runtime.CompilerServices;
using Weir.Reactor.Timers;

namespace Weir.Reactor.Waiting;

/// <summary>
/// One place where one method of a loop can wait: for readiness, for a slot, for another method. Reused, never allocated per wait.
/// Only <see cref="SignalInline"/>, which socket readiness uses, resumes from the caller's frame; all else goes by the ready list.
/// From the moment a method waits until it has taken its result the place is its own; a second one is refused. Loop-confined.
/// </summary>
public sealed class Waiter(Loop loop) : TimerNode
{
    private Action? _continuation;
    private WaitResult _result;
    private bool _signalled;
    private bool _cancelled;
    private bool _resumed;
    private bool _atOnce;

    public Loop Loop => loop;

    /// <summary>Someone waits here now.</summary>
    public bool IsWaiting => _continuation is not null;

    /// <summary>A wait would end at once.</summary>
    public bool IsSignalled => _signalled | _cancelled;

    /// <summary>Someone waits here, or was resumed and has not run yet.</summary>
    internal bool IsOccupied => _continuation is not null | _resumed;

    /// <summary>Waits until signalled, cancelled or the loop's clock passes <paramref name="deadline"/> (<see cref="long.MaxValue"/>: never).</summary>
    public WaitAwaitable Wait(long deadline = Never) => new(this, deadline);

    /// <summary>Ends the present or the next wait, resuming by the ready list.</summary>
    public void Signal()
    {
        _signalled = true;
        Resume(WaitResult.Ready);
    }

    /// <summary>Ends this and all later waits with Cancelled until <see cref="Reset"/>.</summary>
    public void Cancel()
    {
        _cancelled = true;
        Resume(WaitResult.Cancelled);
    }

    /// <summary>Ends the present wait, if any, with Cancelled; later waits are not touched.</summary>
    public void Interrupt() => Resume(WaitResult.Cancelled);

    /// <summary>Forgets signals. Nobody may be waiting, nor be about to go on from a wait.</summary>
    public void Reset()
    {
        Debug.Assert(!IsOccupied, "A waiter was reset while someone waits.");
        _signalled = _cancelled = false;
        loop.Wheel.Remove(this);
    }

    /// <summary>What is guarded is gone: who waits or comes later gets Cancelled, and no deadline stays behind.</summary>
    internal void Retire()
    {
        Cancel();
        loop.Wheel.Remove(this);
    }

    /// <summary>Marks as not signalled: what was there has been taken. The one who waits calls it; a wait does not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Clear() => _signalled = false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void SetSignal() => _signalled = true;

    /// <summary>Socket readiness only: resumes from the loop's own frame.</summary>
    internal void SignalInline()
    {
        _signalled = true;
        var continuation = _continuation;
        if (continuation is null) return;
        _continuation = null;
        _result = WaitResult.Ready;
        _resumed = true;
        TimerWheel.Clear(this);
        continuation();
    }

    protected internal override void OnTimer() => Resume(WaitResult.TimedOut);

    internal void Arm(Action continuation, long deadline)
    {
        Debug.Assert(!IsOccupied);
        _continuation = continuation;
        if (deadline != Never) loop.Wheel.Set(this, deadline);
    }

    // The first thing that an await asks. A wait that ends at once says so, since the outcome kept here may be that of another method,
    // which is still to go on. Misuse is refused here, where it is an exception of the method; thrown from the registration it would
    // end the process if that method is an ordinary one. Checked in Release too: a method that strayed off its loop
    // (ConfigureAwait(false) does that) would corrupt it.
    internal bool TryEndAtOnce()
    {
        if (Loop.Current != loop) throw new InvalidOperationException("A waiter is used on its own loop only.");
        if (_signalled | _cancelled)
        {
            _atOnce = true;
            return true;
        }

        if (IsOccupied) throw new InvalidOperationException("Two methods wait at one waiter.");
        return false;
    }

    internal WaitResult TakeResult()
    {
        if (_atOnce)
        {
            _atOnce = false;
            return _cancelled ? WaitResult.Cancelled : WaitResult.Ready;
        }

        _resumed = false;
        return _result;
    }

    private void Resume(WaitResult result)
    {
        var continuation = _continuation;
        if (continuation is null) return;
        _continuation = null;
        _result = result;
        _resumed = true;
        TimerWheel.Clear(this);
        loop.Ready(continuation);
    }
}

/// <summary>What <see cref="Waiter.Wait"/> gives to await.</summary>
public readonly struct WaitAwaitable(Waiter waiter, long deadline)
{
    public WaitAwaiter GetAwaiter() => new(waiter, deadline);
}

/// <summary>Awaits a <see cref="Waiter"/>; ignores the scheduling context, being bound to its loop.</summary>
public readonly struct WaitAwaiter(Waiter waiter, long deadline) : ICriticalNotifyCompletion
{
    public bool IsCompleted => waiter.TryEndAtOnce();

    public WaitResult GetResult() => waiter.TakeResult();

    public void OnCompleted(Action continuation) => waiter.Arm(continuation, deadline);

    public void UnsafeOnCompleted(Action continuation) => waiter.Arm(continuation, deadline);
}
