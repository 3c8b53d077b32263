using System.Globalization;
using System.Text;

namespace Weir.Http.Fields;

/// <summary>Dates in fields: the form that is written today, and the two that may still come. RFC 9110 §5.6.7.</summary>
public static class HttpDate
{
    // The longest is that of RFC 850.
    private const int Longest = 40;

    private static readonly string[] Forms = ["ddd, dd MMM yyyy HH:mm:ss 'GMT'", "dddd, dd-MMM-yy HH:mm:ss 'GMT'", "ddd MMM d HH:mm:ss yyyy"];

    public static bool TryParse(ReadOnlySpan<byte> text, out DateTimeOffset date)
    {
        date = default;
        Span<char> chars = stackalloc char[Longest];
        if (text.Length > Longest || Ascii.ToUtf16(text, chars, out var length) != System.Buffers.OperationStatus.Done) return false;
        return DateTimeOffset.TryParseExact(chars[..length], Forms, CultureInfo.InvariantCulture, DateTimeStyles.AllowInnerWhite | DateTimeStyles.AssumeUniversal, out date);
    }
}
