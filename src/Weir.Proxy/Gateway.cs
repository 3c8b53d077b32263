using System.Net;
using Weir.Config;
using Weir.Config.Records;
using Weir.Proxy.AccessLog;
using Weir.Proxy.Listeners;
using Weir.Proxy.Model;
using Weir.Proxy.Snapshots;
using Weir.Reactor;
using Weir.Reactor.Sockets;
using Weir.Sdk.Configuration;
using Weir.Sdk.Policies;
using SocketAddress = Weir.Reactor.Sockets.SocketAddress;

namespace Weir.Proxy;

/// <summary>
/// The data plane as the program sees it: loops, listening sockets, and the configuration in force. Configurations are applied one at a
/// time, from any thread but a loop's; what the loops see of it arrives by posts.
/// </summary>
public sealed class Gateway : IAsyncDisposable
{
    private readonly GatewayOptions _options;
    private readonly ProxyLoop[] _loops;
    private readonly Dictionary<string, OpenListener> _listeners = new(StringComparer.Ordinal);
    private readonly StateStore _store;
    private readonly EndpointNames _names;
    private readonly SemaphoreSlim _applying = new(1, 1);
    private Snapshot? _current;
    private long _version;

    public Gateway(GatewayOptions options)
    {
        _options = options;
        var count = options.Loops;
        _store = new StateStore(count);
        _names = new EndpointNames(options.Time, options.OnNameFailure);
        _loops = [.. Enumerable.Range(0, count).Select(i =>
        {
            var loop = new Loop(i, new LoopOptions { Time = options.Time, OnSlowTurn = (_, duration) => options.OnSlowTurn(i, duration) });
            return new ProxyLoop(loop, new LogRing()) { OnFault = (_, fault, where) => options.OnFault(fault, where) };
        })];
        foreach (var loop in _loops)
        {
            loop.All = _loops;
            loop.Loop.Start();
        }
    }

    internal IReadOnlyList<ProxyLoop> Loops => _loops;

    internal Snapshot? Current => Volatile.Read(ref _current);

    internal StateStore Store => _store;

    /// <summary>The number of the configuration in force; 0 before the first.</summary>
    public long Version => Current?.Version ?? 0;

    /// <summary>Where the listeners are bound, by name, with the ports that the kernel chose.</summary>
    public IReadOnlyDictionary<string, string> Addresses
    {
        get
        {
            lock (_listeners) return _listeners.ToDictionary(static l => l.Key, static l => l.Value.Socket.Address.ToString());
        }
    }

    /// <summary>The listeners that are open, by name.</summary>
    internal IReadOnlyList<KeyValuePair<string, OpenListener>> OpenListeners
    {
        get
        {
            lock (_listeners) return [.. _listeners];
        }
    }

