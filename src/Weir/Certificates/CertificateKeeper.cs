using Microsoft.Extensions.Logging;
using Weir.Certificates.Storage;
using Weir.Config.Records;

namespace Weir.Certificates;

/// <summary>
/// Keeps all certificates that are wanted, a loop for each; a reload changes what is wanted while it runs. Several instances may share the
/// state folder: one of them orders, all of them get the certificate. Control plane.
/// </summary>
internal sealed class CertificateKeeper : IAsyncDisposable
{
    private const int OrdersAtOnce = 4;
    private static readonly TimeSpan CleaningTime = TimeSpan.FromHours(1);

    private readonly string _state;
    private readonly IChallengeAnswers[] _answers;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly CertificateFolder _folder;
    private readonly KeeperCounters _counters = new();
    private readonly SemaphoreSlim _slots = new(OrdersAtOnce);
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _cleaning;
    private IReadOnlyDictionary<CertificateOrder, Running> _running = new Dictionary<CertificateOrder, Running>();
    private AcmeIssuer? _issuer;

    /// <param name="state">The state folder; made when it is needed.</param>
    /// <param name="answers">Who answers challenges in this process.</param>
    public CertificateKeeper(string state, IChallengeAnswers answers, ILogger log, TimeProvider time)
    {
        (_state, _log, _time) = (state, log, time);
        Challenges = new ChallengeFolder(state, time);
        _answers = [Challenges, answers];
        _folder = new CertificateFolder(state, time, Damaged);
        _cleaning = CleanAsync();
    }

    /// <summary>Called with every certificate that is to be used from now on, on any thread, one at a time for an order; the same may come again.</summary>
    public Action<CertificateOrder, IssuedCertificate> OnCertificate { get; init; } = static (_, _) => { };

    /// <summary>What any instance can answer challenges from.</summary>
    public ChallengeFolder Challenges { get; }

    public KeeperCounters Counters => _counters;

    public IReadOnlyList<OrderStatus> Orders => [.. Volatile.Read(ref _running).Values.Select(static r => r.Keeper.Status)];

    /// <summary>The next of all renewals; null when there is none.</summary>
    public DateTimeOffset? NextRenewal => Orders.Min(static o => o.NextRenewal);

    /// <summary>From now on these, and no others. What was wanted before and still is goes on undisturbed, unless the authority's settings changed.</summary>
    public async Task WantAsync(AcmeConfig config, IReadOnlyCollection<CertificateOrder> orders)
    {
        await _oneAtATime.WaitAsync();
        try
        {
            ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
            var settings = new IssuerSettings(config);
            if (_issuer?.Settings.Digest != settings.Digest)
            {
                await StopAsync(_running.Values);
                Volatile.Write(ref _running, new Dictionary<CertificateOrder, Running>());
                _issuer?.Dispose();
                _issuer = new AcmeIssuer(settings, new AccountFolder(_state, config.Directory, _time, Damaged), _answers, _time);
            }

            var before = _running;
            var parts = new KeeperParts(_issuer, _folder, _slots, _counters, _log, _time, OnCertificate);
            var now = orders.Distinct().ToDictionary(static o => o, o => before.TryGetValue(o, out var runs) ? runs : Start(o, parts));
            Volatile.Write(ref _running, now);
            await StopAsync(before.Where(r => !now.ContainsKey(r.Key)).Select(static r => r.Value));
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _oneAtATime.WaitAsync();
        await StopAsync(_running.Values);
        await _cleaning;
        _issuer?.Dispose();
        _oneAtATime.Dispose();
        _slots.Dispose();
        _stop.Dispose();
    }

    private Running Start(CertificateOrder order, KeeperParts parts)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var keeper = new OrderKeeper(order, parts);
        return new Running(keeper, stop, Task.Run(() => keeper.RunAsync(stop.Token)));
    }

    private static async Task StopAsync(IEnumerable<Running> loops)
    {
        var all = loops.ToList();
        foreach (var loop in all) await loop.Stop.CancelAsync();
        foreach (var loop in all)
        {
            await loop.Done;
            loop.Stop.Dispose();
        }
    }

    private async Task CleanAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(CleaningTime, _time, _stop.Token);
                Clean();
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private void Clean()
    {
        try
        {
            Challenges.Clean();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _log.ChallengesNotCleaned(failure.Message);
        }
    }

    private void Damaged(string path, string reason) => _log.StateDamaged(path, reason);

    private sealed record Running(OrderKeeper Keeper, CancellationTokenSource Stop, Task Done);
}
