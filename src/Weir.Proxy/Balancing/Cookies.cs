using Weir.Http.Fields;

namespace Weir.Proxy.Balancing;

/// <summary>Cookies of requests (RFC 6265 §4.2.1), as servers read them: leniently, the first of a name; and those that clients are given.</summary>
internal static class Cookies
{
    /// <summary>False when there is none of this name.</summary>
    public static bool TryFind(FieldTable fields, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        for (var at = fields.IndexOf(KnownField.Cookie); at >= 0; at = fields.IndexOf(KnownField.Cookie, at + 1))
            if (TryFind(fields.Value(at), name, out value)) return true;
        value = default;
        return false;
    }

    /// <summary>Gives the client a cookie. <paramref name="attributes"/>: what follows its value; <c>Secure</c> is added where the client's connection is.</summary>
    public static void Set(Exchange x, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ReadOnlySpan<byte> attributes)
    {
        ReadOnlySpan<byte> secure = x.IsSecure ? "; Secure"u8 : default;
        Span<byte> text = stackalloc byte[name.Length + 1 + value.Length + attributes.Length + secure.Length];
        name.CopyTo(text);
        text[name.Length] = (byte)'=';
        value.CopyTo(text[(name.Length + 1)..]);
        attributes.CopyTo(text[(name.Length + 1 + value.Length)..]);
        secure.CopyTo(text[^secure.Length..]);
        x.Response.Fields.TryAdd("set-cookie"u8, text);
    }

    private static bool TryFind(ReadOnlySpan<byte> pairs, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        while (!pairs.IsEmpty)
        {
            var end = pairs.IndexOf((byte)';');
            var pair = (end < 0 ? pairs : pairs[..end]).Trim((byte)' ');
            pairs = end < 0 ? default : pairs[(end + 1)..];
            if (pair.Length <= name.Length || pair[name.Length] != '=' || !pair.StartsWith(name)) continue;
            value = pair[(name.Length + 1)..];
            if (value.Length >= 2 && value[0] == '"' && value[^1] == '"') value = value[1..^1];
            return true;
        }

        value = default;
        return false;
    }
}
