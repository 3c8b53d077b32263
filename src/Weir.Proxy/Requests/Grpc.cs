using System.Buffers.Text;
using System.Text;
using Weir.Http.Fields;
using Weir.Http.Messages;

namespace Weir.Proxy.Requests;

/// <summary>What a client speaks.</summary>
internal enum GrpcDialect : byte
{
    /// <summary>Plain HTTP.</summary>
    None,

    Grpc,

    /// <summary>gRPC-Web: trailers are a part of the body.</summary>
    Web,

    /// <summary>gRPC-Web in base64.</summary>
    WebText,
}

/// <summary>What gRPC says in the head of a request: "gRPC over HTTP2", section Requests.</summary>
internal static class Grpc
{
    // What is longer means never, as far as a process is concerned.
    private const long Longest = int.MaxValue / 2;

    private const int MostDigits = 8;

    /// <summary>The client speaks gRPC, in whatever dialect, and understands errors only as it says them.</summary>
    public static bool IsSpoken(RequestHead request) => Spoken(request) != GrpcDialect.None;

    public static GrpcDialect Spoken(RequestHead request)
        => request.Method == HttpMethod.Post && request.Fields.Has(KnownField.ContentType) ? Dialect(request.Fields.Get(KnownField.ContentType)) : GrpcDialect.None;

    /// <summary>Of a message with this Content-Type.</summary>
    public static GrpcDialect Dialect(ReadOnlySpan<byte> type)
    {
        if (!TryTake(ref type, "application/grpc"u8)) return GrpcDialect.None;
        var dialect = !TryTake(ref type, "-web"u8) ? GrpcDialect.Grpc : TryTake(ref type, "-text"u8) ? GrpcDialect.WebText : GrpcDialect.Web;
        return type.IsEmpty || type[0] is (byte)'+' or (byte)';' ? dialect : GrpcDialect.None;
    }

    /// <summary>The time that the client gives, in milliseconds and at least 1; 0 when it says none, or none that can be understood.</summary>
    public static long Timeout(RequestHead request)
    {
        if (!IsSpoken(request)) return 0;
        var at = request.Fields.IndexOf("grpc-timeout"u8);
        return at < 0 ? 0 : ParseTimeout(request.Fields.Value(at));
    }

    internal static long ParseTimeout(ReadOnlySpan<byte> text)
    {
        if (text.Length is < 2 or > MostDigits + 1 || !Utf8Parser.TryParse(text[..^1], out uint value, out var consumed) || consumed != text.Length - 1) return 0;
        var milliseconds = text[^1] switch
        {
            (byte)'H' => value * 3_600_000.0,
            (byte)'M' => value * 60_000.0,
            (byte)'S' => value * 1000.0,
            (byte)'m' => value,
            (byte)'u' => value / 1000.0,
            (byte)'n' => value / 1_000_000.0,
            _ => 0,
        };
        return text[^1] is (byte)'H' or (byte)'M' or (byte)'S' or (byte)'m' or (byte)'u' or (byte)'n' ? (long)Math.Clamp(Math.Ceiling(milliseconds), 1, Longest) : 0;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> text, ReadOnlySpan<byte> start)
    {
        if (text.Length < start.Length || !Ascii.EqualsIgnoreCase(text[..start.Length], start)) return false;
        text = text[start.Length..];
        return true;
    }
}
