using System.Buffers.Text;
using Weir.Http;
using Weir.Proxy.Requests;
using Weir.Sdk.Expressions;

namespace Weir.Proxy.Responses;

/// <summary>Errors as clients of gRPC understand them: a response that is only trailers, with 200 and a status of gRPC's own.</summary>
internal static class GrpcReplies
{
    private const int Unknown = 2, DeadlineExceeded = 4, PermissionDenied = 7, ResourceExhausted = 8, Unimplemented = 12, Internal = 13, Unavailable = 14, Unauthenticated = 16;

    /// <summary>What would have been answered with this status of HTTP.</summary>
    public static void Prepare(Exchange x, int status)
    {
        var message = new ByteSink(stackalloc byte[256]);
        message.TryWrite("weir: "u8);
        if (x.Refusal == Refusal.None) message.TryWriteNumber(status);
        else message.TryWrite(x.Refusal.Text());
        if (x.Detail != Refusal.None)
        {
            message.TryWrite(": "u8);
            message.TryWrite(x.Detail.Text());
        }

        Say(x, status, message.Written);
        message.Dispose();
    }

    /// <summary>Puts this in the place of what the response says; its other fields stay. The message has nothing in it that would have to be percent-encoded.</summary>
    public static void Say(Exchange x, int status, ReadOnlySpan<byte> message)
    {
        var fields = x.Response.Fields;
        (x.Response.Status, x.Response.Reason) = (200, default);
        fields.TrySet("Content-Type"u8, TypeOf(x));
        Span<byte> digits = stackalloc byte[4];
        Utf8Formatter.TryFormat(StatusOf(x, status), digits, out var length);
        fields.TrySet("grpc-status"u8, digits[..length]);
        fields.TrySet("grpc-message"u8, message);
    }

    // Of a request that was translated the fields say what the origin was told.
    private static ReadOnlySpan<byte> TypeOf(Exchange x)
    {
        if (x.GrpcWeb is not null) return x.Request.Arena[x.GrpcWebType];
        return Grpc.Spoken(x.Request) == GrpcDialect.Grpc ? "application/grpc"u8 : x.Request.Arena[GrpcWeb.AskedType(x.Request)];
    }

    // As gRPC maps statuses of HTTP ("HTTP to gRPC Status Code Mapping"), but for what is known better here.
    private static int StatusOf(Exchange x, int status) => x.IsExpired ? DeadlineExceeded : status switch
    {
        400 => Internal,
        401 => Unauthenticated,
        403 => PermissionDenied,
        404 or 405 or 501 => Unimplemented,
        408 => DeadlineExceeded,
        413 or 414 or 431 => ResourceExhausted,
        500 => Internal,
        421 or 425 or 429 or 502 or 503 or 504 => Unavailable,
        _ => Unknown,
    };
}
