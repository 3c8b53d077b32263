using Weir.Proxy.Routes.Patterns;

namespace Weir.Proxy.Routes;

/// <summary>Collects where the captures of each pattern come from, in one array for the whole table.</summary>
internal sealed class CaptureReader
{
    private readonly List<CaptureSource> _sources = [];

    public CaptureSource[] ToArray() => [.. _sources];

    public void Read(PathPattern pattern, ref RouteEntry entry)
    {
        entry.FirstCapture = _sources.Count;
        var segments = pattern.Segments;
        for (var i = 0; i < segments.Count; i++)
        {
            if (segments[i].Name is { } name)
                _sources.Add(new CaptureSource(name, i, segments[i].Kind == SegmentKind.Rest ? CaptureKind.Rest : CaptureKind.Segment));
        }

        entry.Captures = (ushort)(_sources.Count - entry.FirstCapture);
    }

    /// <summary>Named groups only: numbered ones have no name to ask for them by.</summary>
    public PatternFault? Read(RegexPattern regex, ref RouteEntry entry)
    {
        entry.FirstCapture = _sources.Count;
        foreach (var name in regex.Regex.GetGroupNames())
            if (!char.IsAsciiDigit(name[0])) _sources.Add(new CaptureSource(name, regex.Regex.GroupNumberFromName(name), CaptureKind.Group));

        var count = _sources.Count - entry.FirstCapture;
        entry.Captures = (ushort)Math.Min(count, RouteCaptures.Max);
        return count <= RouteCaptures.Max ? null : new PatternFault($"A path has at most {RouteCaptures.Max} named groups.");
    }
}
