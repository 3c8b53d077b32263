using System.Net;
using Weir.Config;
using Weir.Config.Diagnostics;
using Weir.Config.Records;
using Weir.Proxy.AccessLog;
using Weir.Proxy.Balancing;
using Weir.Proxy.Discovery;
using Weir.Proxy.Health;
using Weir.Proxy.Inspection;
using Weir.Proxy.Listeners;
using Weir.Proxy.Mirroring;
using Weir.Proxy.Model;
using Weir.Proxy.Snapshots;
using Weir.Reactor;
using Weir.Reactor.Sockets;
using Weir.Sdk.Configuration;
using Weir.Sdk.Discovery;
using SocketAddress = Weir.Reactor.Sockets.SocketAddress;

namespace Weir.Proxy;

/// <summary>
/// The data plane as the program sees it: loops, listening sockets, and the configuration in force. Configurations are applied one at a
/// time, from any thread but a loop's; what the loops see of it arrives by posts.
/// </summary>
public sealed class Gateway : IAsyncDisposable
{
    // For the last replies and log records of exchanges that were cut off.
    private static readonly TimeSpan CutOffTime = TimeSpan.FromSeconds(1);

    // With the key before still opening, a ticket is good for as long as it says, a day.
    private static readonly TimeSpan TicketRotation = TimeSpan.FromDays(1);

    private const int ForgottenAtOnce = 256;

    private readonly GatewayOptions _options;
    private readonly ProxyLoop[] _loops;
    // By address, which is what a reload keeps them by.
    private readonly Dictionary<string, OpenListener> _listeners = new(StringComparer.Ordinal);

    // Closed by a reload, but with connections whose last exchange is still running.
    private readonly List<OpenListener> _leaving = [];
    private readonly StateStore _store;
    private readonly EndpointNames _names;
    private readonly SetKeeper _sets;
    private readonly EndpointWatch _health;
    private readonly Discoveries _discoveries;
    private IReadOnlyDictionary<string, EndpointCompiler> _endpoints = new Dictionary<string, EndpointCompiler>();
    private readonly SemaphoreSlim _applying = new(1, 1);

    // What the API sets is kept and taken in one order.
    private readonly SemaphoreSlim _setting = new(1, 1);
    private readonly ITimer _tickets;
    private Task _retired = Task.CompletedTask;
    private Overrides _overrides = Overrides.None;
    private Snapshot? _current;
    private long _version;
    private bool _isStopping;

    public Gateway(GatewayOptions options)
    {
        _options = options;
        var count = options.Loops;
        _store = new StateStore(count);
        _names = new EndpointNames(options.Time, options.OnNameFailure);
        _sets = new SetKeeper(options.Time, options.OnCluster, fault => options.OnFault(fault, "balancing"));
        _health = new EndpointWatch(options.Time, _sets, options.OnHealth, fault => options.OnFault(fault, "health"));
        _discoveries = new Discoveries(options.Sources, options.FoundFolder, options.Time, TakeFoundAsync, (d, reason) => options.OnDiscovery(d.Cluster, d.Kind, reason));
        _loops = [.. Enumerable.Range(0, count).Select(i =>
        {
            ProxyLoop owner = null!;
            var loop = new Loop(i, new LoopOptions { Time = options.Time, OnSlowTurn = (_, duration, marks) => options.OnSlowTurn(i, duration, owner.StepsOf(marks), owner.IsFirst(marks)) });
            return owner = new ProxyLoop(loop, new LogRing()) { Challenges = _store.HttpChallenges, OnFault = (_, fault, where) => options.OnFault(fault, where), OnMirrorDifference = options.OnMirrorDifference };
        })];
        foreach (var loop in _loops)
        {
            loop.All = _loops;
            loop.Loop.Start();
        }

        _store.Challenges.Settled += WakeHandshakes;
        _tickets = options.Time.CreateTimer(static store => ((StateStore)store!).RotateTickets(), _store, TicketRotation, TicketRotation);
    }

    internal IReadOnlyList<ProxyLoop> Loops => _loops;

    internal Snapshot? Current => Volatile.Read(ref _current);

    internal StateStore Store => _store;

    internal SetKeeper Sets => _sets;

    internal EndpointWatch Health => _health;

