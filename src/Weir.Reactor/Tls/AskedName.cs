namespace Weir.Reactor.Tls;

/// <summary>The server name that a client asks for (RFC 6066 section 3), as names are kept here.</summary>
internal static class AskedName
{
    /// <summary>The longest that a name can be (RFC 1035 section 2.3.4).</summary>
    public const int MaxLength = 255;

    /// <summary>In lower case and without the dot of the root. Empty: none, or longer than any can be.</summary>
    public static ReadOnlySpan<char> Normalize(ReadOnlySpan<byte> asked, Span<char> text)
    {
        if (asked.IsEmpty || asked.Length > MaxLength) return default;
        for (var i = 0; i < asked.Length; i++) text[i] = char.ToLowerInvariant((char)asked[i]);
        return text[..(asked[^1] == (byte)'.' ? asked.Length - 1 : asked.Length)];
    }
}
