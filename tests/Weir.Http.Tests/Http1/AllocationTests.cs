using Weir.Http.Fields;
using Weir.Http.Http1;
using Weir.Http.Messages;

namespace Weir.Http.Tests.Http1;

/// <summary>Reading and writing an exchange's heads and body allocates nothing once its pooled objects are there.</summary>
public sealed unsafe class AllocationTests
{
    private static readonly byte[] Request = NativeText.Bytes(
        "POST //a/%2e/b?c HTTP/1.1\r\nHost: Example.com:80\r\nConnection: keep-alive, x-drop\r\nX-Drop: 1\r\nX_Forwarded_For: 1\r\nA:1\r\nB: 2\r\n"
        + "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");

    private static readonly byte[] Response = NativeText.Bytes("HTTP/1.1 200 OK\r\nConnection: x\r\nX: y\r\nContent-Length: 5\r\nServer: z\r\n\r\n");
    private static readonly byte[] Body = NativeText.Bytes("5;a=b\r\nhello\r\n0\r\nX-T: 1\r\nHost: x\r\n\r\n");

    [Fact]
    public void An_exchange_allocates_nothing()
    {
        using var request = new RequestHead();
        using var response = new ResponseHead();
        using var overlay = new FieldOverlay();
        using var arena = new TextArena();
        var trailers = new FieldTable(arena);
        using var requestBytes = new NativeText(Request);
        using var responseBytes = new NativeText(Response);
        var date = new DateCache(DateTimeOffset.UnixEpoch);
        var to = new byte[4096];

        for (var i = 0; i < 50; i++) Exchange();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) Exchange();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        void Exchange()
        {
            request.Reset();
            response.Reset();
            trailers.Reset();
            arena.Reset();
            var state = default(Http1ParseState);
            var ok = RequestParser.Parse(request, requestBytes.Start, requestBytes.Length - 7, Http1Limits.Default, ref state).Outcome == ParseOutcome.NeedMore;
            ok &= RequestParser.Parse(request, requestBytes.Start, requestBytes.Length, Http1Limits.Default, ref state).Outcome == ParseOutcome.Done;
            overlay.Start(request.Fields);
            overlay.TrySet("B"u8, "3"u8);
            var writer = new HeadWriter(to);
            Http1Writer.WriteRequest(ref writer, request, overlay, new RequestWriteOptions { Framing = BodyFraming.Chunked });
            ok &= writer.End(out _) == WriteOutcome.Written;

            var decoder = default(ChunkedDecoder);
            var at = 0;
            while (decoder.Decode(Body.AsSpan(at), out var consumed, out _, out _, trailers) == ChunkOutcome.Data) at += consumed;
            ok &= decoder.IsDone && ChunkWriter.WriteLastChunk(to, trailers, out _) == WriteOutcome.Written;

            state = default;
            ok &= ResponseParser.Parse(response, responseBytes.Start, responseBytes.Length, HttpMethod.Post, Http1Limits.Default, ref state, out _).Outcome == ParseOutcome.Done;
            writer = new HeadWriter(to);
            Http1Writer.WriteResponse(ref writer, response, null, new ResponseWriteOptions { Framing = BodyFraming.Length, ContentLength = 5, Date = date });
            ok &= writer.End(out _) == WriteOutcome.Written;
            if (!ok) throw new InvalidOperationException();
        }
    }
}
