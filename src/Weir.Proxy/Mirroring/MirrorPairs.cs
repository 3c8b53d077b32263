using Weir.Proxy.Wire;

namespace Weir.Proxy.Mirroring;

/// <summary>The pairs of a loop: those under way, and spare ones. LoopState.</summary>
internal sealed class MirrorPairs(ProxyLoop owner)
{
    private const int MaxSpare = 4096;

    // A copy that is cut off is over after a few passes of its loop.
    private const int MostLooks = 100;

    private readonly Stack<MirrorPair> _spare = new();
    private readonly List<MirrorPair> _running = [];

    /// <summary>What they hold of bodies; beyond it they are cut.</summary>
    public BodyMemory Memory { get; } = new();

    /// <summary>Pairs of which one side is under way.</summary>
    public int Count => _running.Count;

    public MirrorPair Rent()
    {
        if (!_spare.TryPop(out var pair)) pair = new MirrorPair(owner);
        pair.Index = _running.Count;
        _running.Add(pair);
        return pair;
    }

    public void Return(MirrorPair pair)
    {
        var last = _running[^1];
        _running[pair.Index] = last;
        last.Index = pair.Index;
        _running.RemoveAt(_running.Count - 1);
        if (_spare.Count < MaxSpare) _spare.Push(pair);
    }

    /// <summary>Weir stops, and nobody waits for copies: ends those of all loops. Not from a loop.</summary>
    public static async Task EndAllAsync(IReadOnlyList<ProxyLoop> loops, TimeProvider time)
    {
        foreach (var loop in loops)
        {
            for (var looks = 0; looks < MostLooks; looks++)
            {
                var left = 0;
                await loop.RunAsync(l =>
                {
                    l.Mirrors.CutOff();
                    left = l.Mirrors.Count;
                });
                if (left == 0) break;
                await Task.Delay(TimeSpan.FromMilliseconds(1), time);
            }
        }
    }

    private void CutOff()
    {
        foreach (var pair in _running) pair.Running?.CutOff();
    }
}
