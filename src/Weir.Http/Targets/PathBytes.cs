using System.Buffers;

namespace Weir.Http.Targets;

/// <summary>Which bytes a path and a query may hold as they are; docs/paths.md gives the reasons.</summary>
internal static class PathBytes
{
    private const string UnreservedText = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    /// <summary>RFC 3986 §2.3: encoding these changes nothing, so they are decoded.</summary>
    public static readonly SearchValues<byte> Unreserved = Make(UnreservedText);

    /// <summary>pchar without '%', '/', and the brackets that browsers leave as they are.</summary>
    public static readonly SearchValues<byte> Plain = Make(UnreservedText + "!$&'()*+,;=:@/[]");

    /// <summary>What browsers send in a query as it is: every visible byte but '"', '#', '%', '&lt;' and '&gt;'.</summary>
    public static readonly SearchValues<byte> PlainQuery = Make(UnreservedText + "!$&'()*+,;=:@/[]?\\^`{|}");

    public static bool IsHexPair(ReadOnlySpan<byte> text, int at)
        => at + 1 < text.Length && char.IsAsciiHexDigit((char)text[at]) && char.IsAsciiHexDigit((char)text[at + 1]);

    public static byte UpperHex(byte digit) => digit >= 'a' ? (byte)(digit - 0x20) : digit;

    private static SearchValues<byte> Make(string text) => SearchValues.Create(System.Text.Encoding.ASCII.GetBytes(text));
}
