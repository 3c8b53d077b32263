using System.Text;
using Weir.Http.Fields;

namespace Weir.Http.Http1;

/// <summary>Content-Length and Transfer-Encoding under the rules that requests and responses share. RFC 9112 §6.1 to §6.3.</summary>
internal static class BodyLength
{
    private const int MostDigits = 19;

    /// <summary><paramref name="length"/> is -1 without Content-Length.</summary>
    public static Refusal Read(FieldTable fields, bool http10, out bool chunked, out long length)
    {
        chunked = false;
        length = -1;
        var lengthAt = fields.IndexOf(KnownField.ContentLength);
        var encodingAt = fields.IndexOf(KnownField.TransferEncoding);
        if (encodingAt >= 0)
        {
            if (lengthAt >= 0) return Refusal.LengthAndEncoding;
            if (http10) return Refusal.EncodingInHttp10;
            if (fields.IndexOf(KnownField.TransferEncoding, encodingAt + 1) >= 0) return Refusal.BadTransferEncoding;
            if (!Ascii.EqualsIgnoreCase(fields.Value(encodingAt), "chunked"u8)) return Refusal.BadTransferEncoding;
            chunked = true;
            return Refusal.None;
        }

        if (lengthAt < 0) return Refusal.None;
        if (fields.IndexOf(KnownField.ContentLength, lengthAt + 1) >= 0) return Refusal.SeveralContentLengths;
        return TryReadDecimal(fields.Value(lengthAt), out length) ? Refusal.None : Refusal.BadContentLength;
    }

    /// <summary>Digits only, at most 2^63-1, at most 19 of them.</summary>
    public static bool TryReadDecimal(ReadOnlySpan<byte> text, out long value)
    {
        value = -1;
        if (text.Length is 0 or > MostDigits) return false;
        ulong number = 0;
        foreach (var b in text)
        {
            var digit = (uint)b - '0';
            if (digit > 9) return false;
            number = (number * 10) + digit;
        }

        // 19 digits fit 64 bits without sign.
        if (number > long.MaxValue) return false;
        value = (long)number;
        return true;
    }
}
