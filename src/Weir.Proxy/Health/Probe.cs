using Weir.Proxy.Model;

namespace Weir.Proxy.Health;

/// <summary>
/// Asks one endpoint at intervals whether it serves, until it is stopped. One in the process, whatever the number of loops. Control plane.
/// </summary>
internal sealed class Probe : IDisposable
{
    // The first answer decides by itself, and a process that has just started is slow.
    private static readonly TimeSpan FirstTimeout = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Prober _owner;
    private readonly IQuestion _question;
    private readonly ProbeTally _tally;
    private bool _isStopped;

    /// <summary>With the probe that this one takes the place of, for the same cluster and URL: what it knew is kept.</summary>
    public Probe(Prober owner, EndpointState endpoint, ProbePlan plan, IQuestion question, Probe? before)
    {
        (_owner, Endpoint, Plan, _question) = (owner, endpoint, plan, question);
        _tally = new ProbeTally(plan.Healthy, plan.Unhealthy, before?._tally.IsHealthy ?? !plan.BeginsUnhealthy, before is { _tally.IsKnown: true });
        endpoint.Unhealthy = !_tally.IsHealthy;
        if (before is null || before.Endpoint == endpoint) return;
        var known = before.Endpoint.Health;
        endpoint.NoteHealth(h => h with { ProbedAt = known.ProbedAt, ProbeFailure = known.ProbeFailure });
    }

    public EndpointState Endpoint { get; }

    public ProbePlan Plan { get; }

    /// <summary>Until it is stopped.</summary>
    public async Task RunAsync(TimeSpan firstIn)
    {
        try
        {
            await Task.Delay(firstIn, _owner.Time, _stop.Token);
            while (true)
            {
                await _owner.Gate.WaitAsync(_stop.Token);
                string? failure;
                try
                {
                    failure = await AskAsync();
                }
                finally
                {
                    _owner.Gate.Release();
                }

                Take(failure);
                await Task.Delay(Next(), _owner.Time, _stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // No snapshot names it any more.
        }
        finally
        {
            _question.Dispose();
        }
    }

    /// <summary>From here on it changes nothing; an answer that is under way is not waited for.</summary>
    public void Stop()
    {
        lock (_lock) _isStopped = true;
        _stop.Cancel();
    }

    public void Dispose() => _stop.Dispose();

    private TimeSpan Next() => Plan.Interval * (1 + (Plan.Jitter * ((2 * Random.Shared.NextDouble()) - 1)));

    private async Task<string?> AskAsync()
    {
        using var patience = new CancellationTokenSource(_tally.IsKnown || Plan.Timeout > FirstTimeout ? Plan.Timeout : FirstTimeout, _owner.Time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _stop.Token);
        try
        {
            return await _question.AskAsync(limit.Token);
        }
        catch (Exception failure)
        {
            // What ends when it is cut off fails in many ways.
            if (patience.IsCancellationRequested) return ProbeFailure.TimedOut;
            _stop.Token.ThrowIfCancellationRequested();
            if (ProbeFailure.Of(failure) is { } words) return words;
            _owner.Fault(failure);
            return "a fault of the probe";
        }
    }

    private void Take(string? failure)
    {
        lock (_lock)
        {
            if (_isStopped) return;
            Endpoint.CountProbe(failure is null);
            Endpoint.NoteHealth(h => h with { ProbedAt = _owner.Time.GetUtcNow(), ProbeFailure = failure });
            if (!_tally.Take(failure is null)) return;
            Endpoint.Unhealthy = !_tally.IsHealthy;
            _owner.Changed(Endpoint, _tally.IsHealthy, failure ?? "its probe passes");
        }
    }
}
