using System.Buffers;
using System.Globalization;
using System.Text;
using Weir.Http.Targets;

namespace Weir.Proxy.Routes.Patterns;

/// <summary>
/// Reads <c>match.path</c>: <c>/literal</c>, <c>/{name}</c>, <c>/*</c>, <c>/**</c>, <c>/{name**}</c>, <c>~ regex</c>.
/// Literal text is brought into the form that a normalised request path has, by <see cref="PathText"/>'s rules; what could never match is refused
/// with what to write instead. One instance reads many patterns; off the path.
/// </summary>
internal sealed class PathPatternParser
{
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _names = new HashSet<string>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    public PathPattern Pattern { get; } = new();

    /// <summary>Reads one pattern into <see cref="Pattern"/>; null when all is well.</summary>
    public PatternFault? Read(string written)
    {
        if (written.StartsWith('~'))
        {
            Pattern.SetRegex(written[1..].TrimStart(' ', '\t'));
            return Pattern.Expression.Length == 0 ? new PatternFault("The regular expression is empty.", "write \"~ ^/path$\"") : null;
        }

        Pattern.Clear();
        if (written.Length == 0) return new PatternFault("The path is empty.", "write \"/\" for the root, or leave path out for any path");
        if (written[0] == '^') return new PatternFault("A path starts with '/'.", $"write \"~ {written}\" for a regular expression", 0);
        if (written[0] != '/') return new PatternFault("A path starts with '/'.", $"write /{written}, or \"~ …\" for a regular expression", 0);

        var start = 1;
        while (true)
        {
            var end = written.IndexOf('/', start);
            var segment = end < 0 ? written.AsSpan(start) : written.AsSpan(start, end - start);
            var fault = ReadSegment(segment, start, end < 0);
            if (fault is not null) return fault;
            if (Pattern.Segments.Count > PathPattern.MaxSegments) return new PatternFault($"A path has at most {PathPattern.MaxSegments} segments.");
            if (Pattern.Names > RouteCaptures.Max) return new PatternFault($"A path has at most {RouteCaptures.Max} named parameters.");
            if (end < 0) return null;
            start = end + 1;
        }
    }

    private PatternFault? ReadSegment(ReadOnlySpan<char> segment, int column, bool last)
    {
        if (segment is "*") return Variable(SegmentKind.Parameter, default, column);
        if (segment is "**") return last ? Variable(SegmentKind.Rest, default, column) : NotLast(column);
        if (segment.Length > 0 && segment[0] == '{' && segment[^1] == '}')
        {
            var name = segment[1..^1];
            var rest = name.EndsWith("**");
            if (rest) name = name[..^2];
            return !IsName(name) ? new PatternFault("A parameter's name is letters, digits, '_' and '-'.", null, column)
                : rest && !last ? NotLast(column)
                : Variable(rest ? SegmentKind.Rest : SegmentKind.Parameter, name, column);
        }

        if (segment.IsEmpty && !last) return new PatternFault("The path has an empty segment.", "write one '/'", column);
        if (segment.IndexOfAny('{', '}', '*') is >= 0 and var inside)
            return new PatternFault("A parameter is a whole segment.", "use \"~ …\", a regular expression, to match a part of a segment", column + inside);
        Pattern.StartLiteral();
        var fault = ReadLiteral(segment, column);
        Pattern.EndLiteral();
        return fault ?? CheckDots(Pattern.Literal(Pattern.Segments[^1]), column);
    }

    private static PatternFault? CheckDots(ReadOnlySpan<byte> segment, int column) => segment switch
    {
        [(byte)'.'] or [(byte)'.', (byte)'.'] => new PatternFault("Requests never have \".\" or \"..\" segments: they are resolved first.", "write the path that it leads to", column),
        _ when PathText.IsDotsWithParameter(segment) => new PatternFault("Requests with such a segment are refused: some origins drop what follows ';' and climb.", null, column),
        _ => null,
    };

    private PatternFault? ReadLiteral(ReadOnlySpan<char> segment, int column)
    {
        Span<byte> utf8 = stackalloc byte[4];
        for (var i = 0; i < segment.Length;)
        {
            var c = segment[i];
            if (c <= 127 && PathText.IsPlain((byte)c))
            {
                Pattern.Put((byte)c);
                i++;
            }
            else if (c == '%')
            {
                if (i + 2 >= segment.Length || !byte.TryParse(segment.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
                    return new PatternFault("'%' is followed by two hex digits.", "write %25 for the character itself", column + i);
                if (value == 0) return new PatternFault("Requests with %00 in their path are refused.", null, column + i);
                if (PathText.IsUnreserved(value)) Pattern.Put(value);
                else PutEncoded(value);
                i += 3;
            }
            else if (c > 127)
            {
                if (Rune.DecodeFromUtf16(segment[i..], out var rune, out var used) != OperationStatus.Done)
                    return new PatternFault("The path is not valid Unicode.", null, column + i);
                foreach (var b in utf8[..rune.EncodeToUtf8(utf8)]) PutEncoded(b);
                i += used;
            }
            else
            {
                return Misplaced(c, column + i);
            }
        }

        return null;
    }

    private static PatternFault Misplaced(char c, int column) => c switch
    {
        '?' => new PatternFault("A path has no query.", "put its parameters under match.query", column),
        '#' => new PatternFault("A path has no fragment: browsers do not send it.", null, column),
        '\\' => new PatternFault("Segments are parted by '/'.", "write '/', or %5C for the character itself", column),
        _ => new PatternFault($"U+{(int)c:X4} cannot stand in a path.", $"write %{(int)c:X2}", column),
    };

    private static bool IsName(ReadOnlySpan<char> name)
    {
        foreach (var c in name)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-')) return false;
        return !name.IsEmpty;
    }

    private static PatternFault NotLast(int column) => new("Nothing can follow \"**\": it takes all the rest.", "use {name} or * for one segment", column);

    private PatternFault? Variable(SegmentKind kind, ReadOnlySpan<char> name, int column)
        => Pattern.AddVariable(kind, name.IsEmpty ? null : Intern(name)) ? null : new PatternFault($"The parameter \"{name}\" is there twice.", "give them different names", column);

    // Thousands of routes share a few names such as "id".
    private string Intern(ReadOnlySpan<char> name)
    {
        if (_names.TryGetValue(name, out var known)) return known;
        var made = name.ToString();
        _names.Set.Add(made);
        return made;
    }

    private void PutEncoded(byte value)
    {
        Pattern.Put((byte)'%');
        Pattern.Put((byte)HexDigit(value >> 4));
        Pattern.Put((byte)HexDigit(value & 15));
    }

    private static char HexDigit(int value) => (char)(value < 10 ? '0' + value : 'A' + value - 10);
}
