using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using Weir.Sdk.Text;

namespace Weir.Proxy.Routes.Conditions;

/// <summary>Runs a regular expression over a value's bytes, read as UTF-8, in memory of the stack or the pool.</summary>
internal static class RegexText
{
    private const int OnStack = 512;

    public static bool IsMatch(Regex regex, ReadOnlySpan<byte> value)
    {
        char[]? rented = null;
        var text = value.Length <= OnStack ? stackalloc char[OnStack] : (rented = ArrayPool<char>.Shared.Rent(value.Length));

        // Never longer in UTF-16 than in UTF-8, replacements included.
        Utf8.ToUtf16(value, text, out _, out var written, replaceInvalidSequences: true);
        var matches = regex.IsMatch(text[..written]);
        if (rented is not null) ArrayPool<char>.Shared.Return(rented);
        return matches;
    }

    /// <summary>The same for a query value, decoded first.</summary>
    public static bool IsMatchDecoded(Regex regex, ReadOnlySpan<byte> raw)
    {
        if (!FormText.IsEncoded(raw)) return IsMatch(regex, raw);
        byte[]? rented = null;
        var decoded = raw.Length <= OnStack ? stackalloc byte[OnStack] : (rented = ArrayPool<byte>.Shared.Rent(raw.Length));
        var matches = IsMatch(regex, decoded[..FormText.Decode(raw, decoded)]);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        return matches;
    }

    /// <summary>Each byte as one character, so that places in the text are places in the path.</summary>
    public static void Widen(ReadOnlySpan<byte> path, Span<char> destination) => Encoding.Latin1.GetChars(path, destination);
}
