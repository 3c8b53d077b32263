using System.Runtime.CompilerServices;

namespace Weir.Proxy.Routes;

/// <summary>What one capture of a pattern is called and where it comes from: a path segment, the rest from a segment on, or a regex group.</summary>
internal readonly record struct CaptureSource(string Name, int Number, CaptureKind Kind);

internal enum CaptureKind : byte { Segment, Rest, Group }

/// <summary>
/// Path parameters of a match: places in the request's path, names from the route. Plain data of fixed size, to be kept in the
/// exchange. Hazard: the places mean the path that was matched; a rewrite of the path does not move them.
/// </summary>
internal struct RouteCaptures
{
    /// <summary>Parameters of one pattern at most; a pattern with more is refused at load.</summary>
    public const int Max = 16;

    private CaptureSource[]? _sources;
    private int _first;
    private Places _places;

    public int Count { get; private set; }

    public readonly string Name(int index) => _sources![_first + Checked(index)].Name;

    public readonly (int Start, int Length) Place(int index) => _places[Checked(index)];

    /// <summary>The captured part of the path that was matched; empty when there is no such name.</summary>
    public readonly ReadOnlySpan<byte> Get(ReadOnlySpan<byte> path, string name)
    {
        for (var i = 0; i < Count; i++)
        {
            if (!string.Equals(_sources![_first + i].Name, name, StringComparison.Ordinal)) continue;
            var (start, length) = _places[i];
            return path.Slice(start, length);
        }

        return default;
    }

    /// <summary>Forgets everything, the table too.</summary>
    public void Clear()
    {
        _sources = null;
        Count = 0;
    }

    internal void Start(CaptureSource[] sources, int first)
    {
        _sources = sources;
        _first = first;
        Count = 0;
    }

    internal void Add(int start, int length) => _places[Count++] = (start, length);

    private readonly int Checked(int index) => (uint)index < (uint)Count ? index : throw new ArgumentOutOfRangeException(nameof(index));

    [InlineArray(Max)]
    private struct Places
    {
        private (int Start, int Length) _first;
    }
}
