using System.Numerics;

namespace Weir.Reactor.Timers;

/// <summary>
/// Deadlines of one loop in milliseconds: four levels of 256 slots (1 ms, 256 ms, 65 s, 4.6 h); what is later waits in the last
/// slot and is placed again. O(1) to set, one bit scan to find the next. Loop-confined.
/// </summary>
internal sealed class TimerWheel
{
    private const int Levels = 4;
    private const int Bits = 8;
    private const int Slots = 1 << Bits;

    private readonly TimerNode?[] _slots = new TimerNode?[Levels * Slots];
    private readonly ulong[] _occupied = new ulong[Levels * Slots / 64];
    private long _now;

    public TimerWheel(long now) => _now = now;

    /// <summary>The tick that was fired last, or is being fired.</summary>
    public long Now => _now;

    /// <summary>Sets a node's deadline, replacing the one it has.</summary>
    public void Set(TimerNode node, long due)
    {
        node.Due = due;
        if (due >= node.LinkedFor) return;
        if (node.LinkedFor != TimerNode.Never) Unlink(node);
        // A deadline in the past fires on the next tick, never inline.
        Link(node, due, _now + 1);
    }

    /// <summary>Clears a node's deadline; it may stay linked until its old time comes.</summary>
    public static void Clear(TimerNode node) => node.Due = TimerNode.Never;

    /// <summary>Takes a node out for good, before the thing it guards is pooled or moves to another loop.</summary>
    public void Remove(TimerNode node)
    {
        node.Due = TimerNode.Never;
        if (node.LinkedFor != TimerNode.Never) Unlink(node);
    }

    /// <summary>Fires everything due at or before <paramref name="now"/>.</summary>
    public void Advance(long now)
    {
        while (_now < now)
        {
            // Jump over empty milliseconds to the next occupied slot or the next cascade.
            var next = Math.Min(now, NextTick());
            _now = next;
            if ((_now & (Slots - 1)) == 0) Cascade(1);
            Fire((int)(_now & (Slots - 1)));
        }
    }

    /// <summary>Milliseconds until something may be due, or -1 when the wheel is empty.</summary>
    public int MillisecondsToNext(long now)
    {
        var next = NextTick();
        return next == long.MaxValue ? -1 : (int)Math.Clamp(next - now, 0, int.MaxValue);
    }

    // The next time at which a slot of the first level is due or a slot of a higher one must be opened. Slots at or before the
    // current position belong to the next turn of their level, which begins with the next slot of the level above.
    private long NextTick()
    {
        for (var level = 0; level < Levels; level++)
        {
            var turn = _now >> (level * Bits);
            var position = (int)(turn & (Slots - 1));
            var next = NextOccupied(level, position + 1);
            if (next >= 0) return (turn - position + next) << (level * Bits);
            if (NextOccupied(level, 0) >= 0) return (turn - position + Slots) << (level * Bits);
        }

        return long.MaxValue;
    }

    private int NextOccupied(int level, int from)
    {
        for (var i = from; i < Slots;)
        {
            var word = _occupied[((level * Slots) + i) >> 6] >> (i & 63);
            if (word != 0) return i + BitOperations.TrailingZeroCount(word);
            i = (i | 63) + 1;
        }

        return -1;
    }

    private void Cascade(int level)
    {
        if (level == Levels) return;
        var index = (int)((_now >> (level * Bits)) & (Slots - 1));
        if (index == 0) Cascade(level + 1);
        for (var node = Take((level * Slots) + index); node is not null;)
        {
            var next = node.Next;
            node.Previous = node.Next = null;
            var due = node.Due;
            node.LinkedFor = TimerNode.Never;
            // What is due on this very tick goes to the slot that is fired next.
            if (due != TimerNode.Never) Link(node, due, _now);
            node = next;
        }
    }

    private void Fire(int slot)
    {
        // Unlinked one by one: a callback may set, clear or remove any other node of this slot.
        while (_slots[slot] is { } node)
        {
            Unlink(node);
            if (node.Due == TimerNode.Never) continue;
            if (node.Due > _now)
            {
                Link(node, node.Due, _now + 1);
                continue;
            }

            node.Due = TimerNode.Never;
            node.OnTimer();
        }
    }

    private void Link(TimerNode node, long due, long earliest)
    {
        var at = Math.Max(due, earliest);
        var distance = at - _now;
        var level = distance < Slots ? 0 : distance < 1L << (2 * Bits) ? 1 : distance < 1L << (3 * Bits) ? 2 : 3;
        if (level == 3) at = Math.Min(at, _now + (1L << (4 * Bits)) - 1);
        var slot = (level * Slots) + (int)((at >> (level * Bits)) & (Slots - 1));
        node.LinkedFor = at;
        node.Slot = slot;
        node.Previous = null;
        node.Next = _slots[slot];
        if (node.Next is not null) node.Next.Previous = node;
        _slots[slot] = node;
        _occupied[slot >> 6] |= 1UL << (slot & 63);
    }

    private void Unlink(TimerNode node)
    {
        if (node.Previous is null) _slots[node.Slot] = node.Next;
        else node.Previous.Next = node.Next;
        if (node.Next is not null) node.Next.Previous = node.Previous;
        if (_slots[node.Slot] is null) _occupied[node.Slot >> 6] &= ~(1UL << (node.Slot & 63));
        node.Previous = node.Next = null;
        node.LinkedFor = TimerNode.Never;
    }

    private TimerNode? Take(int slot)
    {
        var first = _slots[slot];
        _slots[slot] = null;
        _occupied[slot >> 6] &= ~(1UL << (slot & 63));
        return first;
    }
}