    /// <summary>Checks everything that applying would check, but for binding; nothing is changed.</summary>
    public static IReadOnlyList<ConfigDiagnosticSummary> Check(ConfigLoad load, IReadOnlyList<PolicyFactory> factories)
    {
        var problems = new ProblemList();
        if (load.IsValid)
        {
            var compiler = new SnapshotCompiler(load, factories, new StateStore(1), problems);
            compiler.Compile(0);
            foreach (var policy in compiler.Chains.New) _ = policy.DisposeAsync().AsTask();
        }

        return [.. load.With(problems.Items).Select(static d => new ConfigDiagnosticSummary(d.Severity == ProblemSeverity.Error, d.ToString()))];
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
    /// True when nothing was cut.
    /// </summary>
    public async Task<bool> DrainAsync(TimeSpan timeout)
    {
        var deadline = _options.Time.GetTimestamp() + (long)(timeout.TotalSeconds * _options.Time.TimestampFrequency);
        foreach (var loop in _loops) await OnLoopAsync(loop, static l => l.Draining = true);
        foreach (var listener in _listeners.Values)
            await listener.StopAsync(drain: true);
        while (true)
        {
            var open = 0;
            foreach (var listener in _listeners.Values) open += await listener.CloseIdleAsync();
            if (open == 0) return true;
            if (_options.Time.GetTimestamp() >= deadline) return false;
            await Task.Delay(TimeSpan.FromMilliseconds(20), _options.Time);
        }
    }

    /// <summary>Stops at once: loops end, sockets close.</summary>
    public async ValueTask DisposeAsync()
    {
        await _names.DisposeAsync();
        foreach (var listener in _listeners.Values) await listener.StopAsync(drain: false);
        foreach (var loop in _loops) await OnLoopAsync(loop, static l => l.Pools.CloseIdle());
        foreach (var loop in _loops) loop.Loop.Stop();
        foreach (var listener in _listeners.Values) listener.Socket.Dispose();
        if (_current is not null)
            foreach (var policy in _current.Policies) await policy.DisposeAsync();
        foreach (var loop in _loops) loop.Loop.Dispose();
        _applying.Dispose();
    }

    /// <summary>Runs something on a loop and waits for it, without holding a thread.</summary>
    internal static Task OnLoopAsync(ProxyLoop loop, Action<ProxyLoop> action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Loop.Post(
            static state =>
            {
                var (loop, action, done) = ((ProxyLoop, Action<ProxyLoop>, TaskCompletionSource))state!;
                try
                {
                    action(loop);
                    done.SetResult();
                }
                catch (Exception fault)
                {
                    done.SetException(fault);
                }
            },
            (loop, action, done));
        return done.Task;
    }

    private async Task<ApplyResult> ApplyOneAsync(ConfigLoad load)
    {
        var problems = new ProblemList();
        if (!load.IsValid) return ApplyResult.Refused(load.With(problems.Items));
        foreach (var problem in _options.Checks(load.Config)) problems.Report(problem);
        var before = _current;
        var compiler = new SnapshotCompiler(load, _options.Factories, _store, problems, before?.Listeners.Values.FirstOrDefault()?.Table);
        var snapshot = compiler.Compile(_version + 1);
        var opened = problems.HasErrors ? [] : Bind(load.Config, problems);
        if (problems.HasErrors)
        {
            foreach (var socket in opened.Values) socket.Dispose();
            foreach (var policy in compiler.Chains.New) await policy.DisposeAsync();
            return ApplyResult.Refused(load.With(problems.Items));
        }

        _version++;
        compiler.Chains.Commit();
        await _names.PrepareAsync(snapshot.Clusters.Values.SelectMany(static c => c.Endpoints).Select(static e => e.State).Distinct());
        await PublishAsync(snapshot, opened);
        var gone = _store.Forget(snapshot, compiler.Chains.Identities);
        foreach (var endpoint in gone) endpoint.Removed = true;
        if (gone.Count > 0)
            foreach (var loop in _loops) await OnLoopAsync(loop, l => gone.ForEach(l.Pools.CloseIdle));
        if (before is not null) _ = RetireAsync(before, snapshot);
        return ApplyResult.Applied(snapshot.Version, load.With(problems.Items), ReloadReport.Compare(before, snapshot, opened.Keys));
    }

    // Sockets of addresses that are not bound yet. A failure is a problem at the listener's address.
    private Dictionary<string, ListeningSocket> Bind(WeirConfig config, ProblemList problems)
    {
        var opened = new Dictionary<string, ListeningSocket>(StringComparer.Ordinal);
        foreach (var (name, listener) in config.Listeners)
        {
            if (_listeners.TryGetValue(name, out var open) && open.Asked == listener.Address) continue;
            try
            {
                ListenAddress.TryParse(listener.Address, out var address, out _);
                opened[name] = ListeningSocket.Bind(ToSocketAddress(address), listener.Backlog, _loops.Length);
            }
            catch (SystemCallException failure)
            {
                problems.Report(new ConfigProblem(ProblemSeverity.Error, $"listeners.{name}.address", "cannot-listen",
                    $"{listener.Address} cannot be listened on: {failure.Message}", failure.Errno == 98 ? "another program, or another Weir, has it" : null));
            }
        }

        return opened;
    }

    private async Task PublishAsync(Snapshot snapshot, Dictionary<string, ListeningSocket> opened)
    {
        var log = snapshot.Config.Telemetry.AccessLog;
        var logs = log.Format != "off" && _options.WritesAccessLog;
        foreach (var loop in _loops)
        {
            await OnLoopAsync(loop, l =>
            {
                if (logs) l.Log.Allocate(log.Buffer);
                l.Snapshot = snapshot;
                l.LogsExchanges = logs;
            });
        }

        Volatile.Write(ref _current, snapshot);
        List<OpenListener> closed = [];
        lock (_listeners)
        {
            foreach (var (name, open) in _listeners.ToList())
            {
                if (snapshot.Listeners.ContainsKey(name) && !opened.ContainsKey(name)) continue;
                closed.Add(open);
                _listeners.Remove(name);
            }
        }

        foreach (var (name, socket) in opened)
        {
            var open = new OpenListener(snapshot.Config.Listeners[name].Address, socket);
            await open.StartAsync(_loops, snapshot.Listeners[name]);
            lock (_listeners) _listeners.Add(name, open);
        }

        foreach (var open in closed)
        {
            await open.StopAsync(drain: true);
            open.Socket.Dispose();
            await open.CloseIdleAsync();
        }
    }

    // The old version's policies go when no loop has an exchange on it, and only those that the new one did not take over.
    private async Task RetireAsync(Snapshot old, Snapshot current)
    {
        foreach (var loop in _loops)
        {
            var idle = false;
            while (!idle)
            {
                await OnLoopAsync(loop, l => idle = old.Use.IsIdle(l.Index));
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
