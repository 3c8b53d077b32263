using BenchmarkDotNet.Attributes;
using Weir.Benchmarks.Balancing;
using Weir.Proxy;
using Weir.Proxy.AccessLog;
using Weir.Proxy.Balancing;
using Weir.Proxy.Model;
using Weir.Proxy.Upstream;
using Weir.Reactor;

namespace Weir.Benchmarks.Upstream;

/// <summary>
/// The steps of an exchange that keep it away from failing endpoints, one after the other as <see cref="Forwarder"/> takes them: the breaker
/// and its place, the pick, the attempt's place, what is learnt of the outcome, the question whether to retry, and leaving all that. With
/// everything armed at most 400 ns, and nothing is allocated.
/// </summary>
[MemoryDiagnoser]
public class ArmedBenchmarks
{
    private const int Exchanges = 100;

    private Loop _loop = null!;
    private Exchange _exchange = null!;
    private Forward _forward = null!;

    private const string Retry = "retry: { on: [connect-failure, reset, 503], attempts: 3 }";

    private static readonly Dictionary<string, string> Clusters = new()
    {
        ["nothing"] = "health: { outliers: false }, retry: 1",
        ["by default"] = "balancer: power-of-two",
        ["power-of-two, outliers, breaker, retry"] = $"balancer: power-of-two, health: {{ outliers: {{ latency: 5 }} }}, breaker: {{ requests: 1000, endpoint-requests: 100, errors: 50% }}, {Retry}",
        ["least-time, outliers, adaptive, retry"] = $"balancer: least-time, health: {{ outliers: {{ latency: 5 }} }}, breaker: {{ adaptive: {{ }}, errors: 50% }}, {Retry}",
    };

    [ParamsSource(nameof(Names))]
    public string Armed { get; set; } = "";

    public static IEnumerable<string> Names => Clusters.Keys;

    [GlobalSetup]
    public void Setup()
    {
        _loop = new Loop(0);
        _exchange = new Exchange(new ProxyLoop(_loop, new LogRing()) { Challenges = null! });
        _exchange.RouteModel = TrialClusters.MakeRoute($"{Clusters[Armed]}, endpoints: [{string.Join(", ", Enumerable.Range(1, 10).Select(static i => $"\"http://10.0.0.{i}\""))}]");
        _exchange.Response.Status = 200;
        _forward = _exchange.Forward!;
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _exchange.Dispose();
        _loop.Dispose();
    }

    [Benchmark(OperationsPerInvoke = Exchanges)]
    public int Exchange()
    {
        var sum = 0;
        for (var i = 0; i < Exchanges; i++) sum += One();
        return sum;
    }

    private int One()
    {
        var (x, cluster) = (_exchange, _forward.Cluster);
        if (cluster.Breaker is { } plan)
        {
            var entering = ClusterGate.EnterAsync(x, cluster, plan);
            if (!entering.IsCompletedSuccessfully || !entering.Result) throw new InvalidOperationException("The breaker refused.");
        }

        var endpoint = Balancer.Pick(x, cluster, _forward.Choice, x.Tried)!;
        if (!endpoint.State.TryBeginAttempt(cluster.MaxEndpointRequests)) throw new InvalidOperationException("The endpoint is full.");
        x.Attempts = 1;
        x.Endpoint = x.LastEndpoint = endpoint.State;
        x.Tried.Add(endpoint.State);
        x.Times.Connecting = _loop.TurnTimestamp;
        var result = new AttemptResult(true, AttemptFault.None, false, false);
        Outcomes.Note(x, cluster, result);
        if (Retries.IsDue(x, _forward.Retry, cluster, result, out _)) throw new InvalidOperationException("There is nothing to retry.");
        if (x.HoldsPlace) ClusterGate.Leave(x, cluster);
        Forwarder.EndAttempt(x);
        x.Tried = default;
        return endpoint.Weight;
    }
}
