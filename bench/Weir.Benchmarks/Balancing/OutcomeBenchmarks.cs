using BenchmarkDotNet.Attributes;
using Weir.Http;
using Weir.Proxy.Model;

namespace Weir.Benchmarks.Balancing;

/// <summary>What outlier detection costs an attempt on its loop: while all is well one read, and nothing is ever allocated.</summary>
[MemoryDiagnoser]
public class OutcomeBenchmarks
{
    private const int Attempts = 1000;

    private EndpointState _endpoint = null!;

    [GlobalSetup]
    public void Setup() => _endpoint = TrialClusters.Make("""endpoints: ["http://10.0.0.1", "http://10.0.0.2"]""").Endpoints[0].State;

    [Benchmark(OperationsPerInvoke = Attempts)]
    public void Succeeded()
    {
        for (var i = 0; i < Attempts; i++) _endpoint.Succeeded();
    }

    [Benchmark(OperationsPerInvoke = Attempts)]
    public void FailedAndSucceeded()
    {
        for (var i = 0; i < Attempts; i++)
        {
            _endpoint.Failed(Refusal.UpstreamReset, 0);
            _endpoint.Succeeded();
        }
    }
}
