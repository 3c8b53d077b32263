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
    public Task<ReloadOutcome> ReloadAsync(string reason) => RunAsync(reason, () =>
    {
        var files = ConfigFile.Load(settings.ConfigPath, settings.Terminal.Environment);
        Read(files.Sources);
        return files;
    });

    /// <summary>Changes what is changed at run time, on the files as they were last good: they may be broken at the moment. Null when it is written and in force, else why not.</summary>
    public async Task<string?> ChangeAsync(string reason, Func<OverlayState, OverlayState> change)
    {
        try
        {
            overlay.Change(change);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return $"what changes could not be written down: {failure.Message}";
        }

        var outcome = await RunAsync(reason, () => _files!);
        return outcome.Success ? null : string.Join("; ", outcome.Diagnostics);
    }

    private async Task<ReloadOutcome> RunAsync(string reason, Func<ConfigLoad> read)
    {
        await _oneAtATime.WaitAsync();
        try
        {
            settings.Notify.Reloading();
            var outcome = await ReloadOneAsync(reason, read);
            FollowEnds();
            if (outcome.Success) _succeeded++;
            else _failed++;
            Volatile.Write(ref _last, outcome);
            settings.Notify.Ready(outcome.Success ? "ready" : "ready; the last reload was refused");
            return outcome;
        }
        finally
        {
            _oneAtATime.Release();
        }
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
        var now = settings.Time.GetUtcNow();
        if (overlay.State.NextEnd(now) is not { } end) return;
        // A timer of the library holds 49 days at most.
        var wait = TimeSpan.FromTicks(Math.Min((end - now).Ticks, TimeSpan.TicksPerDay));
        _nextEnd = settings.Time.CreateTimer(_ => _ = RunAsync("the end of a change made at run time", () => _files!), null, wait, Timeout.InfiniteTimeSpan);
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
