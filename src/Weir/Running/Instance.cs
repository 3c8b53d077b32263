using System.Runtime;
using Weir.AccessLog;
using Weir.Certificates;
using Weir.Config;
using Weir.Config.Records;
using Weir.Config.Watching;
using Weir.Control;
using Weir.Logging;
using Weir.Proxy;
using Weir.Proxy.Inspection;
using Weir.Proxy.Model;
using Weir.Reactor;
using Weir.Running.Overlays;
using Weir.Sdk.Configuration;
using Weir.Telemetry;

namespace Weir.Running;

/// <summary>
/// One running Weir: the gateway and what stands around it. Composition only; the order of start and stop is here and nowhere else.
/// </summary>
internal sealed class Instance : IAsyncDisposable
{
    private readonly InstanceSettings _settings;
    private readonly ConfigReloader _reloader;
    private readonly AccessLogWriter _accessLog;
    private readonly TaskCompletionSource _stopAtOnce = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<ConfigProblem> _atStart = [];
    private ConfigWatcher? _watcher;
    private Task _serving = Task.CompletedTask;

    private Instance(InstanceSettings settings, WeirConfig config)
    {
        _settings = settings;
        // A collection of everything stops the loops for as long as it takes: only when memory is short, never to tidy up.
        GCSettings.LatencyMode = GCLatencyMode.SustainedLowLatency;
        PauseWatch.Start();
        Lifecycle = new Lifecycle(settings.Time);
        Control = new ControlPlane(this);
        var reports = new LoopReports(settings.Log, settings.Time);
        var state = StatePath.Of(config.State, settings.Terminal.Environment);
        var options = new GatewayOptions
        {
            Factories = ConfigFile.Factories,
            Time = settings.Time,
            WritesAccessLog = true,
            Checks = Check,
            OnFault = reports.Fault,
            OnSlowTurn = reports.SlowTurn,
            OnMirrorDifference = reports.MirrorDiffers,
            OnHealth = settings.Log.Health,
            OnCluster = reports.Cluster,
            OnNameFailure = (endpoint, reason) => settings.Log.NameFailure(endpoint, reason),
            FoundFolder = Path.Combine(state, "discovery"),
            OnEndpoints = settings.Log.Endpoints,
            OnDiscovery = (cluster, source, reason) =>
            {
                if (reason is null) settings.Log.DiscoveryHealed(cluster, source);
                else settings.Log.DiscoveryFailed(cluster, source, reason);
            },
        };
        Gateway = new Gateway(config.Workers.IsAuto ? options : options with { Loops = config.Workers.Number });
        _accessLog = new AccessLogWriter([.. Gateway.Loops.Select(static l => l.Log)], problem => settings.Log.AccessLogProblem(problem));
        Certificates = new CertificateSupply(Gateway, state, settings.Log, settings.Time);
        Overlay = Overlay.Open(state, settings.Time, out var problem);
        if (problem is not null) settings.Log.OverlayProblem(problem);
        _reloader = new ConfigReloader(settings, Gateway, Overlay) { Applied = OnAppliedAsync, Read = sources => _watcher?.Follow(sources) };
    }

    public Gateway Gateway { get; }

    public Lifecycle Lifecycle { get; }

    public CertificateSupply Certificates { get; }

    /// <summary>What was changed at run time.</summary>
    public Overlay Overlay { get; }

    /// <summary>The same as it is shown, with what is not in force.</summary>
    public IReadOnlyList<OverlayEntry> Changes => OverlayEntries.Of(Overlay.State, Config, Has);

    /// <summary>Those of the configuration in force, by name.</summary>
    public IEnumerable<Cluster> Clusters => (Gateway.Current?.Clusters.Values ?? Enumerable.Empty<Cluster>()).OrderBy(static c => c.Name, StringComparer.Ordinal);

    public ConfigReloader Reloader => _reloader;

    public ControlPlane Control { get; }

    public AccessLogWriter AccessLog => _accessLog;

    public InstanceSettings Settings => _settings;

    /// <summary>The configuration in force.</summary>
    public WeirConfig Config => _reloader.Config;

