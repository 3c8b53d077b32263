using System.Collections.Concurrent;
using System.Diagnostics;

namespace Weir.Scenarios.Faults.Fixture;

/// <summary>
/// So many requests a second, whatever becomes of those before, over as many kept connections as are needed at once. A client that waits
/// for answers would be quiet just while there are none.
/// </summary>
internal sealed class SteadyLoad : IAsyncDisposable
{
    private readonly int _port;
    private readonly int _rate;
    private readonly Func<int, string> _path;
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly ConcurrentQueue<Sample> _samples = new();
    private readonly ConcurrentStack<Asker> _idle = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _work;
    private int _connections;

    /// <param name="port">Where it goes.</param>
    /// <param name="rate">Requests a second.</param>
    /// <param name="path">What the n-th of them asks for.</param>
    public SteadyLoad(int port, int rate, Func<int, string> path)
    {
        (_port, _rate, _path) = (port, rate, path);
        _work = Task.Run(RunAsync);
    }

    public TimeSpan Now => Stopwatch.GetElapsedTime(_began);

    /// <summary>Connections that were opened so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Of requests that are over.</summary>
    public IReadOnlyCollection<Sample> Samples => _samples;

    /// <summary>No more are sent; those under way come to their ends.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _work;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        while (_idle.TryPop(out var asker)) asker.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var asked = new List<Task>();
        for (var sent = 0; !_stop.IsCancellationRequested; await Task.Delay(2))
            for (; sent < Now.TotalSeconds * _rate; sent++) asked.Add(AskAsync(TimeSpan.FromSeconds(sent / (double)_rate), _path(sent)));
        await Task.WhenAll(asked);
    }

    private async Task AskAsync(TimeSpan due, string path)
    {
        if (!_idle.TryPop(out var asker))
        {
            asker = new Asker(_port);
            Interlocked.Increment(ref _connections);
        }

        var (kind, status, name) = await asker.AskAsync(path);
        _samples.Enqueue(new Sample(due, Now - due, path, kind, status, name));
        if (asker.IsOpen) _idle.Push(asker);
        else asker.Dispose();
    }
}
