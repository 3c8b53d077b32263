using Weir.Sdk.Discovery;

namespace Weir.Proxy.Discovery;

/// <summary>A cluster's source at work, and what it found last. Control plane; findings may come from any thread.</summary>
internal sealed class Discovered : IEndpointFindings, IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastPause = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Action<Discovered> _changed = static _ => { };
    private Action<Discovered, string?> _troubled = static (_, _) => { };
    private IReadOnlyList<FoundEndpoint> _latest;
    private string? _failure;
    private string? _refused;
    private Task _work = Task.CompletedTask;

    public Discovered(string cluster, string kind, string identity, string digest, EndpointSource source, IReadOnlyList<FoundEndpoint> before, TimeProvider time)
        => (Cluster, Kind, Identity, Digest, Source, _latest, _time) = (cluster, kind, identity, digest, source, before, time);

    /// <summary>1 while it waits for being heard.</summary>
    public int Queued;

    public string Cluster { get; }

    public string Kind { get; }

    /// <summary>What is looked for: with the same, what was found before is good until something is said.</summary>
    public string Identity { get; }

    /// <summary>Of all settings.</summary>
    public string Digest { get; }

    public EndpointSource Source { get; }

    /// <summary>What was found last; before the first answer what was known from before.</summary>
    public IReadOnlyList<FoundEndpoint> Latest => Volatile.Read(ref _latest);

    /// <summary>Something was said, or it failed for the first time.</summary>
    public Task First => _first.Task;

    public DateTimeOffset? AnsweredAt { get; private set; }

    /// <summary>Why it is not known at the moment, or what of it cannot be an endpoint; null when all is well.</summary>
    public string? Error => Volatile.Read(ref _failure) ?? Volatile.Read(ref _refused);

    /// <summary>What was found is not in the state folder yet. The keeper's.</summary>
    public bool IsUnsaved { get; set; }

    /// <summary><paramref name="changed"/>: there is another list. <paramref name="troubled"/>: why it fails, once, and null when that is over.</summary>
    public void Start(Action<Discovered> changed, Action<Discovered, string?> troubled)
    {
        (_changed, _troubled) = (changed, troubled);
        _work = Task.Run(RunAsync);
    }

    public void Found(IReadOnlyList<FoundEndpoint> endpoints, string? trouble = null)
    {
        if (endpoints.Count > Config.EndpointList.Most)
        {
            Failed($"more than {Config.EndpointList.Most} endpoints were found");
            return;
        }

        endpoints = [.. endpoints.DistinctBy(static e => e.Url)];
        bool isOther;
        lock (_lock)
        {
            if (_stop.IsCancellationRequested) return;
            isOther = !AreSame(endpoints, _latest);
            AnsweredAt = _time.GetUtcNow();
            if (isOther) Volatile.Write(ref _latest, endpoints);
        }

        Note(ref _failure, trouble);
        if (isOther) _changed(this);
        _first.TrySetResult();
    }

    public void Failed(string reason)
    {
        Note(ref _failure, reason);
        _first.TrySetResult();
    }

    /// <summary>Why something that was found cannot be an endpoint; null when all can. So it stays until another list is taken up.</summary>
    public void Refuse(string? reason) => Note(ref _refused, reason);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work;
        await Source.DisposeAsync();
        _stop.Dispose();
    }

    private void Note(ref string? trouble, string? reason)
    {
        bool wasTroubled, isTroubled;
        lock (_lock)
        {
            if (_stop.IsCancellationRequested) return;
            wasTroubled = Error is not null;
            Volatile.Write(ref trouble, reason);
            isTroubled = Error is not null;
        }

        if (wasTroubled != isTroubled) _troubled(this, reason);
    }

    private static bool AreSame(IReadOnlyList<FoundEndpoint> some, IReadOnlyList<FoundEndpoint> others)
    {
        if (some.Count != others.Count) return false;
        var known = others.ToDictionary(static e => e.Url, StringComparer.Ordinal);
        return some.All(e => known.TryGetValue(e.Url, out var other) && e.SaysTheSameAs(other));
    }

    private async Task RunAsync()
    {
        var pause = FirstPause;
        while (!_stop.IsCancellationRequested)
        {
            var answeredBefore = AnsweredAt;
            try
            {
                await Source.FindAsync(this, _stop.Token);
                Failed("the source has ended");
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                Failed(fault.Message);
            }

            if (AnsweredAt != answeredBefore) pause = FirstPause;
            await Task.Delay(pause, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < LastPause ? pause * 2 : LastPause;
        }
    }
}
