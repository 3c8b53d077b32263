using System.Diagnostics;
using System.Runtime.Intrinsics;
using Weir.Http.Addresses;
using Weir.Http.Fields;

namespace Weir.Http.Targets;

/// <summary>
/// Checks a path with its query and gives the path its one form, which is both matched and forwarded; docs/paths.md says how.
/// Normalising twice changes nothing.
/// </summary>
public static class PathText
{
    /// <summary>
    /// <paramref name="target"/> starts with '/' and may have a query. The path is a view of it when there is nothing to change,
    /// else it is written to the arena's own part; the query is always a view.
    /// </summary>
    public static Refusal Normalise(TextArena arena, TextSlice target, out TextSlice path, out TextSlice query, out bool hasQuery)
    {
        path = query = default;
        hasQuery = false;
        var text = arena[target];
        Debug.Assert(text[0] == (byte)'/');

        var rewrite = false;
        var end = text.IndexOfAnyExcept(PathBytes.Plain);
        if (end < 0) end = text.Length;
        else if (text[end] == (byte)'%')
        {
            rewrite = true;
            end = text.IndexOf((byte)'?');
            if (end < 0) end = text.Length;
        }
        else if (text[end] != (byte)'?') return Refusal.BadTarget;

        if (end < text.Length)
        {
            hasQuery = true;
            query = target.Slice(end + 1, target.Length - end - 1);
            var refusal = CheckQuery(text[(end + 1)..]);
            if (refusal != Refusal.None) return refusal;
        }

        path = target.Slice(0, end);
        return rewrite || HasDotOrDoubleSlash(text[..end]) ? Rewrite(arena, path, out path) : Refusal.None;
    }

    /// <summary>Stands in a path as it is; the slash between segments is not meant. For paths that are written in a file.</summary>
    public static bool IsPlain(byte b) => b != (byte)'/' && PathBytes.Plain.Contains(b);

    /// <summary>Is decoded when it comes encoded.</summary>
    public static bool IsUnreserved(byte b) => PathBytes.Unreserved.Contains(b);

    /// <summary>"..;x": some origins drop the parameter and then climb, so it is refused.</summary>
    public static bool IsDotsWithParameter(ReadOnlySpan<byte> segment)
    {
        if (segment.IsEmpty || segment[0] != (byte)'.') return false;
        var dots = Dots(segment);
        return segment.Length > dots && segment[dots] == (byte)';';
    }

    private static Refusal CheckQuery(ReadOnlySpan<byte> query)
    {
        for (var at = 0; ; at += 3)
        {
            var found = query[at..].IndexOfAnyExcept(PathBytes.PlainQuery);
            if (found < 0) return Refusal.None;
            at += found;
            if (query[at] != (byte)'%') return Refusal.BadTarget;
            if (!PathBytes.IsHexPair(query, at + 1)) return Refusal.BadPathEncoding;
        }
    }

    /// <summary>"//" or "/." is somewhere: then a segment may be empty, or "." or "..".</summary>
    private static bool HasDotOrDoubleSlash(ReadOnlySpan<byte> path)
    {
        var at = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            var slash = Vector128.Create((byte)'/');
            for (; at + Vector128<byte>.Count < path.Length; at += Vector128<byte>.Count)
            {
                var first = Vector128.Create(path[at..]);
                var second = Vector128.Create(path[(at + 1)..]);
                var hit = Vector128.Equals(first, slash)
                    & (Vector128.Equals(second, slash) | Vector128.Equals(second, Vector128.Create((byte)'.')));
                if (hit != Vector128<byte>.Zero) return true;
            }
        }

        for (; at + 1 < path.Length; at++)
            if (path[at] == (byte)'/' && path[at + 1] is (byte)'/' or (byte)'.') return true;
        return false;
    }

    private static Refusal Rewrite(TextArena arena, TextSlice raw, out TextSlice path)
    {
        // Nothing here makes a path longer. The text is taken after the reservation, which may move the own part.
        if (!arena.TryReserve(raw.Length, out path)) return Refusal.RequestLineTooLong;
        var refusal = Rewrite(arena[raw], arena.Writable(path), out var length);
        path = arena.Shrink(path, length);
        return refusal;
    }

    private static Refusal Rewrite(ReadOnlySpan<byte> raw, Span<byte> to, out int length)
    {
        length = 1;
        to[0] = (byte)'/';
        var segment = 1;
        for (var at = 1; ; at++)
        {
            if (at == raw.Length || raw[at] == (byte)'/')
            {
                var refusal = EndSegment(to, ref segment, ref length);
                if (refusal != Refusal.None || at == raw.Length) return refusal;
                // An empty or removed segment already ends in the slash before it.
                if (length > segment)
                {
                    to[length++] = (byte)'/';
                    segment = length;
                }

                continue;
            }

            var b = raw[at];
            if (b == (byte)'%')
            {
                if (!PathBytes.IsHexPair(raw, at + 1)) return Refusal.BadPathEncoding;
                b = (byte)((IpText.HexValue(raw[at + 1]) << 4) | IpText.HexValue(raw[at + 2]));
                if (b == 0) return Refusal.BadPathEncoding;
                if (!PathBytes.Unreserved.Contains(b))
                {
                    to[length] = (byte)'%';
                    to[length + 1] = PathBytes.UpperHex(raw[at + 1]);
                    to[length + 2] = PathBytes.UpperHex(raw[at + 2]);
                    length += 3;
                    at += 2;
                    continue;
                }

                at += 2;
            }
            else if (!PathBytes.Plain.Contains(b))
            {
                return Refusal.BadTarget;
            }

            to[length++] = b;
        }
    }

    // Takes "." and ".." out, RFC 3986 §5.2.4.
    private static Refusal EndSegment(Span<byte> to, ref int segment, ref int length)
    {
        var text = to[segment..length];
        if (text.IsEmpty || text[0] != (byte)'.') return Refusal.None;
        var dots = Dots(text);
        if (text.Length > dots) return IsDotsWithParameter(text) ? Refusal.BadTarget : Refusal.None;
        length = segment;
        if (dots == 1) return Refusal.None;
        if (segment == 1) return Refusal.PathEscapesRoot;
        segment = length = to[..(segment - 1)].LastIndexOf((byte)'/') + 1;
        return Refusal.None;
    }

    private static int Dots(ReadOnlySpan<byte> segment) => segment.Length > 1 && segment[1] == (byte)'.' ? 2 : 1;
}
