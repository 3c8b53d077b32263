using Weir.Http;
using Weir.Http.Fields;
using Weir.Http.Targets;
using Weir.Sdk.Expressions;

namespace Weir.Policies.Rewrite;

/// <summary>
/// Makes a rewritten path as good as one that a client sent. The request's own path is normalised already, so whatever is wrong
/// with the result comes from a client's value: what only lacks encoding is encoded, what could lead elsewhere is refused.
/// </summary>
internal static class RewrittenPath
{
    /// <summary>Bytes of a rewritten path.</summary>
    public const int Longest = 16 * 1024;

    /// <summary>Encodes, normalises and appends. A reason when it cannot be a path.</summary>
    public static Refusal Finish(scoped ReadOnlySpan<byte> raw, TextArena arena, out TextSlice path)
    {
        path = default;
        if (raw.IsEmpty || raw[0] != '/') return Refusal.BadTarget;
        if (HasDotSegment(raw)) return Refusal.PathEscapesRoot;
        var sink = new ByteSink(stackalloc byte[512], Longest);
        var refusal = Refusal.None;
        if (!TryEncode(raw, ref sink)) refusal = Refusal.RequestLineTooLong;
        else if (!arena.TryAppend(sink.Written, out var encoded)) refusal = Refusal.HeaderTooLarge;
        else refusal = PathText.Normalise(arena, encoded, out path, out _, out _);
        sink.Dispose();
        return refusal;
    }

    /// <summary>What is wrong with a piece of path in the configuration, or null.</summary>
    public static string? Problem(ReadOnlySpan<byte> literal)
    {
        if (literal.Contains((byte)'?')) return "a path has no query; query: edits it";
        if (literal.Contains((byte)'#')) return "a request's path has no fragment";
        if (literal.ContainsAnyInRange((byte)0, (byte)0x20) || literal.Contains((byte)0x7F)) return "a path has no spaces and no control characters; write %20 for a space";
        return null;
    }

    // Normalising would resolve them, and so leave the path that the template says.
    private static bool HasDotSegment(ReadOnlySpan<byte> path)
    {
        foreach (var range in path.Split((byte)'/'))
        {
            var rest = path[range];
            var dots = 0;
            for (; !rest.IsEmpty && dots < 3; dots++)
            {
                if (rest[0] == '.') rest = rest[1..];
                else if (rest.Length >= 3 && rest[0] == '%' && rest[1] == '2' && rest[2] is (byte)'e' or (byte)'E') rest = rest[3..];
                else break;
            }

            if (rest.IsEmpty && dots is 1 or 2) return true;
        }

        return false;
    }

    // '%' stays: what it encodes is checked by the normaliser.
    private static bool TryEncode(ReadOnlySpan<byte> raw, ref ByteSink sink)
    {
        foreach (var b in raw)
        {
            if (IsPathByte(b) || b == '%' ? !sink.TryWrite(b)
                : !sink.TryWrite((byte)'%') || !sink.TryWrite("0123456789ABCDEF"u8[b >> 4]) || !sink.TryWrite("0123456789ABCDEF"u8[b & 15])) return false;
        }

        return true;
    }

    private static bool IsPathByte(byte b) => char.IsAsciiLetterOrDigit((char)b) || "-._~/!$&'()*+,;=:@[]"u8.Contains(b);
}
