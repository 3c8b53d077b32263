using System.Text;

namespace Weir.Proxy.Routes.Patterns;

internal enum PathKind : byte
{
    /// <summary>Every segment is literal.</summary>
    Literal,

    /// <summary>Has a parameter or ends in a rest.</summary>
    Template,

    Regex,
}

internal enum SegmentKind : byte { Literal, Parameter, Rest }

/// <summary>One segment. A literal is a part of <see cref="PathPattern.Text"/>; a parameter without a name is "*", a rest without one "**".</summary>
internal readonly record struct PatternSegment(SegmentKind Kind, int Start, int Length, string? Name);

/// <summary>
/// One entry of <c>match.path</c>, taken apart by <see cref="PathPatternParser"/> into memory that is used again for the next.
/// Literal text is in the form that normalised request paths have.
/// </summary>
internal sealed class PathPattern
{
    /// <summary>More segments are refused: the matcher keeps their places on its stack.</summary>
    public const int MaxSegments = 64;

    private readonly List<PatternSegment> _segments = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private byte[] _text = new byte[128];
    private int _length;

    public PathKind Kind { get; private set; }

    public IReadOnlyList<PatternSegment> Segments => _segments;

    /// <summary>The whole pattern with '/' before each segment; parameters leave nothing behind.</summary>
    public ReadOnlySpan<byte> Text => _text.AsSpan(0, _length);

    /// <summary>Of a regex, the expression.</summary>
    public string Expression { get; private set; } = "";

    public ReadOnlySpan<byte> Literal(PatternSegment segment) => _text.AsSpan(segment.Start, segment.Length);

    /// <summary>Any path: what a route without paths has.</summary>
    public void SetAny()
    {
        Clear();
        AddVariable(SegmentKind.Rest, null);
    }

    /// <summary>Whether this pattern takes a path, without any index. Not for regexes.</summary>
    public bool Takes(ReadOnlySpan<byte> path)
    {
        var whole = path.IsEmpty || path[0] != '/';
        var left = whole ? default : path;
        foreach (var segment in _segments)
        {
            if (segment.Kind == SegmentKind.Rest) return true;
            if (left.IsEmpty) return false;
            left = left[1..];
            var end = left.IndexOf((byte)'/');
            var value = end < 0 ? left : left[..end];
            if (segment.Kind == SegmentKind.Literal ? !value.SequenceEqual(Literal(segment)) : value.IsEmpty) return false;
            left = end < 0 ? default : left[end..];
        }

        return !whole && left.IsEmpty;
    }

    internal void Clear()
    {
        _segments.Clear();
        _names.Clear();
        _length = 0;
        Kind = PathKind.Literal;
        Expression = "";
    }

    internal void SetRegex(string expression)
    {
        Clear();
        Kind = PathKind.Regex;
        Expression = expression;
    }

    internal void StartLiteral()
    {
        Put((byte)'/');
        _segments.Add(new PatternSegment(SegmentKind.Literal, _length, 0, null));
    }

    internal void Put(byte value)
    {
        if (_length == _text.Length) Array.Resize(ref _text, _length * 2);
        _text[_length++] = value;
    }

    internal void EndLiteral() => _segments[^1] = _segments[^1] with { Length = _length - _segments[^1].Start };

    /// <summary>False when the name is taken in this pattern.</summary>
    internal bool AddVariable(SegmentKind kind, string? name)
    {
        Kind = PathKind.Template;
        if (name is not null && !_names.Add(name)) return false;
        _segments.Add(new PatternSegment(kind, _length, 0, name));
        return true;
    }

    internal int Names => _names.Count;

    public override string ToString()
        => Kind == PathKind.Regex ? $"~ {Expression}" : string.Concat(_segments.Select(Written));

    private string Written(PatternSegment segment) => segment.Kind switch
    {
        SegmentKind.Literal => "/" + Encoding.ASCII.GetString(Literal(segment)),
        SegmentKind.Parameter => segment.Name is null ? "/*" : $"/{{{segment.Name}}}",
        _ => segment.Name is null ? "/**" : $"/{{{segment.Name}**}}",
    };
}
