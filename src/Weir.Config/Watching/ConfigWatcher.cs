namespace Weir.Config.Watching;

/// <summary>
/// Says when the files of a configuration have changed: written in place, renamed into place, swapped by a link, or newly matched
/// by a pattern. One call at a time, on the thread pool, after things are quiet; a change during a call brings another call.
/// The callback must not throw: what it throws is lost. After a reload, give the new sources to <see cref="Follow"/>.
/// </summary>
public sealed class ConfigWatcher : IAsyncDisposable
{
    private readonly Func<CancellationToken, Task> _changed;
    private readonly TimeProvider _time;
    private readonly WatchTimes _times;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _debounce;
    private readonly ITimer _poll;
    private ConfigSources _sources;
    private Fingerprint _last;
    private FolderEvents _events;
    private long? _firstSignal;

    public ConfigWatcher(ConfigSources sources, Func<CancellationToken, Task> changed, TimeProvider? time = null, WatchTimes? times = null)
    {
        _changed = changed;
        _time = time ?? TimeProvider.System;
        _times = times ?? new WatchTimes();
        _sources = sources;
        _last = Fingerprint.Of(sources);
        _debounce = _time.CreateTimer(_ => Queue(CheckAsync), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _poll = _time.CreateTimer(_ => Queue(LookAsync), null, _times.Poll, _times.Poll);
        _events = new FolderEvents(sources, Signal);
    }

    /// <summary>
    /// Watches these from now on. A file that was watched before is still compared with what it was at the last call of the
    /// callback, so a change during a reload is not lost; a new one is taken as it is now.
    /// </summary>
    public void Follow(ConfigSources sources)
    {
        lock (_gate)
        {
            if (_stop.IsCancellationRequested) return;
            _events.Dispose();
            _sources = sources;
            _last = _last.For(sources);
            _events = new FolderEvents(sources, Signal);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        await _debounce.DisposeAsync();
        await _poll.DisposeAsync();
        _events.Dispose();
        // The running call, if any, is over after this.
        await _oneAtATime.WaitAsync();
        _stop.Dispose();
    }

    /// <summary>Something may have happened: check when it is quiet, but not later than <see cref="WatchTimes.Longest"/> from the first sign.</summary>
    internal void Signal()
    {
        lock (_gate)
        {
            if (_stop.IsCancellationRequested) return;
            _firstSignal ??= _time.GetTimestamp();
            var left = _times.Longest - _time.GetElapsedTime(_firstSignal.Value);
            _debounce.Change(left < TimeSpan.Zero ? TimeSpan.Zero : left < _times.Quiet ? left : _times.Quiet, Timeout.InfiniteTimeSpan);
        }
    }

    private void Queue(Func<Task> work) => ThreadPool.UnsafeQueueUserWorkItem(static w => _ = w(), work, preferLocal: false);

    private Task LookAsync()
    {
        bool other;
        lock (_gate) other = !_stop.IsCancellationRequested && _firstSignal is null && _last.HasOtherStamps(_sources);
        if (other) Signal();
        return Task.CompletedTask;
    }

    private async Task CheckAsync()
    {
        try
        {
            await _oneAtATime.WaitAsync(_stop.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            return;
        }

        try
        {
            if (TakeChange()) await _changed(_stop.Token);
        }
        catch (Exception)
        {
            // The callback reports its own failures; watching goes on.
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private bool TakeChange()
    {
        lock (_gate)
        {
            _firstSignal = null;
            var now = Fingerprint.Of(_sources, _last);
            var same = now.SaysTheSameAs(_last);
            _last = now;
            return !same && !_stop.IsCancellationRequested;
        }
    }
}
