namespace Weir.Reactor;

/// <summary>Continuations to run in the next part of the pass, first come first served. A ring that grows to the most that ever waited.</summary>
internal sealed class ReadyList
{
    private Action?[] _ring = new Action?[256];
    private int _head;

    public int Count { get; private set; }

    public bool IsEmpty => Count == 0;

    public void Add(Action continuation)
    {
        if (Count == _ring.Length) Grow();
        _ring[(_head + Count) & (_ring.Length - 1)] = continuation;
        Count++;
    }

    public Action Take()
    {
        var first = _ring[_head]!;
        _ring[_head] = null;
        _head = (_head + 1) & (_ring.Length - 1);
        Count--;
        return first;
    }

    private void Grow()
    {
        var larger = new Action?[_ring.Length * 2];
        for (var i = 0; i < Count; i++) larger[i] = _ring[(_head + i) & (_ring.Length - 1)];
        _ring = larger;
        _head = 0;
    }
}
