using Weir.Http.Fields;
using Weir.Http.Messages;
using Weir.Proxy.Requests;
using Weir.Proxy.Wire;
using Weir.Sdk.Expressions;

namespace Weir.Proxy.Responses;

/// <summary>Makes the head of a response one of gRPC-Web, for an exchange whose request was translated.</summary>
internal static class GrpcWebReplies
{
    /// <summary>After the policies: what they added stays.</summary>
    public static void Prepare(Exchange x, GrpcWebDownstream translator)
    {
        // What Weir says itself is said as the client wants it already, or is a redirect and the like.
        if (x.Source != ResponseSource.Upstream) return;
        var response = x.Response;
        if (!IsGrpc(response))
        {
            Replace(x);
            return;
        }

        response.Fields.TrySet("Content-Type"u8, x.Request.Arena[x.GrpcWebType]);
        response.Fields.Remove(KnownField.Trailer);
        var saysStatus = response.Fields.IndexOf("grpc-status"u8) >= 0;
        // A response that is only trailers has them in its head here too.
        if (saysStatus && response.Framing is BodyFraming.None or BodyFraming.Length && response.ContentLength <= 0) return;
        (response.Framing, response.ContentLength) = (BodyFraming.Chunked, -1);
        translator.BeginAnswer(saysStatus);
    }

    private static bool IsGrpc(ResponseHead response)
        => Grpc.Dialect(response.Fields.Get(KnownField.ContentType)) == GrpcDialect.Grpc
            && !response.Fields.Has(KnownField.ContentEncoding)
            && response.Status is not (204 or 205 or 304);

    // An error page, as a rule of something in front of the origin: a client of gRPC-Web has no use for it but its status.
    private static void Replace(Exchange x)
    {
        var response = x.Response;
        var message = new ByteSink(stackalloc byte[64]);
        message.TryWrite("weir: the origin answered "u8);
        message.TryWriteNumber(response.Status);
        message.TryWrite(" without gRPC"u8);
        response.Fields.Remove(FieldSet.Of(KnownField.ContentEncoding, KnownField.Trailer, KnownField.ETag, KnownField.LastModified));
        GrpcReplies.Say(x, response.Status, message.Written);
        message.Dispose();
        x.Source = ResponseSource.Local;
        x.LocalBody = default;
        (response.Framing, response.ContentLength) = (BodyFraming.Length, 0);
    }
}
