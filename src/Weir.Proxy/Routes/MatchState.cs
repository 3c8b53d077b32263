using Weir.Proxy.Routes.Text;

namespace Weir.Proxy.Routes;

/// <summary>
/// What one match knows so far; lives on the stack. The path is split and each segment hashed once, when the first template is
/// walked, however often a walk comes back to a segment.
/// </summary>
internal ref struct MatchState
{
    private readonly Span<int> _starts;
    private readonly Span<uint> _hashes;
    private int _hashed;
    private uint _pathHash;
    private bool _isPathHashed;

    public MatchState(Span<int> starts, Span<uint> hashes, ulong method)
    {
        _starts = starts;
        _hashes = hashes;
        Method = method;
    }

    /// <summary>The request's method as a bit of the table.</summary>
    public readonly ulong Method { get; }

    /// <summary>Methods that would have been taken.</summary>
    public ulong Allowed { get; set; }

    /// <summary>The entry that won.</summary>
    public int Entry { get; set; } = -1;

    /// <summary>It won only for automatic OPTIONS.</summary>
    public bool Automatic { get; set; }

    /// <summary>Segments of the path, but never more than one beyond what the trie is deep; -1 before <see cref="Split"/>.</summary>
    public int Segments { get; private set; } = -1;

    public uint PathHash(ReadOnlySpan<byte> path)
    {
        if (!_isPathHashed) _pathHash = TextHash.Of(path);
        _isPathHashed = true;
        return _pathHash;
    }

    public void Split(ReadOnlySpan<byte> path, int depth)
    {
        if (Segments >= 0) return;
        Segments = 0;
        if (path.IsEmpty || path[0] != '/') return;
        var start = 1;
        while (true)
        {
            _starts[Segments++] = start;
            var end = path[start..].IndexOf((byte)'/');
            start = end < 0 ? path.Length + 1 : start + end + 1;
            _starts[Segments] = start;
            if (end < 0 || Segments > depth) return;
        }
    }

    public readonly (int Start, int Length) Segment(int index) => (_starts[index], _starts[index + 1] - 1 - _starts[index]);

    /// <summary>Where the rest from a segment on begins: the path's end when there is no such segment.</summary>
    public readonly int RestStart(int index, int pathLength) => index < Segments ? _starts[index] : pathLength;

    public uint SegmentHash(int index, ReadOnlySpan<byte> path)
    {
        for (; _hashed <= index; _hashed++)
        {
            var (start, length) = Segment(_hashed);
            _hashes[_hashed] = TextHash.Of(path.Slice(start, length));
        }

        return _hashes[index];
    }
}