    /// <summary>How endpoints are found, by cluster.</summary>
    internal IReadOnlyDictionary<string, Discovered> Discovered => _discoveries.Running;

    /// <summary>The number of the configuration in force; 0 before the first.</summary>
    public long Version => Current?.Version ?? 0;

    /// <summary>Where the listeners are bound, by name, with the ports that the kernel chose.</summary>
    public IReadOnlyDictionary<string, string> Addresses
    {
        get
        {
            lock (_listeners) return _listeners.Values.ToDictionary(static l => l.Name, static l => l.Socket.Address.ToString());
        }
    }

    /// <summary>The listeners that are open, in the order of their names.</summary>
    internal IReadOnlyList<OpenListener> OpenListeners
    {
        get
        {
            lock (_listeners) return [.. _listeners.Values.OrderBy(static l => l.Name, StringComparer.Ordinal)];
        }
    }

    /// <summary>The certificates that the configuration in force wants Weir to get for itself.</summary>
    internal IReadOnlySet<WantedCertificate> Wanted
        => (Current?.Listeners.Values ?? []).SelectMany(static l => l.Tls?.Wanted ?? []).ToHashSet();

    /// <summary>Certificates of listeners that show clients what their authorities say.</summary>
    internal IEnumerable<Reactor.Tls.TlsIdentity> Stapled
        => (Current?.Listeners.Values ?? []).Where(static l => l.Tls is { Staples: true }).SelectMany(static l => l.Tls!.Identities);

    /// <summary>A certificate was got: it serves from here on, and whoever waits for it goes on. <see cref="Reactor.Tls.TlsException"/>: it is refused, and what was in force stays.</summary>
    internal async Task TakeUpAsync(WantedCertificate wanted, ReadyCertificate certificate)
    {
        await _applying.WaitAsync();
        try
        {
            var before = _store.Ready.Find(wanted);
            _store.Ready.Put(wanted, certificate);
            try
            {
                Refresh(wanted);
            }
            catch (Reactor.Tls.TlsException)
            {
                _store.Ready.Restore(wanted, before);
                Refresh(wanted);
                throw;
            }
        }
        finally
        {
            _applying.Release();
        }

        WakeHandshakes();
    }

    /// <summary>What operators have changed of endpoints, all of it: it is in force when this is over, and holds for configurations to come.</summary>
    public async Task OverrideAsync(IReadOnlyList<EndpointOverride> overrides)
    {
        await _applying.WaitAsync();
        try
        {
            _overrides = new Overrides(overrides);
            foreach (var cluster in _overrides.Apply(_current?.Clusters.Values ?? [], _sets.BeginWarming)) _sets.Renew(cluster);
        }
        finally
        {
            _applying.Release();
        }
    }

    /// <summary>Validates aside, binds what is new, and publishes. On any error nothing is changed and the result says why.</summary>
    public async Task<ApplyResult> ApplyAsync(ConfigLoad load)
    {
        await _applying.WaitAsync();
        try
        {
            return await ApplyOneAsync(load);
        }
        finally
        {
            _applying.Release();
        }
    }

    /// <summary>
    /// Stops in good order: accepts until the queues are empty, lets exchanges finish within the time, tells connections to close.
    /// What is not over then is cut off, answered 503 where that is still possible. How many connections that were.
    /// </summary>
    public async Task<int> DrainAsync(TimeSpan timeout)
    {
        await RefuseNewAsync();
        foreach (var loop in _loops) await loop.RunAsync(static l => l.Draining = true);
        WakeHandshakes();
        foreach (var listener in _listeners.Values) await listener.StopAsync(drain: true);
        var left = await CloseAsync(timeout);
        if (left > 0)
        {
            foreach (var listener in _listeners.Values.Concat(_leaving)) await listener.CutOffAsync();
            await CloseAsync(CutOffTime);
        }

        await MirrorPairs.EndAllAsync(_loops, _options.Time);
        foreach (var loop in _loops) await loop.RunAsync(static l => l.Pools.CloseIdle());
        return left;
    }

