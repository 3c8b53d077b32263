using Weir.Config.Records;
using Weir.Reactor;
using Weir.Reactor.Waiting;

namespace Weir.Proxy.Model;

/// <summary>
/// The requests of a cluster that may be in flight at once, over all loops, and who waits to be one of them. SharedState: an atomic for those that find a
/// place, a short section that never awaits for those that wait.
/// </summary>
internal sealed class RequestGate
{
    private readonly Lock _lock = new();
    private readonly LinkedList<GateWaiter> _critical = new();
    private readonly LinkedList<GateWaiter> _others = new();
    private int _inFlight;
    private int _waiting;

    public int InFlight => Volatile.Read(ref _inFlight);

    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Takes a place; false when there is none, or when others wait for one.</summary>
    public bool TryEnter(int limit, Criticality criticality)
    {
        if (criticality == Criticality.Sheddable) limit = Math.Max(1, limit * 4 / 5);
        if (Waiting > 0 && criticality != Criticality.Critical) return false;
        return Places.TryTake(ref _inFlight, limit);
    }

    /// <summary>Gives the place back, or to the first who waits.</summary>
    public void Leave(int limit)
    {
        // A limit that has fallen takes places away.
        if (Waiting == 0 || InFlight > limit || !TryServe()) Interlocked.Decrement(ref _inFlight);
        Fill(limit);
    }

    /// <summary>Joins those who wait. False when there are as many as may be, and none of them makes way. The place may have been granted already: see <see cref="GateWaiter.IsGranted"/>.</summary>
    public bool TryEnqueue(GateWaiter waiter, int limit, int most)
    {
        GateWaiter? displaced = null;
        // The limit may have risen: those who came before have the places.
        Fill(limit);
        lock (_lock)
        {
            if (_critical.Count + _others.Count == 0 && Places.TryTake(ref _inFlight, limit))
            {
                waiter.IsGranted = true;
                return true;
            }

            var isCritical = waiter.Criticality == Criticality.Critical;
            if (_critical.Count + _others.Count >= most)
            {
                if (!isCritical || _others.Last is not { } last) return false;
                displaced = last.Value;
                _others.RemoveLast();
                displaced.Node = null;
            }

            waiter.Node = (isCritical ? _critical : _others).AddLast(waiter);
            Volatile.Write(ref _waiting, _critical.Count + _others.Count);
        }

        displaced?.Loop.Post(static waiter => ((GateWaiter)waiter!).Displace(), displaced);
        // A place that was given back between the look at it and the joining: its giver saw nobody wait.
        Interlocked.MemoryBarrier();
        Fill(limit);
        return true;
    }

    /// <summary>Leaves those who wait; false when it is none of them any more: a grant, or the loss of its place, is on its way.</summary>
    public bool TryLeaveQueue(GateWaiter waiter)
    {
        lock (_lock)
        {
            if (waiter.Node?.List is not { } list) return false;
            list.Remove(waiter.Node);
            waiter.Node = null;
            Volatile.Write(ref _waiting, _critical.Count + _others.Count);
            return true;
        }
    }

    /// <summary>Nobody waits while there are places. From any thread.</summary>
    public void Fill(int limit)
    {
        while (Waiting > 0 && Places.TryTake(ref _inFlight, limit))
            if (!TryServe()) Interlocked.Decrement(ref _inFlight);
    }

    // Who waits first has the caller's place.
    private bool TryServe()
    {
        if (Dequeue() is not { } next) return false;
        next.Loop.Post(static waiter => ((GateWaiter)waiter!).Grant(), next);
        return true;
    }

    private GateWaiter? Dequeue()
    {
        lock (_lock)
        {
            var list = _critical.Count > 0 ? _critical : _others;
            if (list.First is not { } first) return null;
            list.RemoveFirst();
            first.Value.Node = null;
            Volatile.Write(ref _waiting, _critical.Count + _others.Count);
            return first.Value;
        }
    }
}

/// <summary>One exchange that waits to be one of those in flight. Made per wait: waiting here is already slow.</summary>
internal sealed class GateWaiter(Loop loop, Criticality criticality)
{
    public Loop Loop => loop;

    public Criticality Criticality => criticality;

    public Waiter Waiter { get; } = new(loop);

    public LinkedListNode<GateWaiter>? Node { get; set; }

    /// <summary>It has its place.</summary>
    public bool IsGranted { get; set; }

    /// <summary>A critical one has its place in the queue.</summary>
    public bool IsDisplaced { get; private set; }

    public void Grant()
    {
        IsGranted = true;
        Waiter.Signal();
    }

    public void Displace()
    {
        IsDisplaced = true;
        Waiter.Signal();
    }
}
