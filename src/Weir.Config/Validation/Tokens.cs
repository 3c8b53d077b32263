using System.Buffers;

namespace Weir.Config.Validation;

/// <summary>The alphabets of names.</summary>
internal static class Tokens
{
    // RFC 9110, section 5.6.2.
    private static readonly SearchValues<char> Tchar = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly SearchValues<char> NameChars = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-");

    public static bool IsToken(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExcept(Tchar);

    /// <summary>A name of a listener, route, cluster or policy: it becomes a metric label, a file name, a part of a URL.</summary>
    public static bool IsName(string text)
        => text.Length is > 0 and <= 128 && char.IsAsciiLetterOrDigit(text[0]) && !text.AsSpan().ContainsAnyExcept(NameChars);
}