    /// <summary>Stops at once: loops end, sockets close.</summary>
    public async ValueTask DisposeAsync()
    {
        await RefuseNewAsync();
        await _tickets.DisposeAsync();
        await _discoveries.DisposeAsync();
        await _names.DisposeAsync();
        await _health.DisposeAsync();
        await _sets.DisposeAsync();
        foreach (var listener in _listeners.Values) await listener.StopAsync(drain: false);
        await MirrorPairs.EndAllAsync(_loops, _options.Time);
        foreach (var loop in _loops) await loop.RunAsync(static l => l.Pools.CloseIdle());
        foreach (var loop in _loops) loop.Loop.Stop();
        foreach (var listener in _listeners.Values) listener.Socket.Dispose();
        if (_current is not null)
            foreach (var policy in _current.Policies) await policy.DisposeAsync();
        foreach (var loop in _loops) loop.Loop.Dispose();
    }

    private void Refresh(WantedCertificate wanted)
    {
        foreach (var listener in _current?.Listeners.Values ?? [])
            if (listener.Tls is { } tls && tls.Wanted.Contains(wanted)) tls.Refresh(_store.Ready);
    }

    private void WakeHandshakes()
    {
        foreach (var loop in _loops) loop.Loop.Post(static loop => ((ProxyLoop)loop!).CertificateWaits.Wake(), loop);
    }

    // What is applied would open what is being closed. One that is under way is waited for.
    private async Task RefuseNewAsync()
    {
        await _applying.WaitAsync();
        _isStopping = true;
        _applying.Release();
    }

    private async Task<ApplyResult> ApplyOneAsync(ConfigLoad load)
    {
        if (_isStopping) return ApplyResult.Refused(load.With([new ConfigProblem(ProblemSeverity.Error, "", "stopping", "Weir is stopping and takes no new configuration.")]));
        if (!load.IsValid) return ApplyResult.Refused(await FindMoreAsync(load));
        var problems = new ProblemList();
        foreach (var problem in _options.Checks(load.Config)) problems.Report(problem);
        var before = _current;
        var compiler = new SnapshotCompiler(load, _options.Factories, _store, problems, _options.Time.GetUtcNow(), before?.Listeners.Values.FirstOrDefault()?.Table);
        var snapshot = compiler.Compile(_version + 1);
        var plan = _discoveries.Prepare(load, problems);
        var opened = problems.HasErrors ? [] : Bind(load.Config, problems);
        if (problems.HasErrors)
        {
            await _discoveries.AbandonAsync(plan);
            foreach (var socket in opened.Values) socket.Dispose();
            foreach (var policy in compiler.Chains.New) await policy.DisposeAsync();
            return ApplyResult.Refused(load.With(problems.Items));
        }

        _version++;
        compiler.Chains.Commit();
        await _discoveries.StartAsync(plan);
        // Before the first request and not after it: what a reload keeps is there without a gap.
        foreach (var (name, discovered) in plan) Report(discovered, snapshot.Clusters[name], Membership.Take(snapshot.Clusters[name], compiler.Endpoints[name], discovered.Latest, before?.Clusters.GetValueOrDefault(name)));
        await _names.PrepareAsync(snapshot.Clusters.Values.SelectMany(static c => c.Endpoints).Select(static e => e.State).Distinct());
        _overrides.Apply(snapshot.Clusters.Values, _sets.BeginWarming);
        foreach (var name in snapshot.Clusters.Keys) snapshot.Clusters[name].State.Breaker.Changed = (change, reason) => _options.OnCluster(new ClusterChange(name, change, reason));
        _health.Publish(snapshot);
        _sets.Publish(snapshot);
        await PublishAsync(snapshot, opened);
        _store.Ready.KeepOnly(Wanted);
        await ForgetAsync(_store.Forget(snapshot, compiler.Chains.Identities));
        _endpoints = compiler.Endpoints;
        await _discoveries.CommitAsync(plan);
        if (before is not null) _retired = RetireAsync(before, snapshot, _retired);
        return ApplyResult.Applied(snapshot.Version, load.With(problems.Items), ReloadReport.Compare(before, snapshot, opened.Keys));
    }

    private async Task ForgetAsync(List<EndpointState> gone)
    {
        if (gone.Count == 0) return;
        // Thousands may leave at once, and a loop has others to serve meanwhile.
        foreach (var some in gone.Chunk(ForgottenAtOnce))
            foreach (var loop in _loops) await loop.RunAsync(l => Array.ForEach(some, l.Pools.Forget));
        foreach (var listener in _listeners.Values) await listener.ForgetAsync();
    }

