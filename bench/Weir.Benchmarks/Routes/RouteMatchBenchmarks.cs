using System.Text;
using BenchmarkDotNet.Attributes;
using Weir.Config.Records;
using Weir.Http.Fields;
using Weir.Http.Messages;
using Weir.Proxy.Routes;
using Weir.Sdk.Configuration;

namespace Weir.Benchmarks.Routes;

/// <summary>One match among ten thousand routes: at most 1 µs, nothing allocated. Requests walk the whole table, so caches are cold.</summary>
[MemoryDiagnoser]
public class RouteMatchBenchmarks
{
    private const int Routes = 10_000;
    private const int Requests = 1_000;

    private readonly (byte[] Host, byte[] Path)[] _requests = new (byte[], byte[])[Requests];
    private readonly FieldTable _fields = new(new TextArena());
    private RouteTable _table = null!;

    /// <summary>What the requests meet.</summary>
    [Params("literal", "parameter", "prefix", "wildcard", "tenant", "none")]
    public string Shape { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _table = RouteTable.Build([.. Enumerable.Range(0, Routes).Select(i => new RouteSource($"route-{i}", Match(i)))], new NoProblems());
        for (var n = 0; n < Requests; n++)
        {
            var i = n * 7919 % Routes;
            var host = Shape == "wildcard" ? $"a.b.zone-{i}.example.com" : $"api-{i % 100}.example.com";
            var path = Shape switch
            {
                "literal" => $"/v1/service-{i}/status",
                "parameter" => $"/v1/service-{i}/items/{i * 31}/parts/p-{i}",
                "prefix" => $"/v2/service-{i}/some/where/else.html",
                "none" => $"/v3/service-{i}/nothing",
                _ => "/api/orders",
            };
            _requests[n] = (Encoding.ASCII.GetBytes(host), Encoding.ASCII.GetBytes(path));
        }

        _fields.TryAdd("accept"u8, "*/*"u8);
        _fields.TryAdd("user-agent"u8, "benchmark"u8);
        _fields.TryAdd("x-tenant"u8, "tenant-4711"u8);
    }

    [Benchmark(OperationsPerInvoke = Requests)]
    public int Match()
    {
        var captures = default(RouteCaptures);
        var sum = 0;
        foreach (var (host, path) in _requests)
            sum += _table.Match(new MatchInput { Host = host, Path = path, Method = HttpMethod.Get, Fields = _fields }, ref captures).Route;
        return sum;
    }

    private MatchConfig Match(int i) => Shape switch
    {
        "wildcard" => new MatchConfig { Host = [$"*.zone-{i}.example.com"] },
        "tenant" => new MatchConfig
        {
            Path = ["/api/**"],
            Headers = new Dictionary<string, ValueMatchConfig> { ["x-tenant"] = new() { Exact = $"tenant-{i}" } },
        },
        _ => new MatchConfig
        {
            Host = [$"api-{i % 100}.example.com"],
            Path = [Shape switch { "literal" => $"/v1/service-{i}/status", "prefix" => $"/v2/service-{i}/**", _ => $"/v1/service-{i}/items/{{id}}/parts/{{part}}" }],
        },
    };

    private sealed class NoProblems : IDiagnosticSink
    {
        public void Report(ConfigProblem problem) => throw new InvalidOperationException(problem.Message);
    }
}