    /// <summary>Null when it could not start; why is on standard error, and nothing is left behind.</summary>
    public static async Task<Instance?> StartAsync(InstanceSettings settings)
    {
        var load = ConfigFile.Load(settings.ConfigPath, settings.Terminal.Environment);
        if (!load.IsValid)
        {
            await using var trial = ConfigTrial.Of(load, ConfigFile.Factories, ConfigFile.Check);
            foreach (var diagnostic in trial.Diagnostics) settings.Terminal.Complain(diagnostic.ToString());
            return null;
        }

        settings.Log.Least = load.Config.Telemetry.Log;
        settings.Log.Starting(ProgramVersion.Line, settings.ConfigPath);
        var files = ProcessLimits.RaiseOpenFiles();
        var instance = new Instance(settings, load.Config);
        if (await instance.StartAsync(load, files)) return instance;
        await instance.DisposeAsync();
        return null;
    }

    public Task<ReloadOutcome> ReloadAsync(string reason) => _reloader.ReloadAsync(reason);

    public void ReopenLogs()
    {
        _accessLog.Reopen();
        _settings.Log.LogsReopened();
    }

    /// <summary>Ends a drain that is under way.</summary>
    public void HurryUp() => _stopAtOnce.TrySetResult();

    /// <summary>Says no to readiness, finishes what is in flight within the time, then stops. True when nothing was cut.</summary>
    public async Task<bool> DrainAsync(string reason)
    {
        if (!Lifecycle.TryEnter(Phase.Draining)) return false;
        var timeout = Config.ShutdownTimeout;
        _settings.Log.Draining(reason, timeout.TotalSeconds);
        _settings.Notify.Stopping("draining");
        var drain = Gateway.DrainAsync(timeout);
        await Task.WhenAny(drain, _stopAtOnce.Task);
        var cut = drain.IsCompletedSuccessfully ? drain.Result : Gateway.OpenListeners.Sum(static l => l.Open);
        if (cut == 0) _settings.Log.Drained();
        else _settings.Log.NotDrained(cut);
        return cut == 0;
    }

    public async ValueTask DisposeAsync()
    {
        if (!Lifecycle.TryEnter(Phase.Stopped)) return;
        if (_watcher is not null) await _watcher.DisposeAsync();
        await _serving;
        await Control.DisposeAsync();
        _reloader.Dispose();
        await Certificates.DisposeAsync();
        await Gateway.DisposeAsync();
        _accessLog.Dispose();
    }

    private async Task<bool> StartAsync(ConfigLoad load, long files)
    {
        // All addresses are tried before any is served, so that all that are taken are said at once.
        _atStart.AddRange(Control.Bind(load.Config!));
        if (!await _reloader.StartAsync(load)) return false;
        _atStart.Clear();
        _accessLog.Configure(load.Config!.Telemetry.AccessLog);
        _accessLog.Start();
        if (_settings.Watches) _watcher = new ConfigWatcher(load.Sources, _ => _reloader.ReloadAsync("a changed file"), _settings.Time);
        await Certificates.FollowAsync(load.Config!);
        foreach (var (name, address) in Gateway.Addresses) _settings.Log.Listening(address, name);
        Lifecycle.TryEnter(Phase.Ready);
        _settings.Log.Ready((long)_settings.Time.GetElapsedTime(_settings.Began).TotalMilliseconds, Gateway.Version, Gateway.Loops.Count, files, Environment.ProcessId);
        _settings.Notify.Ready("ready");
        _serving = ServeControlAsync();
        return true;
    }

    private bool Has(EndpointTarget target) => Clusters.Any(c => c.Endpoints.Any(e => target.Takes(c.Name, e)));

    private IEnumerable<ConfigProblem> Check(WeirConfig config) => ConfigFile.Check(config).Concat(_atStart);

    // Off the start's way: whoever connects before is served after.
    private async Task ServeControlAsync()
    {
        await Task.Yield();
        try
        {
            await Control.StartAsync();
            if (Control.SocketPath is { } path) _settings.Log.ControlListening(path);
            if (Control.AdminAddress is { } address) _settings.Log.AdminListening(address);
        }
        catch (Exception failure) when (failure is IOException or InvalidOperationException or OperationCanceledException)
        {
            _settings.Log.AdminProblem(failure.Message);
        }
    }

    private async Task OnAppliedAsync(WeirConfig before, WeirConfig now)
    {
        _settings.Log.Least = now.Telemetry.Log;
        _accessLog.Configure(now.Telemetry.AccessLog);
        if (now.Workers != before.Workers) _settings.Log.NeedsRestart("workers");
        if (now.State != before.State) _settings.Log.NeedsRestart("state");
        await Certificates.FollowAsync(now);
        await _serving;
        await Control.FollowAsync(now);
    }
}
