using Weir.Http;
using Weir.Http.Fields;
using Weir.Http.Messages;
using Weir.Sdk.Expressions;

namespace Weir.Proxy.Requests;

/// <summary>Makes a request of gRPC-Web one of gRPC: PROTOCOL-WEB.md of gRPC. Its body, and what is answered, are the translator's.</summary>
internal static class GrpcWeb
{
    /// <summary>A request of anything else is left as it is. False: the exchange has a refusal.</summary>
    public static bool TryTranslate(Exchange x)
    {
        var request = x.Request;
        var spoken = Grpc.Spoken(request);
        if (spoken is not (GrpcDialect.Web or GrpcDialect.WebText)) return true;
        var asked = AskedType(request);
        if (!TryEditFields(request))
        {
            x.Refuse(Refusal.HeaderTooLarge);
            return false;
        }

        var isText = spoken == GrpcDialect.WebText;
        if (isText && request.HasBody) (request.Framing, request.ContentLength) = (BodyFraming.Chunked, 0);
        x.TranslateGrpcWeb(asked, isText, Grpc.Dialect(request.Arena[asked]) == GrpcDialect.WebText);
        return true;
    }

    /// <summary>The type that the client wants to be answered with: what Accept says of gRPC-Web, else the request's own. In the request's arena.</summary>
    public static TextSlice AskedType(RequestHead request)
    {
        var fields = request.Fields;
        for (var at = fields.IndexOf(KnownField.Accept); at >= 0; at = fields.IndexOf(KnownField.Accept, at + 1))
        {
            var rest = fields[at].Value;
            while (!rest.IsEmpty)
            {
                var text = request.Arena[rest];
                var comma = text.IndexOf((byte)',');
                var member = WithoutParameters(request, rest.Slice(0, comma < 0 ? text.Length : comma));
                if (Grpc.Dialect(request.Arena[member]) is GrpcDialect.Web or GrpcDialect.WebText) return member;
                rest = comma < 0 ? default : rest.Slice(comma + 1, text.Length - comma - 1);
            }
        }

        return WithoutParameters(request, fields[fields.IndexOf(KnownField.ContentType)].Value);
    }

    private static bool TryEditFields(RequestHead request)
    {
        var fields = request.Fields;
        var type = new ByteSink(stackalloc byte[64]);
        var own = WithoutParameters(request, fields[fields.IndexOf(KnownField.ContentType)].Value);
        var suffix = request.Arena[own].IndexOf((byte)'+');
        var isEdited = type.TryWrite("application/grpc"u8)
            && (suffix < 0 || type.TryWrite(request.Arena[own][suffix..]))
            && fields.TrySet("content-type"u8, type.Written);
        type.Dispose();
        // A browser undoes codings of a whole body, which this one will not be; and none of single messages.
        fields.Remove(KnownField.AcceptEncoding);
        return isEdited && (fields.IndexOf("grpc-accept-encoding"u8) >= 0 || fields.TryAdd("grpc-accept-encoding"u8, "identity"u8));
    }

    private static TextSlice WithoutParameters(RequestHead request, TextSlice type)
    {
        var text = request.Arena[type];
        var end = text.IndexOf((byte)';');
        if (end < 0) end = text.Length;
        var start = 0;
        while (start < end && text[start] is (byte)' ' or (byte)'\t') start++;
        while (end > start && text[end - 1] is (byte)' ' or (byte)'\t') end--;
        return type.Slice(start, end - start);
    }
}
