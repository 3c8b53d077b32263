using System.Threading.Channels;
using Weir.Proxy.Model;

namespace Weir.Proxy.Balancing;

/// <summary>
/// Keeps the sets of every cluster's endpoints as they have to be: whoever changes what they are made of (a probe, a detector, an operator, a
/// name's addresses) says so, and they are made anew, here and not on a loop. Control plane.
/// </summary>
internal sealed class SetKeeper : IAsyncDisposable
{
    // How often the shares of endpoints that warm up are raised.
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(500);

    // What happens to many endpoints at once is one change.
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(5);

    private readonly TimeProvider _time;
    private readonly Action<ClusterChange> _onChange;
    private readonly Action<Exception> _onFault;
    private readonly Channel<ClusterState> _changed = Channel.CreateUnbounded<ClusterState>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock _lock = new();
    private readonly HashSet<ClusterState> _warming = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _steps;
    private readonly Task _work;

    /// <summary><paramref name="onChange"/>: a panic begins or ends; called with the sets locked.</summary>
    public SetKeeper(TimeProvider time, Action<ClusterChange> onChange, Action<Exception> onFault)
    {
        _time = time;
        _onChange = onChange;
        _onFault = onFault;
        _work = Task.Run(RunAsync);
        _steps = time.CreateTimer(static keeper => ((SetKeeper)keeper!).Warm(), this, Step, Step);
    }

    /// <summary>Milliseconds of the clock that <see cref="EndpointState.WarmingSince"/> is told by; never 0.</summary>
    public long Now => Clock(_time);

    /// <summary>A configuration comes into force: its clusters are what sets are made of from here on.</summary>
    public void Publish(Snapshot snapshot)
    {
        lock (_lock)
        {
            foreach (var cluster in snapshot.Clusters.Values) Publish(cluster, Now);
            _warming.Clear();
            _warming.UnionWith(snapshot.Clusters.Values.Select(static c => c.State).Where(c => IsWarming(c, Now)));
        }
    }

    /// <summary>Endpoints of a cluster came or went.</summary>
    public void Publish(Cluster cluster)
    {
        lock (_lock)
        {
            Publish(cluster, Now);
            if (IsWarming(cluster.State, Now)) _warming.Add(cluster.State);
        }
    }

    /// <summary>Without a keeper: the sets of a configuration that does not run.</summary>
    public static void PublishOnce(Snapshot snapshot)
    {
        foreach (var cluster in snapshot.Clusters.Values) Build(cluster, Clock(TimeProvider.System), static _ => { });
    }

    /// <summary>Something that this cluster's sets are made of has changed. From any thread; on a loop it costs a mark and, for the first, a place in a queue.</summary>
    public void Changed(ClusterState cluster)
    {
        if (cluster.TryMarkStale()) _changed.Writer.TryWrite(cluster);
    }

    /// <summary>As <see cref="Changed"/>, and the sets are made when this is over.</summary>
    public void Renew(ClusterState cluster)
    {
        lock (_lock)
            if (cluster.Current is { } current) Build(current, Now, _onChange);
    }

    /// <summary>An endpoint recovered: its share grows from here. With <see cref="Changed"/>.</summary>
    public void BeginWarming(EndpointState endpoint)
    {
        endpoint.BeginWarming(Now);
        lock (_lock) _warming.Add(endpoint.ClusterState);
    }

    public async ValueTask DisposeAsync()
    {
        await _steps.DisposeAsync();
        await _stop.CancelAsync();
        await _work;
        _stop.Dispose();
    }

    private static long Clock(TimeProvider time) => Math.Max(1, (long)(time.GetTimestamp() * 1000.0 / time.TimestampFrequency));

    private void Publish(Cluster cluster, long now)
    {
        var state = cluster.State;
        var before = state.All.Set.Known;
        state.Current = cluster;
        // The first of a cluster have nobody that could do their part meanwhile.
        if (before.Length > 0)
        {
            var known = before.Select(static e => e.State).ToHashSet();
            foreach (var endpoint in cluster.Endpoints)
                if (!known.Contains(endpoint.State)) endpoint.State.BeginWarming(now);
        }

        Build(cluster, now, _onChange);
    }

    private static void Build(Cluster cluster, long now, Action<ClusterChange> onChange)
    {
        var state = cluster.State;
        state.MarkFresh();
        foreach (var endpoint in cluster.Endpoints)
            if (now - endpoint.State.WarmingSince >= cluster.SlowStart) endpoint.State.WarmingSince = 0;
        Renew(state.All);
        foreach (var choice in state.Choices.Values) Renew(choice);
        // An endpoint came or recovered, or a limit has risen: nobody waits while there is a way.
        state.Queue.Serve(state);
        state.Gate.Fill(cluster.Breaker?.Limit(state) ?? int.MaxValue);

        void Renew(EndpointChoice choice)
        {
            var wasPanicking = choice.Set.IsPanicking;
            choice.Set = SetBuilder.Build(cluster, choice, cluster.Endpoints, now);
            if (choice.Set.IsPanicking != wasPanicking) onChange(Panic.ChangeOf(cluster, choice));
        }
    }

    private static bool IsWarming(ClusterState cluster, long now)
        => cluster.Current is { SlowStart: > 0 } current && current.Endpoints.Any(e => e.State.WarmingSince != 0 && now - e.State.WarmingSince <= current.SlowStart + Step.TotalMilliseconds);

    private void Warm()
    {
        lock (_lock)
        {
            foreach (var cluster in _warming) Changed(cluster);
            _warming.RemoveWhere(c => !IsWarming(c, Now));
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (await _changed.Reader.WaitToReadAsync(_stop.Token))
            {
                await Task.Delay(Gathering, _stop.Token);
                while (_changed.Reader.TryRead(out var cluster)) Rebuild(cluster);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private void Rebuild(ClusterState cluster)
    {
        try
        {
            Renew(cluster);
        }
        catch (Exception fault)
        {
            // The set before serves on.
            _onFault(fault);
        }
    }
}
