using Weir.Http.Fields;

namespace Weir.Proxy.Balancing;

/// <summary>Finds a cookie in a request's fields (RFC 6265 §4.2.1), as servers read them: leniently, the first of a name.</summary>
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
