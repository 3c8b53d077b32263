using System.Text;
using BenchmarkDotNet.Attributes;
using Weir.Http.Fields;
using Weir.Http.Http1;
using Weir.Http.Http2.Hpack;
using Weir.Http.Http2.Messages;
using Weir.Http.Messages;

namespace Weir.Benchmarks.Http2;

/// <summary>
/// A browser's request and its response in HTTP/2, both ways. "first": all literals, Huffman-encoded; "later": what the tables hold
/// by then. To be read beside the same heads in HTTP/1.
/// </summary>
[MemoryDiagnoser]
public class StreamHeadBenchmarks
{
    private static readonly (string Name, string Value)[] Browser =
    [
        (":method", "GET"), (":scheme", "https"), (":authority", "api.example.com"), (":path", "/v1/orders/42/items?page=2&size=50"),
        ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
        ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), ("accept-language", "en-US,en;q=0.5"),
        ("accept-encoding", "gzip, deflate, br, zstd"), ("referer", "https://api.example.com/v1/orders"),
        ("cookie", "session=0123456789abcdef0123456789abcdef; theme=dark"), ("sec-fetch-dest", "document"), ("sec-fetch-mode", "navigate"),
        ("sec-fetch-site", "same-origin"), ("priority", "u=0, i"), ("te", "trailers"),
    ];

    private readonly RequestHead _request = new();
    private readonly ResponseHead _response = new();
    private readonly FieldOverlay _overlay = new();
    private readonly HpackDecoder _decoder = new();
    private readonly HpackEncoder _toOrigin = new();
    private readonly HpackEncoder _toClient = new();
    private readonly DateCache _date = new(DateTimeOffset.UnixEpoch);
    private readonly byte[] _to = new byte[4096];
    private byte[] _block = [];

    [Params("first", "later")]
    public string Block { get; set; } = "first";

    [GlobalSetup]
    public void Setup()
    {
        var encoder = new HpackEncoder();
        for (var i = 0; i < (Block == "first" ? 1 : 3); i++)
        {
            var writer = new HpackWriter(_to, encoder);
            foreach (var (name, value) in Browser)
            {
                if (name[0] == ':') writer.Pseudo(Encoding.ASCII.GetBytes(name), Encoding.ASCII.GetBytes(value));
                else writer.Field(Encoding.ASCII.GetBytes(name), Encoding.ASCII.GetBytes(value));
            }

            writer.End(out var written);
            _block = _to[..written];
            if (ReadRequest() != HeadVerdict.Understood) throw new InvalidOperationException("The sample is valid.");
        }

        _response.Status = 200;
        foreach (var (name, value) in new[] { ("Content-Type", "application/json"), ("Server", "origin"), ("Vary", "Accept-Encoding"), ("ETag", "\"33a64df5\""), ("Cache-Control", "no-cache") })
            _response.Fields.TryAdd(Encoding.ASCII.GetBytes(name), Encoding.ASCII.GetBytes(value));
    }

    [Benchmark]
    public HeadVerdict ReadRequest()
    {
        _request.Reset();
        var reader = new Http2RequestReader(_request, Http1Limits.Default, false);
        if (_decoder.Decode(_block, true, ref reader) != HpackFault.None) return HeadVerdict.Malformed;
        return reader.End(true, false).Verdict;
    }

    [Benchmark]
    public int WriteRequest()
    {
        if (Block == "first") _toOrigin.Abandon();
        _overlay.Start(_request.Fields);
        var writer = new HpackWriter(_to, _toOrigin);
        Http2Writer.WriteRequest(ref writer, _request, _overlay, new RequestWriteOptions());
        writer.End(out var written);
        return written;
    }

    [Benchmark]
    public int WriteResponse()
    {
        if (Block == "first") _toClient.Abandon();
        var writer = new HpackWriter(_to, _toClient);
        Http2Writer.WriteResponse(ref writer, _response, null, new ResponseWriteOptions { Framing = BodyFraming.Length, ContentLength = 126, Date = _date });
        writer.End(out var written);
        return written;
    }
}
