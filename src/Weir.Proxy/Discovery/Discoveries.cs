using System.Globalization;
using System.Threading.Channels;
using Weir.Config;
using Weir.Config.Digests;
using Weir.Config.Records;
using Weir.Sdk.Configuration;
using Weir.Sdk.Discovery;

namespace Weir.Proxy.Discovery;

/// <summary>
/// The sources of all clusters: made with a configuration, kept while theirs stays the same, and heard one after the other. Control plane.
/// </summary>
internal sealed class Discoveries : IAsyncDisposable
{
    // A configuration waits so long for what was never found before.
    private static readonly TimeSpan FirstAnswer = TimeSpan.FromSeconds(2);

    // Lists may change every second; what a restart begins with need not be that new.
    private static readonly TimeSpan Saving = TimeSpan.FromSeconds(10);

    private readonly IReadOnlyList<EndpointSourceFactory> _factories;
    private readonly FoundFolder _folder;
    private readonly TimeProvider _time;
    private readonly Func<Discovered, Task> _taken;
    private readonly Action<Discovered, string?> _troubled;
    private readonly Channel<Discovered> _changed = Channel.CreateUnbounded<Discovered>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _hearing;
    private readonly Task _saving;
    private IReadOnlyDictionary<string, Discovered> _running = new Dictionary<string, Discovered>();

    /// <summary><paramref name="taken"/>: another list is there, and in force when this returns; called for one after the other. <paramref name="troubled"/>: a source fails, said once, or with null does so no more.</summary>
    public Discoveries(IReadOnlyList<EndpointSourceFactory> factories, string? folder, TimeProvider time, Func<Discovered, Task> taken, Action<Discovered, string?> troubled)
    {
        (_factories, _folder, _time, _taken, _troubled) = (factories, new FoundFolder(folder), time, taken, troubled);
        _hearing = Task.Run(HearAsync);
        _saving = Task.Run(SaveAsync);
    }

    /// <summary>By cluster.</summary>
    public IReadOnlyDictionary<string, Discovered> Running => Volatile.Read(ref _running);

    /// <summary>What a configuration has: what it leaves as it is goes on, the rest is made and not started. Ended by <see cref="CommitAsync"/> or <see cref="AbandonAsync"/>.</summary>
    public IReadOnlyDictionary<string, Discovered> Prepare(ConfigLoad load, IDiagnosticSink problems)
    {
        var folder = load.Sources.Files.Count > 0 ? Path.GetDirectoryName(load.Sources.Files[0])! : Directory.GetCurrentDirectory();
        var plan = new Dictionary<string, Discovered>(StringComparer.Ordinal);
        foreach (var (name, cluster) in load.Config!.Clusters)
            if (cluster.Discover is { } discover && Of(name, discover, folder, problems) is { } discovered) plan.Add(name, discovered);
        return plan;
    }

    /// <summary>Starts what is new and waits a moment for those that have nothing to begin with.</summary>
    public async Task StartAsync(IReadOnlyDictionary<string, Discovered> plan)
    {
        var fresh = plan.Values.Except(Running.Values).ToList();
        foreach (var one in fresh) one.Start(Changed, _troubled);
        var unknown = fresh.Where(static d => d.Latest.Count == 0).Select(static d => d.First).ToList();
        if (unknown.Count > 0) await Task.WhenAny(Task.WhenAll(unknown), Task.Delay(FirstAnswer, _time));
    }

    /// <summary>The configuration is in force: what it no longer has ends.</summary>
    public async Task CommitAsync(IReadOnlyDictionary<string, Discovered> plan)
    {
        var gone = Running.Values.Except(plan.Values).ToList();
        Volatile.Write(ref _running, plan);
        foreach (var one in gone) await one.DisposeAsync();
    }

    /// <summary>The configuration was refused.</summary>
    public async Task AbandonAsync(IReadOnlyDictionary<string, Discovered> plan)
    {
        foreach (var one in plan.Values.Except(Running.Values)) await one.DisposeAsync();
    }

    /// <summary>Keeps what was found for the next start. Null, or why that cannot be.</summary>
    public string? Save(Discovered discovered, IReadOnlyList<FoundEndpoint> endpoints)
    {
        discovered.IsUnsaved = false;
        return _folder.Save(discovered.Cluster, discovered.Identity, endpoints);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _hearing;
        await _saving;
        foreach (var one in Running.Values) await one.DisposeAsync();
        SaveAll();
        _stop.Dispose();
    }

    private Discovered? Of(string cluster, DiscoverConfig discover, string folder, IDiagnosticSink problems)
    {
        var (kind, settings, identity) = discover switch
        {
            { Dns: { } dns } => ("dns", (object)dns, string.Create(CultureInfo.InvariantCulture, $"{dns.Type} {dns.Name} {dns.Scheme} {dns.Port}")),
            { File: { } file } => ("file", file, Path.GetFullPath(file, folder)),
            _ => ("api", discover.Api!, ""),
        };
        identity = $"{kind} {identity}";
        var digest = $"{identity} {ConfigDigests.Of(discover)}";
        var before = Running.GetValueOrDefault(cluster);
        if (before?.Digest == digest) return before;
        var known = before?.Identity == identity ? before.Latest : _folder.Load(cluster, identity);
        var setup = new SourceSetup(problems, $"clusters.{cluster}.discover.{kind}") { Cluster = cluster, Folder = folder, Before = known, Time = _time };
        var source = _factories.First(f => f.Kind == kind).Create(settings, setup);
        return source is null ? null : new Discovered(cluster, kind, identity, digest, source, known, _time);
    }

    private void Changed(Discovered discovered)
    {
        if (Interlocked.Exchange(ref discovered.Queued, 1) == 0) _changed.Writer.TryWrite(discovered);
    }

    private async Task HearAsync()
    {
        try
        {
            await foreach (var discovered in _changed.Reader.ReadAllAsync(_stop.Token))
            {
                Volatile.Write(ref discovered.Queued, 0);
                discovered.IsUnsaved = true;
                await _taken(discovered);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task SaveAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            await Task.Delay(Saving, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_stop.IsCancellationRequested) SaveAll();
        }
    }

    private void SaveAll()
    {
        foreach (var one in Running.Values)
            if (one.IsUnsaved) Save(one, one.Latest);
    }
}