    /// <summary>Sets the endpoints of a cluster that has <c>discover: api</c>. Null when they are in force; else why not.</summary>
    internal async Task<string?> SetEndpointsAsync(Discovered discovered, IReadOnlyList<FoundEndpoint> endpoints)
    {
        if (discovered.Source is not ApiSource source) return $"the endpoints of '{discovered.Cluster}' are not set by the API";
        if (!_endpoints.TryGetValue(discovered.Cluster, out var compiler)) return $"there is no cluster '{discovered.Cluster}'";
        foreach (var endpoint in endpoints)
            if (!compiler.Fits(endpoint, out var reason)) return reason;
        await _setting.WaitAsync();
        try
        {
            // What would not survive a restart is not taken.
            if (_discoveries.Save(discovered, endpoints) is { } problem) return problem;
            source.Set(endpoints);
        }
        finally
        {
            _setting.Release();
        }

        await TakeFoundAsync(discovered);
        return null;
    }

    // What its source found last becomes what the cluster has. Nothing else of the cluster changes.
    private async Task TakeFoundAsync(Discovered discovered)
    {
        await _applying.WaitAsync();
        try
        {
            if (_isStopping || _current?.Clusters.GetValueOrDefault(discovered.Cluster) is not { } cluster || _discoveries.Running.GetValueOrDefault(discovered.Cluster) != discovered) return;
            var change = Membership.Take(cluster, _endpoints[discovered.Cluster], discovered.Latest);
            if (!change.IsOther)
            {
                // Something that cannot be an endpoint may have come or gone.
                Report(discovered, cluster, change);
                return;
            }

            var left = change.Gone;
            await _names.FollowAsync(change.New, left);
            _store.Leave(left);
            _overrides.Apply([cluster], _sets.BeginWarming);
            _health.Publish(_current);
            _sets.Publish(cluster);
            Report(discovered, cluster, change);
            await ForgetAsync([.. left]);
        }
        catch (Exception fault)
        {
            // The endpoints before serve on.
            _options.OnFault(fault, "discovery");
        }
        finally
        {
            _applying.Release();
        }
    }

    private void Report(Discovered discovered, Cluster cluster, Membership change)
    {
        discovered.Refuse(change.Refused);
        if (change.Joined.Count + change.Left.Count == 0) return;
        _options.OnEndpoints(new EndpointsChange(discovered.Cluster, discovered.Kind, change.Joined, change.Left, discovered.Latest.Count, cluster.Endpoints.Length, discovered.AnsweredAt is null));
    }

    private async Task<IReadOnlyList<ConfigDiagnostic>> FindMoreAsync(ConfigLoad load)
    {
        await using var trial = ConfigTrial.Of(load, _options.Factories, _options.Checks);
        return trial.Diagnostics;
    }

    // Connections that wait for a request are closed as they come to that; the others have this long. How many are left.
    private async Task<int> CloseAsync(TimeSpan timeout)
    {
        var deadline = _options.Time.GetTimestamp() + (long)(timeout.TotalSeconds * _options.Time.TimestampFrequency);
        while (true)
        {
            var open = 0;
            foreach (var listener in _listeners.Values.Concat(_leaving)) open += await listener.CloseIdleAsync();
            if (open == 0 || _options.Time.GetTimestamp() >= deadline) return open;
            await Task.Delay(TimeSpan.FromMilliseconds(20), _options.Time);
        }
    }

    // Sockets of addresses that are not bound yet. A failure is a problem at the listener's address.
    private Dictionary<string, ListeningSocket> Bind(WeirConfig config, ProblemList problems)
    {
        var opened = new Dictionary<string, ListeningSocket>(StringComparer.Ordinal);
        foreach (var (name, listener) in config.Listeners)
        {
            ListenAddress.TryParse(listener.Address, out var address, out _);
            if (_listeners.ContainsKey(IdentityOf(name, listener, address))) continue;
            try
            {
                opened[name] = Bind(config, address, listener.Protocol == ListenerProtocol.Udp ? ListeningSocket.Datagrams : listener.Backlog);
            }
            catch (SystemCallException failure)
            {
                problems.Report(new ConfigProblem(ProblemSeverity.Error, $"listeners.{name}.address", "cannot-listen",
                    $"{listener.Address} cannot be listened on: {failure.Message}", failure.Errno == 98 ? "another program, or another Weir, has it" : null));
            }
        }

        return opened;
    }

