using System.Text;
using Weir.Http.Fields;
using Weir.Http.Http1;

namespace Weir.Http.Forwarding;

/// <summary>
/// CDN-Loop, RFC 8586: every proxy of this kind adds its id, and whoever sees its own too often breaks the loop. Clients cannot
/// take it out, since Connection may not nominate it.
/// </summary>
public static class CdnLoop
{
    /// <summary>How often <paramref name="id"/> is listed; -1 when a field is not a valid list, which hides what was there.</summary>
    public static int Count(FieldTable fields, ReadOnlySpan<byte> id)
    {
        var count = 0;
        for (var at = fields.IndexOf(KnownField.CdnLoop); at >= 0; at = fields.IndexOf(KnownField.CdnLoop, at + 1))
        {
            var found = CountIn(fields.Value(at), id);
            if (found < 0) return -1;
            count += found;
        }

        return count;
    }

    /// <summary>One more line, which is the same as one more element. The id is a token or a host.</summary>
    public static void Write(ref HeadWriter writer, ReadOnlySpan<byte> id)
    {
        writer.Raw("CDN-Loop: "u8);
        writer.Checked(id);
        writer.EndField();
    }

    // #( cdn-id *( OWS ";" OWS token "=" ( token / quoted-string ) ) )
    private static int CountIn(ReadOnlySpan<byte> value, ReadOnlySpan<byte> id)
    {
        var count = 0;
        while (true)
        {
            value = TrimStart(value);
            if (value.IsEmpty) return count;
            if (value[0] == (byte)',')
            {
                value = value[1..];
                continue;
            }

            var length = value.IndexOfAny(",; \t"u8);
            if (length < 0) length = value.Length;
            var name = value[..length];
            if (!IsId(name)) return -1;
            if (Ascii.EqualsIgnoreCase(name, id)) count++;
            value = TrimStart(value[length..]);
            while (!value.IsEmpty && value[0] == (byte)';')
            {
                if (!TrySkipParameter(TrimStart(value[1..]), out value)) return -1;
                value = TrimStart(value);
            }

            if (!value.IsEmpty && value[0] != (byte)',') return -1;
        }
    }

    // A token, or a host with an optional port: brackets and colons besides.
    private static bool IsId(ReadOnlySpan<byte> text)
    {
        foreach (var b in text)
            if (b is not ((byte)':' or (byte)'[' or (byte)']') && !FieldRules.TokenBytes.Contains(b)) return false;
        return !text.IsEmpty;
    }

    private static bool TrySkipParameter(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> rest)
    {
        rest = default;
        var equals = text.IndexOfAnyExcept(FieldRules.TokenBytes);
        if (equals < 1 || text[equals] != (byte)'=') return false;
        text = text[(equals + 1)..];
        if (text.IsEmpty) return false;
        if (text[0] != (byte)'"')
        {
            var end = text.IndexOfAnyExcept(FieldRules.TokenBytes);
            rest = end < 0 ? default : text[end..];
            return end != 0;
        }

        for (var at = 1; at < text.Length; at++)
        {
            if (text[at] == (byte)'\\')
            {
                at++;
                continue;
            }

            if (text[at] != (byte)'"') continue;
            rest = text[(at + 1)..];
            return true;
        }

        return false;
    }

    private static ReadOnlySpan<byte> TrimStart(ReadOnlySpan<byte> text) => text.TrimStart(" \t"u8);
}
