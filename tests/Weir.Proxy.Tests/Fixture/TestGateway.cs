using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Weir.Config;
using Weir.Http;
using Weir.Policies;
using Weir.Proxy.Model;

namespace Weir.Proxy.Tests.Fixture;

/// <summary>
/// A whole data plane in this process, from a configuration's text. Exceptions that reached the top of an exchange fail the test unless
/// it takes them from <see cref="Faults"/>.
/// </summary>
internal sealed class TestGateway : IAsyncDisposable
{
    private readonly ConcurrentQueue<(Exception Fault, string Where)> _faults = new();
    private readonly ConcurrentQueue<HealthChange> _changes = new();
    private readonly ConcurrentQueue<ClusterChange> _clusterChanges = new();
    private readonly ConcurrentQueue<MirrorDifference> _differences = new();
    private readonly Gateway _gateway;

    private TestGateway(int loops, Scripts? scripts, TimeProvider? time, bool logs)
    {
        Factories = scripts is null ? [.. BuiltInPolicies.All] : [.. BuiltInPolicies.All, scripts.Factory];
        _gateway = new Gateway(new GatewayOptions
        {
            Loops = loops,
            Factories = Factories,
            Time = time ?? TimeProvider.System,
            WritesAccessLog = logs,
            OnFault = (fault, where) => _faults.Enqueue((fault, where)),
            OnHealth = _changes.Enqueue,
            OnCluster = _clusterChanges.Enqueue,
            OnMirrorDifference = _differences.Enqueue,
        });
    }

    public Sdk.Policies.PolicyFactory[] Factories { get; }

    /// <summary>What became of endpoints so far.</summary>
    public IReadOnlyList<HealthChange> HealthChanges => [.. _changes];

    /// <summary>What became of clusters so far.</summary>
    public IReadOnlyList<ClusterChange> ClusterChanges => [.. _clusterChanges];

    /// <summary>What mirrors were reported to answer otherwise.</summary>
    public IReadOnlyList<MirrorDifference> MirrorDifferences => [.. _differences];

    public Gateway Gateway => _gateway;

    /// <summary>Takes the exceptions that were reported so far.</summary>
    public List<(Exception Fault, string Where)> Faults
    {
        get
        {
            var faults = new List<(Exception, string)>();
            while (_faults.TryDequeue(out var fault)) faults.Add(fault);
            return faults;
        }
    }

    /// <summary>With <paramref name="logs"/> the records of exchanges stay in the loops' rings, for the test to take.</summary>
    public static async Task<TestGateway> StartAsync(string yaml, int loops = 1, Scripts? scripts = null, TimeProvider? time = null, bool logs = false)
    {
        var gateway = new TestGateway(loops, scripts, time, logs);
        var result = await gateway.ApplyAsync(yaml);
        result.IsApplied.ShouldBeTrue(string.Join('\n', result.Diagnostics.Select(static d => d.Text)));
        return gateway;
    }

    /// <summary>One listener, one route to one cluster. What is given is put into the listener, the route, the cluster, as flow members.</summary>
    public static Task<TestGateway> ForwardingAsync(Origin origin, string listener = "", string route = "", string cluster = "", int loops = 1, Scripts? scripts = null)
        => StartAsync(Forwarding(origin.Url, listener, route, cluster), loops, scripts);

    public static string Forwarding(string url, string listener = "", string route = "", string cluster = "") => $$"""
        version: 1
        listeners: { web: { address: "127.0.0.1:0"{{Member(listener)}} } }
        routes: { all: { {{(route.StartsWith("forward:", StringComparison.Ordinal) ? route : "forward: origin" + Member(route))}} } }
        clusters: { origin: { endpoints: ["{{url}}"]{{Member(cluster)}} } }
        """;

    public Task<ApplyResult> ApplyAsync(string yaml) => _gateway.ApplyAsync(ConfigReader.LoadText(yaml, Factories));

    public string Address(string listener = "web") => _gateway.Addresses[listener];

    public Task<RawConnection> ConnectAsync(string listener = "web", int receiveBuffer = 0) => RawConnection.ConnectAsync(Address(listener), receiveBuffer);

    /// <summary>One request on a connection of its own.</summary>
    public async Task<Message> AskAsync(string request, string method = "GET")
    {
        using var client = await ConnectAsync();
        return await client.AskAsync(request, method);
    }

    public long Refusals(Refusal refusal) => _gateway.Loops.Sum(l => Volatile.Read(ref l.Refusals[(int)refusal]));

    /// <summary>A count of an endpoint over all loops.</summary>
    public long Count(Func<EndpointCounters, long> which) => _gateway.Store.Endpoints.Sum(e => e.PerLoop.Sum(which));

    /// <summary>A count of a policy over all loops.</summary>
    public long Count(Func<PolicyCounters, long> which)
        => _gateway.Current!.Routes.SelectMany(static r => r.Chain.Steps).Select(static s => s.State).Distinct().Sum(s => s.PerLoop.Sum(which));

    public int Active => _gateway.Loops.Sum(static l => l.Active);

    public int IdleUpstream => _gateway.Loops.Sum(static l => l.Pools.Idle);

    public int UpstreamConnections => _gateway.Store.Endpoints.Sum(static e => e.Connections);

    /// <summary>Waits for what other threads are about to do.</summary>
    public static Task EventuallyAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
        => EventuallyAsync(() => Task.FromResult(condition()), what);

    /// <summary>The same of what has to be asked for.</summary>
    public static async Task EventuallyAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        for (var started = Stopwatch.GetTimestamp(); !await condition(); await Task.Delay(2))
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(30)) throw new TimeoutException("It never came to be: " + what);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        if (_faults.TryPeek(out var fault)) throw new InvalidOperationException("A fault in " + fault.Where, fault.Fault);
    }

    private static string Member(string text) => text.Length == 0 ? "" : ", " + text;
}
