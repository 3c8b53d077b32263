using Weir.Reactor.Timers;

namespace Weir.Reactor.Tests.Timers;

/// <summary>Sets, clears, removes and advances at random, and holds the wheel against a list of deadlines.</summary>
internal sealed class WheelModel
{
    private readonly Random _random;
    private readonly TimerWheel _wheel;
    private readonly Node[] _nodes;
    private long _now;
    private int _fired;
    private long[] _ranges = [];

    public WheelModel(int seed, int nodes, long begin = 0)
    {
        _random = new Random(seed);
        _wheel = new TimerWheel(begin);
        _now = begin;
        _nodes = Enumerable.Range(0, nodes).Select(_ => new Node(this)).ToArray();
    }

    public void Run(int steps, long[] ranges)
    {
        _ranges = ranges;
        for (var step = 0; step < steps; step++)
        {
            if (_random.Next(3) == 0) Advance();
            else Change(_wheel.Now);
        }

        _fired.ShouldBeGreaterThan(steps / 20);
    }

    // One node's deadline, as the loop or a callback changes it.
    private void Change(long tick)
    {
        var node = _nodes[_random.Next(_nodes.Length)];
        switch (_random.Next(10))
        {
            case 0:
                TimerWheel.Clear(node);
                node.Expected = long.MaxValue;
                break;
            case 1:
                _wheel.Remove(node);
                node.Expected = long.MaxValue;
                break;
            default:
                var due = _random.Next(12) switch
                {
                    0 => tick - _random.NextInt64(100_000),
                    1 => tick,
                    2 => long.MaxValue - 1 - _random.Next(5),
                    _ => tick + _random.NextInt64(_ranges[_random.Next(_ranges.Length)]),
                };
                var isLinkedNow = node.LinkedFor == tick;
                _wheel.Set(node, due);
                // Never on the tick it is set in, but for one that was to be looked at in this very tick and is due in it.
                node.Expected = due == tick && isLinkedNow ? tick : Math.Max(due, tick + 1);
                break;
        }
    }

    private void Advance()
    {
        var next = _nodes.Min(static node => node.Expected);
        var sleep = _wheel.MillisecondsToNext(_now);
        if (next != long.MaxValue)
        {
            sleep.ShouldBeGreaterThanOrEqualTo(0);
            (_now + sleep).ShouldBeLessThanOrEqualTo(Math.Max(next, _now), "the loop would sleep past a deadline");
        }

        // As a loop does, or with a jump as after a stall.
        _now += _random.Next(3) switch
        {
            0 when sleep >= 0 => sleep,
            1 => _random.NextInt64(1000),
            _ => _random.NextInt64(_ranges[_random.Next(_ranges.Length - 1)]),
        };
        _wheel.Advance(_now);
        foreach (var node in _nodes) node.Expected.ShouldBeGreaterThan(_now, "a deadline passed and nothing fired");
    }

    private sealed class Node(WheelModel model) : TimerNode
    {
        public long Expected { get; set; } = long.MaxValue;

        protected internal override void OnTimer()
        {
            model._wheel.Now.ShouldBe(Expected);
            Expected = long.MaxValue;
            model._fired++;
            for (var n = model._random.Next(4) - 1; n > 0; n--) model.Change(model._wheel.Now);
        }
    }
}
