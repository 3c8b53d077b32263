using Weir.Http;
using Weir.Sdk.Expressions;

namespace Weir.Policies.Rewrite;

/// <summary>
/// The one place where a rewritten path is made fit to be forwarded. To be swapped for the normaliser of Weir.Http/Targets, which
/// has to refuse dot segments as this does: in a rewritten path they can only come from a client's value.
/// </summary>
internal static class PathText
{
    /// <summary>Bytes of a rewritten path.</summary>
    public const int Longest = 16 * 1024;

    /// <summary>
    /// Writes the path: bytes that RFC 3986 §3.3 has no room for are encoded, encoded unreserved ones decoded, slashes at the start
    /// merged (a "//" would be read as an authority). A reason when it cannot be one.
    /// </summary>
    public static Refusal Finish(scoped ReadOnlySpan<byte> raw, ref ByteSink path)
    {
        if (raw.IsEmpty || raw[0] != '/') return Refusal.BadTarget;
        var start = raw.IndexOfAnyExcept((byte)'/');
        raw = start < 0 ? raw[..1] : raw[(start - 1)..];
        for (var i = 0; i < raw.Length; i++)
        {
            var b = raw[i];
            if (b == '%')
            {
                if (i + 2 >= raw.Length || !TryHex(raw[i + 1], raw[i + 2], out b) || b == 0) return Refusal.BadPathEncoding;
                var decodes = IsUnreserved(b);
                if (decodes ? !path.TryWrite(b) : !path.TryWrite(raw.Slice(i, 3))) return Refusal.RequestLineTooLong;
                i += 2;
            }
            else if (b == 0)
            {
                return Refusal.BadPathEncoding;
            }
            else if (!(IsPathByte(b) ? path.TryWrite(b) : TryEncode(b, ref path)))
            {
                return Refusal.RequestLineTooLong;
            }
        }

        return HasDotSegment(path.Written) ? Refusal.PathEscapesRoot : Refusal.None;
    }

    /// <summary>What is wrong with a piece of path in the configuration, or null.</summary>
    public static string? Problem(ReadOnlySpan<byte> literal)
    {
        if (literal.Contains((byte)'?')) return "a path has no query; query: edits it";
        if (literal.Contains((byte)'#')) return "a request's path has no fragment";
        if (literal.ContainsAnyInRange((byte)0, (byte)0x20) || literal.Contains((byte)0x7F)) return "a path has no spaces and no control characters; write %20 for a space";
        return null;
    }

    private static bool HasDotSegment(ReadOnlySpan<byte> path)
    {
        foreach (var range in path.Split((byte)'/'))
        {
            var segment = path[range];
            if (segment.SequenceEqual("."u8) || segment.SequenceEqual(".."u8)) return true;
        }

        return false;
    }

    private static bool TryEncode(byte b, ref ByteSink path)
        => path.TryWrite((byte)'%') && path.TryWrite("0123456789ABCDEF"u8[b >> 4]) && path.TryWrite("0123456789ABCDEF"u8[b & 15]);

    private static bool TryHex(byte high, byte low, out byte value)
    {
        value = 0;
        if (!char.IsAsciiHexDigit((char)high) || !char.IsAsciiHexDigit((char)low)) return false;
        value = (byte)((Digit(high) << 4) | Digit(low));
        return true;

        static int Digit(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
    }

    private static bool IsUnreserved(byte b) => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~';

    private static bool IsPathByte(byte b) => IsUnreserved(b) || "/!$&'()*+,;=:@"u8.Contains(b);
}
