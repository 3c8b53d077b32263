using Weir.Http.Fields;
using Weir.Http.Http1;
using Weir.Http.Http2.Frames;
using Weir.Http.Http2.Hpack;
using Weir.Http.Http2.Messages;
using Weir.Http.Messages;
using Weir.Http.Tests.Http2.Messages;

namespace Weir.Http.Tests.Http2;

/// <summary>Reading and writing a stream's heads, body and trailers allocates nothing once its connection is there.</summary>
public sealed class AllocationTests
{
    [Fact]
    public void A_stream_allocates_nothing()
    {
        using var request = new RequestHead();
        using var forwarded = new RequestHead();
        using var response = new ResponseHead();
        using var overlay = new FieldOverlay();
        using var arena = new TextArena();
        var trailers = new FieldTable(arena);
        using var fromClient = new HpackDecoder();
        using var atOrigin = new HpackDecoder();
        var toOrigin = new HpackEncoder();
        var client = new HpackEncoder();
        var date = new DateCache(DateTimeOffset.UnixEpoch);
        var block = new byte[4096];
        var wire = new byte[8192];
        var reader = new FrameReader(false);
        var guard = default(FloodGuard);
        new Http2Settings().Write(wire);
        reader.Read(wire, out _, out _, out _);
        var stream = -1;
        var literal = Blocks.Of(Blocks.Get.Replace("GET", "POST", StringComparison.Ordinal) + "\naccept: */*\ncookie: a=b\ncookie: c=d\nuser-agent: x\nx-trace: 1\nte: trailers");

        // Long enough for the tables to be full, so that what follows evicts and moves text.
        for (var i = 0; i < 600; i++) Stream(i % 300);
        toOrigin.TableSize.ShouldBeGreaterThan(3500);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 300; i++) Stream(i);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        void Stream(int round)
        {
            stream += 2;
            request.Reset();
            forwarded.Reset();
            response.Reset();
            trailers.Reset();
            arena.Reset();

            // In: HEADERS in two frames and DATA.
            var length = FrameWriter.BlockHeader(wire, stream, 20, continues: false, endHeaders: false, endStream: false);
            literal.AsSpan(0, 20).CopyTo(wire.AsSpan(length));
            length += 20;
            length += FrameWriter.BlockHeader(wire.AsSpan(length), stream, literal.Length - 20, continues: true, endHeaders: true, endStream: false);
            literal.AsSpan(20).CopyTo(wire.AsSpan(length));
            length += literal.Length - 20;
            length += FrameWriter.DataHeader(wire.AsSpan(length), stream, 5, endStream: true) + 5;

            var sink = new Http2RequestReader(request, Http1Limits.Default, true);
            var ok = true;
            for (var at = 0; at < length;)
            {
                ok &= reader.Read(wire.AsSpan(at, length - at), out var frame, out var consumed, out _) == FrameOutcome.Frame;
                at += consumed;
                if (frame.Type == FrameType.Data) continue;
                ok &= fromClient.Decode(frame.Payload, frame.EndsBlock, ref sink) == HpackFault.None;
                ok &= guard.Allow(FloodKind.Priority, stream * 1000L);
            }

            ok &= sink.End(false, fromClient.IsOverLimit).Verdict == HeadVerdict.Understood;

            // Out to an origin, and in there; a value of its own each time.
            overlay.Start(request.Fields);
            overlay.TrySet("server"u8, [(byte)('a' + (round % 26)), (byte)('a' + (round / 26))]);
            var writer = new HpackWriter(block, toOrigin);
            Http2Writer.WriteRequest(ref writer, request, overlay, new RequestWriteOptions { Framing = request.Framing });
            ok &= writer.End(out var written) == WriteOutcome.Written;
            sink = new Http2RequestReader(forwarded, Http1Limits.Default, false);
            ok &= atOrigin.Decode(block.AsSpan(0, written), true, ref sink) == HpackFault.None;
            ok &= sink.End(false, false).Verdict == HeadVerdict.Understood;

            // A response with trailers.
            response.Status = 200;
            response.Fields.TryAdd("content-type"u8, "text/html"u8);
            writer = new HpackWriter(block, client);
            Http2Writer.WriteResponse(ref writer, response, null, new ResponseWriteOptions { Framing = BodyFraming.Length, ContentLength = round, Date = date });
            ok &= writer.End(out _) == WriteOutcome.Written;
            trailers.TryAdd("grpc-status"u8, "0"u8);
            writer = new HpackWriter(block, client);
            Http2Writer.WriteTrailers(ref writer, trailers);
            ok &= writer.End(out _) == WriteOutcome.Written;
            if (!ok) throw new InvalidOperationException();
        }
    }
}
