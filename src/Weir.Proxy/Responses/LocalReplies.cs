using System.Buffers.Text;
using Weir.Http;
using Weir.Http.Fields;
using Weir.Http.Http1;
using Weir.Http.Messages;
using Weir.Proxy.Requests;
using Weir.Sdk.Expressions;
using Weir.Sdk.Policies;

namespace Weir.Proxy.Responses;

/// <summary>
/// Makes replies that Weir itself gives: what the operator configured, or for a refusal problem+json (RFC 9457) with the request id and
/// Proxy-Status (RFC 9209). The one place where a reason becomes a response.
/// </summary>
internal static class LocalReplies
{
    private const string Docs = "https://weir.dev/refusals#";
    private const int LargestBody = 64 * 1024;

    /// <summary>Fills the response from the exchange's reply or refusal. What an origin answered is dropped.</summary>
    public static void Prepare(Exchange x)
    {
        x.Response.Reset();
        x.Source = ResponseSource.Local;
        x.LocalBody = default;
        var meaning = RefusalTable.Of(x.Refusal);
        if (x.Refusal != Refusal.None && meaning.Closes) x.MustClose = true;
        RequestGuard.EnsureRequestId(x);
        var status = x.Reply?.Status ?? (meaning.Status == 0 ? 500 : meaning.Status);
        if (status >= 400 && Grpc.IsSpoken(x.Request)) GrpcReplies.Prepare(x, status);
        else if (x.Reply is { } reply) PrepareReply(x, reply);
        else PrepareRefusal(x, meaning);
        x.Response.Version = HttpVersion.Http11;
        x.Response.Framing = BodyFraming.Length;
        x.Response.ContentLength = x.LocalBody.Length;
        if (x.Refusal != Refusal.None) AddProxyStatus(x, meaning);
        else if (x.FellBackFrom != Refusal.None && x.Reply is not null && x.Reply == x.RouteModel.Fallback?.Reply) AddReason(x, RefusalTable.Of(x.FellBackFrom));
    }

    // The reply stands in for a refusal, which the client is told of as if nothing did. When to come back belongs to an error alone: on a redirect it would
    // be a wait before that.
    private static void AddReason(Exchange x, RefusalMeaning stoodInFor)
    {
        AddProxyStatus(x, stoodInFor);
        if (stoodInFor.Status == 503 && x.Response.Status >= 400 && !x.Response.Fields.Has(KnownField.RetryAfter)) AddRetryAfter(x);
    }

    private static void PrepareReply(Exchange x, LocalReply reply)
    {
        x.Response.Status = reply.Status;
        var fields = x.Response.Fields;
        Span<byte> room = stackalloc byte[1024];
        for (var i = 0; i < reply.Fields.Count; i++)
        {
            var sink = new ByteSink(room);
            // A value that cannot be written as a field (too long, a line end from the request) leaves the field out.
            if (reply.Fields[i].Value.TryWrite(x, ref sink) && FieldRules.IsValidValue(sink.Written)) fields.TryAdd(reply.FieldNames[i], sink.Written);
            sink.Dispose();
        }

        if (reply.Body is null)
        {
            if (reply.Status >= 400) WriteProblem(x, RefusalTable.Of(x.Refusal));
            return;
        }

        var body = new ByteSink(room, LargestBody);
        if (reply.Body.TryWrite(x, ref body) && x.Response.Arena.TryAppend(body.Written, out var slice)) x.LocalBody = slice;
        body.Dispose();
        fields.TryAdd("Content-Type"u8, reply.ContentTypeText.Span);
    }

    private static void PrepareRefusal(Exchange x, RefusalMeaning meaning)
    {
        x.Response.Status = meaning.Status == 0 ? 500 : meaning.Status;
        WriteProblem(x, meaning);
        if (x.Refusal == Refusal.MethodNotAllowed) AddAllow(x);
        if (x.Response.Status == 503) AddRetryAfter(x);
    }

    private static void AddRetryAfter(Exchange x)
    {
        Span<byte> text = stackalloc byte[16];
        Utf8Formatter.TryFormat(Math.Max(1, x.RetryAfter), text, out var written);
        x.Response.Fields.TryAdd("Retry-After"u8, text[..written]);
    }

    /// <summary>Allow from the route table's answer.</summary>
    public static void AddAllow(Exchange x)
    {
        Span<byte> allow = stackalloc byte[512];
        var table = x.ListenerModel.Table;
        if (table.MaxAllowLength > allow.Length) allow = new byte[table.MaxAllowLength];
        x.Response.Fields.TryAdd("Allow"u8, allow[..table.FormatAllow(x.Allow, allow)]);
    }

    private static void WriteProblem(Exchange x, RefusalMeaning meaning)
    {
        x.Response.Fields.TryAdd("Content-Type"u8, "application/problem+json"u8);
        x.Response.Fields.TryAdd("Cache-Control"u8, "no-store"u8);
        var body = new ByteSink(stackalloc byte[1024]);
        if (x.Refusal == Refusal.None) DescribeStatus(x, ref body);
        else DescribeRefusal(x, meaning, ref body);
        body.TryWrite(",\"instance\":\""u8);
        // Visible ASCII when it came from a trusted proxy: a quote or a backslash would end the string.
        if (!x.RequestId.ContainsAny((byte)'"', (byte)'\\')) body.TryWrite(x.RequestId);
        body.TryWrite("\"}\n"u8);
        if (x.Response.Arena.TryAppend(body.Written, out var slice)) x.LocalBody = slice;
        body.Dispose();
    }

    private static void DescribeRefusal(Exchange x, RefusalMeaning meaning, ref ByteSink body)
    {
        body.TryWrite("{\"type\":\""u8);
        Text(ref body, Docs);
        body.TryWrite(meaning.Name);
        body.TryWrite("\",\"title\":\""u8);
        Text(ref body, meaning.Title);
        body.TryWrite("\",\"status\":"u8);
        body.TryWriteNumber(x.Response.Status);
        body.TryWrite(",\"detail\":\""u8);
        body.TryWrite(meaning.Name);
        if (x.Detail != Refusal.None)
        {
            body.TryWrite(": "u8);
            body.TryWrite(RefusalTable.Of(x.Detail).Name);
        }

        body.TryWrite("\""u8);
    }

    // An error that the operator asked for means no more than its status: RFC 9457 §4.2.1.
    private static void DescribeStatus(Exchange x, ref ByteSink body)
    {
        body.TryWrite("{\"type\":\"about:blank\",\"title\":\""u8);
        body.TryWrite(StatusLines.Reason(x.Response.Status));
        body.TryWrite("\",\"status\":"u8);
        body.TryWriteNumber(x.Response.Status);
    }

    private static void AddProxyStatus(Exchange x, RefusalMeaning meaning)
    {
        var value = new ByteSink(stackalloc byte[256]);
        value.TryWrite("weir"u8);
        if (meaning.Error is not null)
        {
            value.TryWrite("; error="u8);
            Text(ref value, meaning.Error);
        }

        value.TryWrite("; details=\""u8);
        value.TryWrite(meaning.Name);
        value.TryWrite("\""u8);
        x.Response.Fields.TryAdd("Proxy-Status"u8, value.Written);
        value.Dispose();
    }

    private static void Text(ref ByteSink sink, string text)
    {
        Span<byte> bytes = stackalloc byte[256];
        var length = System.Text.Encoding.UTF8.GetBytes(text, bytes);
        sink.TryWrite(bytes[..length]);
    }
}
