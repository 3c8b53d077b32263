namespace Weir.Load.Loads;

/// <summary>A kind of load on one proxy.</summary>
internal abstract record LoadShape
{
    public abstract string Description { get; }

    /// <summary>Begins at once and ends by itself after so many seconds.</summary>
    public abstract LoadRun Start(int port, int seconds);
}

/// <summary>A load under way.</summary>
internal abstract class LoadRun : IDisposable
{
    /// <summary>Waits for its end.</summary>
    public abstract LoadResult Finish(CancellationToken cancel);

    public abstract void Dispose();
}

/// <summary>What the client saw of a whole run, lead-in included. Latencies in microseconds.</summary>
/// <param name="Requests">Exchanges that were completed.</param>
/// <param name="Failures">Replies that were not 2xx, and socket errors of any kind.</param>
/// <param name="Problem">The failures in words; null if there are none.</param>
/// <param name="P50">Half of the exchanges took no longer.</param>
/// <param name="P99">99 of 100 took no longer.</param>
/// <param name="Max">The slowest.</param>
internal sealed record LoadResult(long Requests, long Failures, string? Problem, double P50, double P99, double Max);
