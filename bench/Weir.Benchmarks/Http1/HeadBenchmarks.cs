using BenchmarkDotNet.Attributes;
using Weir.Http.Fields;
using Weir.Http.Http1;
using Weir.Http.Messages;

namespace Weir.Benchmarks.Http1;

/// <summary>One head in and one out, both sides of the proxy. The budget: a browser's head in well under 400 ns, no byte allocated.</summary>
[MemoryDiagnoser]
public unsafe class HeadBenchmarks
{
    private readonly RequestHead _request = new();
    private readonly ResponseHead _response = new();
    private readonly FieldOverlay _overlay = new();
    private readonly byte[] _to = new byte[4096];
    private byte* _requestBytes;
    private byte* _responseBytes;
    private int _requestLength;
    private int _responseLength;

    [Params("short", "browser")]
    public string Head { get; set; } = "short";

    [GlobalSetup]
    public void Setup()
    {
        _requestBytes = HeadSamples.Allocate(Head == "short" ? HeadSamples.Short : HeadSamples.Browser, out _requestLength);
        _responseBytes = HeadSamples.Allocate(HeadSamples.Response, out _responseLength);
        if (ParseRequest() != ParseOutcome.Done || ParseResponse() != ParseOutcome.Done) throw new InvalidOperationException("The samples are valid.");
    }

    [Benchmark]
    public ParseOutcome ParseRequest()
    {
        _request.Reset();
        var state = default(Http1ParseState);
        return RequestParser.Parse(_request, _requestBytes, _requestLength, Http1Limits.Default, ref state).Outcome;
    }

    [Benchmark]
    public int WriteRequest()
    {
        _overlay.Start(_request.Fields);
        var writer = new HeadWriter(_to);
        Http1Writer.WriteRequest(ref writer, _request, _overlay, new RequestWriteOptions());
        writer.End(out var written);
        return written;
    }

    [Benchmark]
    public ParseOutcome ParseResponse()
    {
        _response.Reset();
        var state = default(Http1ParseState);
        return ResponseParser.Parse(_response, _responseBytes, _responseLength, HttpMethod.Get, Http1Limits.Default, ref state, out _).Outcome;
    }

    [Benchmark]
    public int WriteResponse()
    {
        _overlay.Start(_response.Fields);
        var writer = new HeadWriter(_to);
        Http1Writer.WriteResponse(ref writer, _response, _overlay, new ResponseWriteOptions { Framing = BodyFraming.Length, ContentLength = 126 });
        writer.End(out var written);
        return written;
    }
}
