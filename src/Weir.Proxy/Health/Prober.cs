using Weir.Proxy.Balancing;
using Weir.Proxy.Model;

namespace Weir.Proxy.Health;

/// <summary>
/// Keeps a probe for every endpoint whose cluster wants one. A probe is the same as long as its endpoint and its settings are; it ends when
/// no configuration in force names it. Control plane.
/// </summary>
internal sealed class Prober(TimeProvider time, SetKeeper sets, Action<HealthChange> onChange, Action<Exception> onFault) : IAsyncDisposable
{
    // Probes under way at once; others wait their turn.
    private const int AtOnce = 256;

    // A first round does not come all at once.
    private static readonly TimeSpan FirstEach = TimeSpan.FromMilliseconds(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<EndpointState, (Probe Probe, Task Running)> _probes = [];
    private readonly List<(Probe Probe, Task Running)> _ending = [];

    public TimeProvider Time => time;

    public SemaphoreSlim Gate { get; } = new(AtOnce);

    /// <summary>Probes of endpoints that there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _probes.Count;
        }
    }

    /// <summary>A configuration comes into force. Sets are to be made after it: what endpoints count as at first is said here.</summary>
    public void Publish(Snapshot snapshot)
    {
        lock (_lock)
        {
            _ending.RemoveAll(static e => Collect(e));
            var wanted = snapshot.Clusters.Values.Where(static c => c.Probe is not null).SelectMany(static c => c.Endpoints.Select(e => (Endpoint: e, Plan: c.Probe!))).DistinctBy(static w => w.Endpoint.State).ToList();
            var kept = wanted.Where(w => _probes.TryGetValue(w.Endpoint.State, out var at) && at.Probe.Plan.Digest == w.Plan.Digest).Select(static w => w.Endpoint.State).ToHashSet();
            var ended = End(kept);
            var added = 0;
            foreach (var (endpoint, plan) in wanted)
                if (!kept.Contains(endpoint.State)) Begin(endpoint, plan, ended.GetValueOrDefault((endpoint.State.Cluster, endpoint.Url)), added++);
        }
    }

    public async ValueTask DisposeAsync()
    {
        List<(Probe Probe, Task Running)> all;
        lock (_lock)
        {
            End([]);
            all = [.. _ending];
        }

        foreach (var (probe, running) in all)
        {
            await running;
            probe.Dispose();
        }

        Gate.Dispose();
    }

    /// <summary>Of a probe: what it found is another than before.</summary>
    public void Changed(EndpointState endpoint, bool isHealthy, string reason)
    {
        if (isHealthy && !endpoint.Ejected) sets.BeginWarming(endpoint);
        sets.Changed(endpoint.ClusterState);
        onChange(new HealthChange(endpoint.Cluster, endpoint.Url, isHealthy ? HealthEvent.Healthy : HealthEvent.Unhealthy, reason));
    }

    public void Fault(Exception fault) => onFault(fault);

    private static bool Collect((Probe Probe, Task Running) ended)
    {
        if (!ended.Running.IsCompleted) return false;
        ended.Probe.Dispose();
        return true;
    }

    private Dictionary<(string Cluster, string Url), Probe> End(HashSet<EndpointState> kept)
    {
        var ended = new Dictionary<(string, string), Probe>();
        foreach (var (state, at) in _probes.Where(p => !kept.Contains(p.Key)).ToList())
        {
            at.Probe.Stop();
            // Without a probe nobody could say that it is well again.
            state.Unhealthy = false;
            state.NoteHealth(static h => h with { ProbedAt = null, ProbeFailure = null });
            ended[(state.Cluster, state.Url)] = at.Probe;
            _ending.Add(at);
            _probes.Remove(state);
        }

        return ended;
    }

    private void Begin(Endpoint endpoint, ProbePlan plan, Probe? before, int position)
    {
        var probe = new Probe(this, endpoint.State, plan, Question(endpoint, plan), before);
        var firstIn = TimeSpan.FromTicks(Math.Min(plan.Interval.Ticks, FirstEach.Ticks * position));
        _probes[endpoint.State] = (probe, Task.Run(() => probe.RunAsync(firstIn)));
    }

    private static IQuestion Question(Endpoint endpoint, ProbePlan plan)
    {
        var way = new ProbeWay(endpoint.State, plan);
        return plan.Kind switch
        {
            ProbeKind.Grpc => new GrpcQuestion(way, endpoint, plan),
            ProbeKind.Http => new HttpQuestion(way, endpoint, plan),
            _ => new ConnectQuestion(way),
        };
    }
}
