using System.Threading.Channels;
using Weir.Proxy.Balancing;
using Weir.Proxy.Model;

namespace Weir.Proxy.Health;

/// <summary>
/// Ejects endpoints that fail what they are sent, and lets them back. Loops only count; what they tell of is decided here. Control plane.
/// </summary>
internal sealed class OutlierDetector : IAsyncDisposable
{
    // How exactly an ejection's end is kept.
    private static readonly TimeSpan StepTime = TimeSpan.FromMilliseconds(250);

    // Reports that wait; of more the endpoint is told of again with its next failures.
    private const int MostReports = 1024;

    private readonly TimeProvider _time;
    private readonly SetKeeper _sets;
    private readonly Action<HealthChange> _onChange;
    private readonly Action<Exception> _onFault;
    private readonly Channel<EndpointState> _failing = Channel.CreateBounded<EndpointState>(new BoundedChannelOptions(MostReports) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly Action<EndpointState> _report;
    private readonly Lock _lock = new();
    private readonly Dictionary<ClusterState, ClusterOutliers> _clusters = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _steps;
    private readonly Task _work;

    public OutlierDetector(TimeProvider time, SetKeeper sets, Action<HealthChange> onChange, Action<Exception> onFault)
    {
        (_time, _sets, _onChange, _onFault) = (time, sets, onChange, onFault);
        _report = endpoint => _failing.Writer.TryWrite(endpoint);
        _work = Task.Run(RunAsync);
        _steps = time.CreateTimer(static detector => ((OutlierDetector)detector!).Step(), this, StepTime, StepTime);
    }

    /// <summary>A configuration comes into force. Sets are to be made after it.</summary>
    public void Publish(Snapshot snapshot)
    {
        lock (_lock)
        {
            var present = snapshot.Clusters.Values.Select(static c => c.State).ToHashSet();
            foreach (var gone in _clusters.Keys.Where(c => !present.Contains(c)).ToList()) _clusters.Remove(gone);
            foreach (var cluster in snapshot.Clusters.Values)
            {
                cluster.State.Failing = _report;
                if (_clusters.TryGetValue(cluster.State, out var outliers)) outliers.Follow(cluster);
                else if (cluster.Outliers.IsOn) _clusters[cluster.State] = new ClusterOutliers(cluster, _sets.Now);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _steps.DisposeAsync();
        await _stop.CancelAsync();
        await _work;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            await foreach (var endpoint in _failing.Reader.ReadAllAsync(_stop.Token)) Failing(endpoint);
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private void Failing(EndpointState endpoint)
    {
        HealthChange? change;
        lock (_lock)
        {
            change = _clusters.TryGetValue(endpoint.ClusterState, out var outliers) ? outliers.Judge(endpoint, _sets.Now, _time.GetUtcNow()) : null;
            if (change is not null) _sets.Changed(endpoint.ClusterState);
        }

        if (change is not null) _onChange(change);
    }

    private void Step()
    {
        var changes = new List<HealthChange>();
        try
        {
            lock (_lock)
            {
                foreach (var (cluster, outliers) in _clusters)
                {
                    var own = outliers.Step(_sets.Now, _time.GetUtcNow());
                    if (own.Count == 0) continue;
                    foreach (var returned in own.Where(static c => c.Event == HealthEvent.Returned)) Warm(cluster, returned.Endpoint);
                    _sets.Changed(cluster);
                    changes.AddRange(own);
                }
            }
        }
        catch (Exception fault)
        {
            // The others have their turn with the next step.
            _onFault(fault);
        }

        foreach (var change in changes) _onChange(change);
    }

    private void Warm(ClusterState cluster, string url)
    {
        foreach (var endpoint in cluster.Current?.Endpoints ?? [])
            if (endpoint.Url == url && endpoint.State.IsSound) _sets.BeginWarming(endpoint.State);
    }
}