    // ":80" may give way to "0.0.0.0:80": the old one is in the new one's way, and goes only when the new one is there.
    private ListeningSocket Bind(WeirConfig config, ListenAddress address, int backlog)
    {
        try
        {
            return ListeningSocket.Bind(ToSocketAddress(address), backlog, _loops.Length);
        }
        catch (SystemCallException failure) when (failure.Errno == 98 && !address.IsUnix && address.Port != 0)
        {
            var staying = Identities(config).Keys.ToHashSet(StringComparer.Ordinal);
            var leaving = _listeners.Where(l => l.Value.Socket.Address.Port == address.Port && l.Value.IsDatagram == (backlog == ListeningSocket.Datagrams) && !staying.Contains(l.Key)).Select(static l => l.Value.Socket).ToList();
            if (leaving.Count == 0) throw;
            return ListeningSocket.BindBeside(leaving, ToSocketAddress(address), backlog, _loops.Length);
        }
    }

    private async Task PublishAsync(Snapshot snapshot, Dictionary<string, ListeningSocket> opened)
    {
        var log = snapshot.Config.Telemetry.AccessLog;
        var logs = log.Format != "off" && _options.WritesAccessLog;
        var names = Identities(snapshot.Config);
        foreach (var loop in _loops)
        {
            await loop.RunAsync(l =>
            {
                if (logs) l.Log.Allocate(log.Buffer);
                l.Snapshot = snapshot;
                l.LogsExchanges = logs;
                foreach (var (identity, open) in _listeners)
                    if (names.TryGetValue(identity, out var name)) open.Publish(l, snapshot, name);
            });
        }

        Volatile.Write(ref _current, snapshot);
        var closed = _listeners.Where(l => !names.ContainsKey(l.Key)).ToList();
        lock (_listeners)
            foreach (var (identity, _) in closed) _listeners.Remove(identity);
        foreach (var (identity, name) in names)
        {
            if (!opened.TryGetValue(name, out var socket)) continue;
            var open = new OpenListener(name, socket, snapshot.Listeners[name].Datagrams is not null);
            await open.StartAsync(_loops);
            lock (_listeners) _listeners.Add(identity, open);
        }

        _leaving.RemoveAll(static l => l.Open == 0);
        foreach (var (_, open) in closed)
        {
            await open.StopAsync(drain: true);
            await open.CloseAsync();
            if (await open.CloseIdleAsync() > 0) _leaving.Add(open);
        }
    }

    // What a listener is known by over reloads: its address, or its name where the kernel picks the port. With the name it has now.
    private static Dictionary<string, string> Identities(WeirConfig config)
        => config.Listeners.ToDictionary(
            static l => IdentityOf(l.Key, l.Value, ListenAddress.TryParse(l.Value.Address, out var address, out _) ? address : default), static l => l.Key, StringComparer.Ordinal);

    private static string IdentityOf(string name, ListenerConfig listener, ListenAddress address)
        => (listener.Protocol == ListenerProtocol.Udp ? "udp " : "") + (address.IsUnix || address.Port != 0 ? address.ToString() : $"{address} {name}");

    // The old version's policies go when no loop has an exchange on it, and only those that the new one did not take over.
    // One version after the other: an exchange on an older one may use what the later ones took over from it.
    private async Task RetireAsync(Snapshot old, Snapshot current, Task olderRetired)
    {
        await olderRetired;
        foreach (var loop in _loops)
        {
            var idle = false;
            while (!idle)
            {
                await loop.RunAsync(l => idle = old.Use.IsIdle(l.Index));
                if (!idle) await Task.Delay(TimeSpan.FromMilliseconds(100), _options.Time);
            }
        }

        foreach (var policy in old.Policies.Except(current.Policies))
        {
            try
            {
                await policy.DisposeAsync();
            }
            catch (Exception fault)
            {
                _options.OnFault(fault, "dispose");
            }
        }
    }

    private static SocketAddress ToSocketAddress(ListenAddress address)
        => address.IsUnix ? SocketAddress.Unix(address.UnixPath!) : SocketAddress.From(new IPEndPoint(address.Address ?? IPAddress.IPv6Any, address.Port));
}
