using Weir.Http.Fields;
using Weir.Http.Messages;

namespace Weir.Http.Http1;

/// <summary>How a response's body ends and whether its connection lives on. RFC 9112 §6.3 and §9.3.</summary>
internal static class ResponseGuards
{
    public static Refusal Apply(ResponseHead head, HttpMethod requestMethod)
    {
        var fields = head.Fields;
        if (!ConnectionOptions.TryRead(fields, out var options)) return Refusal.BadConnectionField;
        var http10 = head.Version == HttpVersion.Http10;
        head.KeepAlive = !options.Close && (!http10 || options.KeepAlive);

        // RFC 9110 §6.4.1, §8.6: these have no body, and must not speak of one. An origin that does may also send one, so its
        // connection is not used again; a length of 0 is a harmless habit of many.
        if (head.Status is < 200 or 204)
        {
            head.Framing = BodyFraming.None;
            head.ContentLength = -1;
            if (fields.Has(KnownField.ContentLength) && !fields.Get(KnownField.ContentLength).SequenceEqual("0"u8)) head.KeepAlive = false;
            if (fields.Remove(KnownField.TransferEncoding) > 0) head.KeepAlive = false;
            fields.Remove(KnownField.ContentLength);
            return Refusal.None;
        }

        var refusal = BodyLength.Read(fields, http10, out var chunked, out var length);
        if (refusal != Refusal.None) return refusal;
        head.ContentLength = length;
        if (requestMethod == HttpMethod.Head || head.Status == 304) head.Framing = BodyFraming.None;
        else if (chunked) head.Framing = BodyFraming.Chunked;
        else if (length >= 0) head.Framing = BodyFraming.Length;
        else head.Framing = BodyFraming.UntilClose;
        if (head.Framing == BodyFraming.UntilClose) head.KeepAlive = false;
        return Refusal.None;
    }
}
