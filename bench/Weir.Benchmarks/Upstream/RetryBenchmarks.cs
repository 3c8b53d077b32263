using BenchmarkDotNet.Attributes;
using Weir.Benchmarks.Balancing;
using Weir.Config.Records;
using Weir.Proxy;
using Weir.Proxy.AccessLog;
using Weir.Proxy.Model;
using Weir.Proxy.Snapshots;
using Weir.Proxy.Upstream;
using Weir.Proxy.Wire;
using Weir.Reactor;

namespace Weir.Benchmarks.Upstream;

/// <summary>
/// What a retry rule costs an exchange that needs none: the question after its answer, and the copy of its body. Nothing is allocated.
/// </summary>
[MemoryDiagnoser]
public class RetryBenchmarks
{
    private readonly byte[] _body = GC.AllocateArray<byte>(16 * 1024, pinned: true);
    private readonly LatencyEstimate _latencies = new();
    private Loop _loop = null!;
    private Exchange _exchange = null!;
    private RetryRule _rule = null!;
    private Cluster _cluster = null!;
    private long _value;

    [GlobalSetup]
    public void Setup()
    {
        _loop = new Loop(0);
        _exchange = new Exchange(new ProxyLoop(_loop, new LogRing()) { Challenges = null! });
        _exchange.Response.Status = 200;
        _rule = RetryCompiler.Compile(new RetryConfig { On = ["connect-failure", "refused-stream", "reset", "gateway-error"] });
        _cluster = TrialClusters.Make("endpoints: [\"http://10.0.0.1\"]");
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _exchange.Dispose();
        _loop.Dispose();
    }

    [Benchmark(Baseline = true, Description = "answered, not to be retried")]
    public bool Answered() => Retries.IsDue(_exchange, _rule, _cluster, new AttemptResult(true, AttemptFault.None, false, false), out _);

    [Benchmark(Description = "answered with an error that is not retried")]
    public bool OtherStatus() => Retries.IsDue(_exchange, _rule, _cluster, new AttemptResult(true, AttemptFault.Status, false, false), out _);

    [Benchmark(Description = "a body of 128 bytes kept")]
    public int SmallBody() => Keep(128);

    [Benchmark(Description = "a body of 16 KiB kept")]
    public int LargeBody() => Keep(16 * 1024);

    [Benchmark(Description = "a latency noted, a percentile asked for")]
    public long Latency()
    {
        _latencies.Add(_value++ & 8191);
        return _latencies.Percentile(95);
    }

    private unsafe int Keep(int length)
    {
        fixed (byte* body = _body)
        {
            var replay = _exchange.Replay;
            replay.Begin(64 * 1024);
            replay.Add(new BodyPiece(body, length), length);
            var kept = replay.Length;
            replay.Release();
            return kept;
        }
    }
}
