using Weir.Config;
using Weir.Config.Records;
using Weir.Logging;
using Weir.Proxy;

namespace Weir.Running;

/// <summary>
/// Brings configurations into force, one at a time, whoever asks: a signal, a changed file, the control channel. A bad one changes
/// nothing and says why. Remembers what came of the last.
/// </summary>
internal sealed class ConfigReloader(InstanceSettings settings, Gateway gateway) : IDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private string _digest = "";
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
    public async Task<bool> StartAsync(ConfigLoad load)
    {
        var began = settings.Time.GetTimestamp();
        var result = await gateway.ApplyAsync(load);
        foreach (var diagnostic in result.Diagnostics)
        {
            if (!result.IsApplied) settings.Terminal.Complain(diagnostic.Text);
            else settings.Log.ConfigWarning(diagnostic.Text);
        }

        if (!result.IsApplied) return false;
        (Config, _digest) = (load.Config!, load.Digest);
        Volatile.Write(ref _last, Outcome(began, true, true, result.Diagnostics, []));
        return true;
    }

    /// <summary>Reads the files again and applies them when they say something else.</summary>
    public async Task<ReloadOutcome> ReloadAsync(string reason)
    {
        await _oneAtATime.WaitAsync();
        try
        {
            settings.Notify.Reloading();
            var outcome = await ReloadOneAsync(reason);
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

    public void Dispose() => _oneAtATime.Dispose();

    private async Task<ReloadOutcome> ReloadOneAsync(string reason)
    {
        var began = settings.Time.GetTimestamp();
        settings.Log.Reloading(reason);
        var load = ConfigFile.Load(settings.ConfigPath, settings.Terminal.Environment);
        Read(load.Sources);
        if (load.IsValid && load.Digest == _digest)
        {
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
        (Config, _digest) = (load.Config!, load.Digest);
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
