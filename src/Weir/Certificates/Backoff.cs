namespace Weir.Certificates;

/// <summary>How long to wait after one failure more: twice as long each time, from a minute to twelve hours, a fifth more or less; what the authority asks for goes before when it is longer.</summary>
internal sealed class Backoff
{
    private static readonly TimeSpan Least = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Most = TimeSpan.FromHours(12);

    private int _failures;

    public TimeSpan Next(TimeSpan? retryAfter)
    {
        var wait = _failures < 10 ? Least * (1 << _failures) : Most;
        _failures++;
        wait = (wait < Most ? wait : Most) * (0.8 + (0.4 * Random.Shared.NextDouble()));
        return retryAfter > wait ? retryAfter.Value : wait;
    }

    public void Clear() => _failures = 0;
}
