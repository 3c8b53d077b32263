using System.Buffers;
using Weir.Http.Http1;
using Weir.Http.Http2.Hpack;
using Weir.Http.Http2.Messages;
using Weir.Proxy.Model;
using Weir.Proxy.Requests;
using Weir.Proxy.Wire.Http2;

namespace Weir.Proxy.Upstream;

/// <summary>An attempt's request head as a field block: the same that an origin of HTTP/1 gets.</summary>
internal readonly struct RequestBlock(Exchange x, Endpoint endpoint) : IFieldBlock
{
    private const int UsualForwarding = 1024;
    private const int LargestForwarding = 256 * 1024;

    public void Write(ref HpackWriter writer)
    {
        var request = x.Request;
        Http2Writer.WriteRequest(ref writer, request, x.AttemptFields, new RequestWriteOptions
        {
            Host = RequestWriter.HostOf(x, endpoint),
            Https = endpoint.State.Tls is not null,
            Framing = request.Framing,
            ContentLength = request.ContentLength,
            Skip = ForwardingFields.NotCopied(x),
            TakesTrailers = true,
        });
        WriteForwarding(ref writer);
    }

    // They are made as lines, for both protocols alike.
    private void WriteForwarding(ref HpackWriter writer)
    {
        byte[]? rented = null;
        Span<byte> lines = stackalloc byte[UsualForwarding];
        while (true)
        {
            var line = new HeadWriter(lines);
            ForwardingFields.Write(ref line, x);
            var outcome = line.End(out var written);
            if (outcome == WriteOutcome.Written)
            {
                WriteLines(ref writer, lines[..written]);
                break;
            }

            var larger = lines.Length * 4;
            if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
            rented = null;
            if (outcome == WriteOutcome.Invalid || larger > LargestForwarding)
            {
                writer.Invalid();
                break;
            }

            lines = rented = ArrayPool<byte>.Shared.Rent(larger);
        }

        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
    }

    private static void WriteLines(ref HpackWriter writer, scoped ReadOnlySpan<byte> lines)
    {
        while (lines.IndexOf("\r\n"u8) is > 0 and var end)
        {
            var line = lines[..end];
            var colon = line.IndexOf((byte)':');
            writer.Field(line[..colon], line[(colon + 1)..]);
            lines = lines[(end + 2)..];
        }
    }
}
