using Weir.Config;
using Weir.Config.Records;
using Weir.Logging;
using Weir.Proxy;
using Weir.Running.Overlays;

namespace Weir.Running;

/// <summary>
/// Brings configurations into force, one at a time, whoever asks: a signal, a changed file, the control channel. A bad one changes
/// nothing and says why. Remembers what came of the last.
/// </summary>
internal sealed class ConfigReloader(InstanceSettings settings, Gateway gateway, Overlay overlay) : IDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private string _digest = "";
    private ConfigLoad? _files;
    private OverlayState _changed = OverlayState.Empty;
    private ITimer? _nextEnd;
    private ReloadOutcome? _last;
    private long _succeeded;
    private long _failed;

    /// <summary>The configuration in force.</summary>
    public WeirConfig Config { get; private set; } = new();

    /// <summary>SHA-256 of the configuration in force.</summary>
    public string Digest => _digest;

    /// <summary>The last try, the start too; null before it.</summary>
    public ReloadOutcome? Last => Volatile.Read(ref _last);

    /// <summary>Reloads after the start that were good.</summary>
    public long Succeeded => Volatile.Read(ref _succeeded);

    public long Failed => Volatile.Read(ref _failed);

    /// <summary>Called with the configuration before and the one now, before the next reload begins.</summary>
    public Func<WeirConfig, WeirConfig, Task> Applied { get; init; } = static (_, _) => Task.CompletedTask;

    /// <summary>Called with what a configuration was read from, a bad one's too.</summary>
    public Action<ConfigSources> Read { get; init; } = static _ => { };

    /// <summary>The first configuration. False when it is refused; why went to standard error.</summary>
    public async Task<bool> StartAsync(ConfigLoad files)
    {
        var began = settings.Time.GetTimestamp();
        _changed = overlay.State;
        await gateway.OverrideAsync(_changed.Overrides());
        var load = overlay.Over(files);
        var result = await gateway.ApplyAsync(load);
        foreach (var diagnostic in result.Diagnostics)
        {
            if (!result.IsApplied) settings.Terminal.Complain(diagnostic.Text);
            else settings.Log.ConfigWarning(diagnostic.Text);
        }

        if (!result.IsApplied) return false;
        (Config, _digest, _files) = (load.Config!, load.Digest, files);
        FollowEnds();
        Volatile.Write(ref _last, Outcome(began, true, true, result.Diagnostics, []));
        return true;
    }

    /// <summary>Reads the files again and applies them when they say something else.</summary>
    public async Task<ReloadOutcome> ReloadAsync(string reason)
    {
        await _oneAtATime.WaitAsync();
        try
        {
            return await RunOneAsync(reason, () =>
            {
                var files = ConfigFile.Load(settings.ConfigPath, settings.Terminal.Environment);
                Read(files.Sources);
                return files;
            });
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>
    /// Changes what is changed at run time, on the files as they were last good: they may be broken at the moment. One at a time, so that of two
    /// wishes at once none is lost. Null when it is written and in force, else why not; then nothing has changed.
    /// </summary>
    public async Task<string?> ChangeAsync(string reason, Func<OverlayState, OverlayEdit> edit)
    {
        await _oneAtATime.WaitAsync();
        try
        {
            var before = overlay.State;
            var wanted = edit(before);
            if (wanted.State is not { } state) return wanted.Problem;
            if (overlay.Keep(state) is { } problem) return problem;
            if (await PutInForceAsync(reason) is not { Success: false } refused) return null;
            overlay.Keep(before);
            await PutInForceAsync(reason);
            return string.Join("; ", refused.Diagnostics);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private async Task<ReloadOutcome> RunOneAsync(string reason, Func<ConfigLoad> read)
    {
        settings.Notify.Reloading();
        var outcome = await ReloadOneAsync(reason, read);
        if (outcome.Success) _succeeded++;
        else _failed++;
        Volatile.Write(ref _last, outcome);
        settings.Notify.Ready(outcome.Success ? "ready" : "ready; the last reload was refused");
        return outcome;
    }

    // What is changed of endpoints needs no reload: null when nothing else is to be done.
    private async Task<ReloadOutcome?> PutInForceAsync(string reason)
    {
        var state = overlay.State;
        Say(_changed, state);
        _changed = state;
        FollowEnds();
        await gateway.OverrideAsync(state.Overrides());
        return overlay.Over(_files!).Digest == _digest ? null : await RunOneAsync(reason, () => _files!);
    }

    private void Say(OverlayState before, OverlayState now)
    {
        var (old, current) = (OverlayEntries.Of(before), OverlayEntries.Of(now));
        foreach (var over in old.ExceptBy(current.Select(static e => (e.Kind, e.Name, e.Cluster)), static e => (e.Kind, e.Name, e.Cluster))) settings.Log.ChangeOver(over.Until <= settings.Time.GetUtcNow() ? "its time is over" : "taken back", over.Text);
        foreach (var change in current.Except(old)) settings.Log.ChangedAtRunTime(change.Text);
    }

    public void Dispose()
    {
        _nextEnd?.Dispose();
        _oneAtATime.Dispose();
    }

    // A change that was made for a time is taken back when it is over.
    private void FollowEnds()
    {
        _nextEnd?.Dispose();
        // Of what is in force: it may be over already.
        if (_changed.NextEnd is not { } end) return;
        // A timer of the library holds 49 days at most, and drops what is less than a millisecond.
        var wait = TimeSpan.FromTicks(Math.Clamp((end - settings.Time.GetUtcNow()).Ticks + TimeSpan.TicksPerMillisecond, TimeSpan.TicksPerMillisecond, TimeSpan.TicksPerDay));
        _nextEnd = settings.Time.CreateTimer(_ => _ = EndAsync(), null, wait, Timeout.InfiniteTimeSpan);
    }

    private async Task EndAsync()
    {
        await _oneAtATime.WaitAsync();
        try
        {
            await PutInForceAsync("the end of a change made at run time");
        }
        catch (Exception fault)
        {
            settings.Log.ReloadFault(fault);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private async Task<ReloadOutcome> ReloadOneAsync(string reason, Func<ConfigLoad> read)
    {
        var began = settings.Time.GetTimestamp();
        settings.Log.Reloading(reason);
        var files = read();
        var load = overlay.Over(files);
        if (load.IsValid && load.Digest == _digest)
        {
            _files = files;
            settings.Log.ReloadUnchanged(gateway.Version);
            return Outcome(began, true, false, [], []);
        }

        var result = await gateway.ApplyAsync(load);
        foreach (var diagnostic in result.Diagnostics)
        {
            if (diagnostic.IsError) settings.Log.ConfigError(diagnostic.Text);
            else settings.Log.ConfigWarning(diagnostic.Text);
        }

        if (!result.IsApplied)
        {
            settings.Log.ReloadRefused(gateway.Version);
            return Outcome(began, false, false, result.Diagnostics, []);
        }

        var before = Config;
        (Config, _digest, _files) = (load.Config!, load.Digest, files);
        await Applied(before, Config);
        var outcome = Outcome(began, true, true, result.Diagnostics, [.. result.Report.Lines]);
        settings.Log.Reloaded((long)outcome.Milliseconds, result.Version);
        foreach (var line in outcome.Changes) settings.Log.ReloadLine(line);
        return outcome;
    }

    private ReloadOutcome Outcome(long began, bool success, bool changed, IReadOnlyList<ConfigDiagnosticSummary> diagnostics, IReadOnlyList<string> changes)
        => new(success, changed, gateway.Version, settings.Time.GetUtcNow(), Math.Round(settings.Time.GetElapsedTime(began).TotalMilliseconds, 1),
            [.. diagnostics.Select(static d => d.Text)], changes);
}
