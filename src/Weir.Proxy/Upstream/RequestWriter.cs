using Weir.Http.Fields;
using Weir.Http.Http1;
using Weir.Http.Messages;
using Weir.Proxy.Model;
using Weir.Proxy.Requests;
using Weir.Proxy.Wire;
using Weir.Reactor.Buffers;

namespace Weir.Proxy.Upstream;

/// <summary>Writes an attempt's request head, anew from what was understood, with this attempt's edits and the forwarding fields.</summary>
internal static class RequestWriter
{
    /// <summary>False when it cannot be written: it is larger than any buffer, or a policy put bytes in that end a line.</summary>
    public static bool TryWrite(Exchange x, Http1Output output, Endpoint endpoint)
    {
        var request = x.Request;
        var options = new RequestWriteOptions
        {
            Host = HostOf(x, endpoint),
            Upgrade = Upgrades.Requested(x),
            Framing = request.Framing,
            ContentLength = request.ContentLength,
            Skip = Upgrades.NeedsKey(x) ? ForwardingFields.NotCopied(x).With(KnownField.SecWebSocketKey) : ForwardingFields.NotCopied(x),
        };
        for (var size = BufferSize.Tiny; size <= BufferSize.Large; size++)
        {
            var writer = new HeadWriter(output.Reserve(BufferPool.Capacity(size) / 2));
            Http1Writer.WriteRequest(ref writer, request, x.AttemptFields, options);
            ForwardingFields.Write(ref writer, x);
            if (Upgrades.NeedsKey(x)) WriteWebSocketKey(ref writer, x);
            var outcome = writer.End(out var written);
            if (outcome == WriteOutcome.Invalid) return false;
            if (outcome != WriteOutcome.Written) continue;
            output.Commit(written);
            output.BeginBody(request.HasBody ? request.Framing : BodyFraming.None);
            return true;
        }

        return false;
    }

    // RFC 8441 §5.1: a client of HTTP/2 sends neither, an origin of HTTP/1 asks for both.
    private static void WriteWebSocketKey(ref HeadWriter writer, Exchange x)
    {
        Span<byte> key = stackalloc byte[Upgrades.KeyLength];
        Upgrades.WriteKey(x, key);
        writer.Raw("Sec-WebSocket-Key: "u8);
        writer.Raw(key);
        writer.EndField();
        if (x.Request.Fields.Has(KnownField.SecWebSocketVersion)) return;
        writer.Raw("Sec-WebSocket-Version: 13"u8);
        writer.EndField();
    }

    /// <summary>What the endpoint is asked for; empty: the client's own. A request of HTTP/1.0 may have no Host; RFC 9112 §3.2 asks for one in ours.</summary>
    public static ReadOnlySpan<byte> HostOf(Exchange x, Endpoint endpoint)
    {
        var forward = x.Forward!;
        if (forward.Host == HostSource.Literal) return forward.HostText;
        return forward.Host == HostSource.Endpoint || x.Request.Authority.IsEmpty ? endpoint.Authority : default;
    }
}
