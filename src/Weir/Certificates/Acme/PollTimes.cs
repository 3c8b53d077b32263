namespace Weir.Certificates.Acme;

/// <summary>How often one asks whether it is done: soon at first, then less often; what the authority says goes before, within bounds. For one thing that is waited for.</summary>
internal sealed class PollTimes(TimeProvider time)
{
    public static readonly TimeSpan Most = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private readonly long _began = time.GetTimestamp();
    private TimeSpan _next = TimeSpan.FromMilliseconds(250);

    /// <summary>False when it has taken too long.</summary>
    public async Task<bool> WaitAsync(TimeSpan? retryAfter, CancellationToken cancel)
    {
        if (time.GetElapsedTime(_began) > Most) return false;
        var wait = retryAfter is { } asked ? RetryTimes.Clamp(asked, _next, Longest) : _next;
        _next = RetryTimes.Clamp(_next * 2, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        await Task.Delay(wait, time, cancel);
        return true;
    }
}
