using System.Text;
using BenchmarkDotNet.Attributes;
using Weir.Http.Http1;

namespace Weir.Benchmarks.Http1;

/// <summary>A chunked body of 64 KiB, in one piece and in many: what the framing costs on top of the data.</summary>
[MemoryDiagnoser]
public class ChunkBenchmarks
{
    private const int BodyLength = 64 * 1024;
    private byte[] _body = [];

    [Params(16, 1024, BodyLength)]
    public int ChunkSize { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var text = new StringBuilder();
        for (var at = 0; at < BodyLength; at += ChunkSize) text.Append($"{ChunkSize:x}\r\n").Append('x', ChunkSize).Append("\r\n");
        _body = Encoding.ASCII.GetBytes(text.Append("0\r\n\r\n").ToString());
    }

    [Benchmark]
    public long Decode()
    {
        var decoder = default(ChunkedDecoder);
        long total = 0;
        var at = 0;
        while (decoder.Decode(_body.AsSpan(at), out var consumed, out _, out var length) == ChunkOutcome.Data)
        {
            at += consumed;
            total += length;
        }

        return total;
    }
}
